package dev.sandjar.internal.reuse;

/** What a reserve keeps: a sandbox that waits for its program, and serves one. Thread-safe. */
public interface WarmSandbox extends AutoCloseable {
    /** Whether it is all there, and not gone again. */
    boolean isReady();

    /** Whether it has failed or was killed: nothing runs in it any more. */
    boolean isGone();

    /** Makes it the caller's alone; false if it is somebody's already. */
    boolean take();

    /** What is to be done should it fail or be killed before anybody takes it: nothing that waits. */
    void onLoss(Runnable action);

    /** Ends it unless somebody has taken it. */
    @Override
    void close();
}
