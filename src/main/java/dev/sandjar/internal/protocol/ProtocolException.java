package dev.sandjar.internal.protocol;

/** Bytes that are not what protocol.h says: the launcher and this library do not belong together, or one is broken. */
public final class ProtocolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ProtocolException(String message) {
        super(message);
    }
}
