package dev.sandjar.notify;

/** Is told of every call of one program and its descendants, in the order in which they were made, and asked about none. */
public interface Observer extends Judge {
    /** All calls have been told. Comes once, also where there were none. */
    void end();
}
