package dev.sandjar;

/** Placeholder. */
public final class Hermeticity {
    private Hermeticity() {}

    static void check() {}
}
