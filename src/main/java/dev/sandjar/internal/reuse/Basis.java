package dev.sandjar.internal.reuse;

/** What something was made of that is kept for later. Thread-safe. */
public interface Basis {
    /** Whether what is made now would be made of something else. */
    boolean hasChanged();
}
