package dev.sandjar.oci;

import java.io.IOException;

/** Thrown when a hook fails: it could not be started, took longer than its timeout, or ended with another exit status than 0. */
public final class OciHookException extends IOException {
    private static final long serialVersionUID = 1L;

    /** When it was run. */
    private final OciHook.Point point;

    OciHookException(OciHook.Point point, OciHook hook, String reason) {
        super(point.field() + " hook " + hook.path() + ": " + reason);
        this.point = point;
    }

    OciHookException(OciHook.Point point, OciHook hook, IOException cause) {
        super(point.field() + " hook " + hook.path() + ": " + cause.getMessage(), cause);
        this.point = point;
    }

    /**
     * Returns the point at which the hook was run.
     *
     * @return the point of the container's life
     */
    public OciHook.Point point() {
        return point;
    }
}
