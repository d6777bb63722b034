package dev.sandjar.internal.host;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** How many processes and threads a user has, as RLIMIT_NPROC counts them. */
public final class UserTasks {
    private static final Path PROC = Path.of("/proc");
    /** More than a kernel has numbers for, with what else there is. */
    private static final int PROCESSES_MAX = 1 << 23;

    private UserTasks() {}

    /** Now, of a user of this process's user namespace; those that /proc does not show are not among them. */
    public static long of(long uid) throws IOException {
        long tasks = 0;
        for (Path process : BoundedReads.entries(PROC, PROCESSES_MAX)) {
            if (Character.isDigit(String.valueOf(process.getFileName()).charAt(0))) {
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
