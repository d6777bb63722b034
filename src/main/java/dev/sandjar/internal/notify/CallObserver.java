package dev.sandjar.internal.notify;

import org.jspecify.annotations.Nullable;

/** Receives every call of one program and its descendants, in the order in which they were made, and asked about none. */
public interface CallObserver extends CallHandler {
    /**
     * All calls have been reported, unless there was a failure. Comes once, also where there were none.
     *
     * @param failure why calls are missing, or null
     */
    void end(@Nullable Throwable failure);
}
