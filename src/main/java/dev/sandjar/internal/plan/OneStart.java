package dev.sandjar.internal.plan;

/**
 * What is known of one start alone.
 *
 * @param base the first host id of the sandbox's private block
 * @param resolvConf what the network says of names, in the form of {@code resolv.conf(5)}
 */
record OneStart(long base, String resolvConf) {
    /** Of plans in which no start differs from another. */
    static final OneStart ANY = new OneStart(0, "");
}
