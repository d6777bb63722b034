package dev.sandjar.network;

/** What a {@link ConnectionDecider} decides about a connection. */
public enum Decision {
    /** The connection is passed on. */
    ALLOW,
    /** The connection is refused: its client sees a reset, or on AF_UNIX the end of the stream. */
    REFUSE
}
