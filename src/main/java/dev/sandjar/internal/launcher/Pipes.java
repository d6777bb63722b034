package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;

/** Pipes, and the host's ends of them as Java streams. */
final class Pipes {
    private Pipes() {}

    /** Read end and write end. */
    static int[] make(Kernel kernel, String step) throws SandboxException {
        int[] ends = new int[2];
        Calls.check(kernel.pipe(ends), step, "pipe2", null);
        return ends;
    }

    /** Takes {@code fd} over. */
    static PipeInput reader(Kernel kernel, int fd) {
        return new PipeInput(new PipeEnd(kernel, fd));
    }

    /** Takes {@code fd} over. */
    static PipeOutput writer(Kernel kernel, int fd) {
        return new PipeOutput(new PipeEnd(kernel, fd));
    }
}
