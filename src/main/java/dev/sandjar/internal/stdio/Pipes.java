package dev.sandjar.internal.stdio;

import dev.sandjar.internal.kernel.Kernel;

/** Pipes, and the host's ends of them as Java streams. */
final class Pipes {
    private Pipes() {}

    /** Takes {@code fd} over. */
    static PipeInput reader(Kernel kernel, int fd) {
        return new PipeInput(new PipeEnd(kernel, fd));
    }

    /** Takes {@code fd} over. */
    static PipeOutput writer(Kernel kernel, int fd) {
        return new PipeOutput(new PipeEnd(kernel, fd));
    }
}
