package dev.sandjar.internal.plan;

/**
 * What is known of one start alone.
 *
 * @param base the first host id of the sandbox's private block
 * @param resolvConf what the network says of names, in the form of {@code resolv.conf(5)}
 * @param tmp the directory of the start's own in place of /tmp; empty if there is none
 */
record OneStart(long base, String resolvConf, String tmp) {
    /** Of plans in which no start differs from another. */
    static final OneStart ANY = new OneStart(0, "", "");
}
