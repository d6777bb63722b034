package dev.sandjar.internal.plugin.host;

import org.jspecify.annotations.Nullable;

/** A call that waits for its reply. */
final class Pending {
    final Thread caller = Thread.currentThread();
    volatile @Nullable Incoming reply;
    /** Nobody waits for it any more, and the worker may still be at it. */
    volatile boolean abandoned;
}
