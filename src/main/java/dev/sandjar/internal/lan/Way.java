package dev.sandjar.internal.lan;

/** A way out of a network. Thread-safe. */
interface Way extends AutoCloseable {
    /** Takes it away. */
    @Override
    void close();
}
