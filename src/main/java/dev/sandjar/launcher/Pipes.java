package dev.sandjar.launcher;

import dev.sandjar.SandboxException;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Pipes, and the host's ends of them as ordinary Java streams: /proc/self/fd opens a pipe once more, so that all reading and writing
 * is the JDK's. Where /proc doesn't allow that (a JVM with file capabilities, say) they are used by number.
 */
final class Pipes {
    private static final String OPEN_FILES = "/proc/self/fd/";

    private Pipes() {}

    /** Read end and write end. */
    static int[] make(Kernel kernel, String step) throws SandboxException {
        int[] ends = new int[2];
        Calls.check(kernel.pipe(ends), step, "pipe2", null);
        return ends;
    }

    /** Takes the place of {@code fd}, which is closed. */
    static InputStream reader(Kernel kernel, int fd) throws IOException {
        try {
            return new PipeInput(new FileInputStream(OPEN_FILES + fd));
        } catch (FileNotFoundException e) {
            return PolledFd.copyOf(kernel, fd).input();
        } finally {
            kernel.close(fd);
        }
    }

    /** Takes the place of {@code fd}, which is closed. */
    static OutputStream writer(Kernel kernel, int fd) throws IOException {
        try {
            return new FileOutputStream(OPEN_FILES + fd);
        } catch (FileNotFoundException e) {
            return PolledFd.copyOf(kernel, fd).output(true);
        } finally {
            kernel.close(fd);
        }
    }
}
