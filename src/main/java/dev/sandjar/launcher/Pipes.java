package dev.sandjar.launcher;

import dev.sandjar.SandboxException;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
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

    /** Takes {@code fd} over. */
    static InputStream reader(Kernel kernel, int fd) {
        return new PipeInput(new PipeEnd<>(kernel, fd, number -> {
            try {
                return new FileInputStream(OPEN_FILES + number);
            } catch (FileNotFoundException e) {
                return PolledFd.copyOf(kernel, number).input();
            }
        }));
    }

    /** Takes {@code fd} over. */
    static OutputStream writer(Kernel kernel, int fd) {
        return new PipeOutput(new PipeEnd<>(kernel, fd, number -> {
            try {
                return new FileOutputStream(OPEN_FILES + number);
            } catch (FileNotFoundException e) {
                return PolledFd.copyOf(kernel, number).output(true);
            }
        }));
    }
}
