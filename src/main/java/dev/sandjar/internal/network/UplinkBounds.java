package dev.sandjar.internal.network;

/** How many connections of members a way out has at once: each of them is an entry of a table of the host's, which has room for so many. */
public final class UplinkBounds {
    /** Of each address of a member. */
    public static final int OF_MEMBER = 4096;

    /** Of all together. */
    public static final int OF_NETWORK = 16_384;

    private UplinkBounds() {}
}
