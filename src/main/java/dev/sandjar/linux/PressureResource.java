package dev.sandjar.linux;

/** A resource that processes can be kept waiting for ({@code accounting/psi} of the kernel's documentation). */
public enum PressureResource {
    /** A processor. */
    CPU,
    /** Memory that has to be reclaimed first. */
    MEMORY,
    /** A disk. */
    IO
}
