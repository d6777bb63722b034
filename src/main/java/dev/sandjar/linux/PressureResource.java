package dev.sandjar.linux;

/** What processes can be kept waiting for ({@code accounting/psi} of the kernel's documentation). */
public enum PressureResource {
    /** A processor. */
    CPU,
    /** Memory that has to be reclaimed first. */
    MEMORY,
    /** A disk. */
    IO
}
