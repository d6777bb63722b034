package dev.sandjar.internal.plugin.wire;

/** What was received is not what the contract or the limits allow, or what should be sent is more than they allow. */
public final class WireException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WireException(String message) {
        super(message);
    }
}
