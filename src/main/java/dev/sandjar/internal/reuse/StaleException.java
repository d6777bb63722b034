package dev.sandjar.internal.reuse;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;

/** A warm sandbox is gone, or made of what is no longer there; nothing ran in it. */
public final class StaleException extends SandboxException {
    private static final long serialVersionUID = 1L;

    public StaleException(String reason) {
        super("use a warm sandbox", null, null, Errno.ESTALE.number(), reason, "start again: it is made anew");
    }
}
