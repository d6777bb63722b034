package dev.sandjar.internal.host;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** How many processes and threads a user has, as RLIMIT_NPROC counts them. */
public final class UserTasks {
    private UserTasks() {}

    /** Now, of a user of this process's user namespace; those that /proc does not show are not among them. */
    public static long of(long uid) throws IOException {
        long tasks = 0;
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            for (Path process : processes) {
                tasks += of(process.resolve("status"), uid);
            }
        }
        return tasks;
    }

    private static long of(Path status, long uid) throws IOException {
        try {
            Map<String, String> values = ProcStatus.read(status);
            return ProcStatus.number(values, "Uid", 0) == uid ? ProcStatus.number(values, "Threads", 0) : 0;
        } catch (IOException e) {
            if (Files.exists(status) && BoundedReads.text(status).contains("Threads:")) {
                throw e;
            }
            return 0; // it has ended
        }
    }
}
