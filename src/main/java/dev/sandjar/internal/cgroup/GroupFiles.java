package dev.sandjar.internal.cgroup;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.IoErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Files of the kernel: of no size, and each write a command. */
final class GroupFiles {
    private GroupFiles() {}

    /** The text, or null if it can't be read. */
    static @Nullable String read(Path file) {
        try {
            return BoundedReads.text(file, StandardCharsets.UTF_8, BoundedReads.KERNEL_MAX);
        } catch (IOException e) {
            return null;
        }
    }

    /** One call of write(2). */
    static void write(Path file, String text) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** What a failure of {@code write} or of the like means; the JDK keeps of the error number only its text. */
    static SandboxException failure(String step, String call, Path file, IOException e, String reason, String remedy) {
        int errno = errno(e);
        boolean told = errno != 0 || e.getMessage() == null;
        return withCause(
                new SandboxException(step, call, file.toString(), errno, told ? reason : reason(e, reason), remedy), e);
    }

    private static String reason(IOException e, String reason) {
        return reason.isEmpty() ? e.toString() : e + "; " + reason;
    }

    private static SandboxException withCause(SandboxException e, IOException cause) {
        e.initCause(cause);
        return e;
    }

    static int errno(IOException e) {
        return IoErrors.errno(e);
    }
}
