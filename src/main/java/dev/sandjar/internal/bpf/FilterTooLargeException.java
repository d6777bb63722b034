package dev.sandjar.internal.bpf;

/** A profile with more conditions than the kernel takes in one filter. */
public final class FilterTooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FilterTooLargeException(int instructions, int max) {
        super("the filter has " + instructions + " instructions, the kernel takes " + max);
    }
}
