package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;

/** The launcher is gone, and with it everything it started. */
public final class LauncherEndedException extends SandboxException {
    private static final long serialVersionUID = 1L;

    private final boolean sent;

    /** @param sent whether it may have got the request */
    public LauncherEndedException(boolean sent) {
        super(
                "talk to the launcher",
                null,
                null,
                0,
                "the launcher has ended; everything it started has ended with it",
                "start again: the next start makes a new launcher");
        this.sent = sent;
    }

    public boolean sent() {
        return sent;
    }
}
