package dev.sandjar.network;

/** What becomes of a connection. */
public enum Decision {
    /** It is passed on. */
    ALLOW,
    /** It is reset. */
    REFUSE
}
