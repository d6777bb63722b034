package dev.sandjar.network;

/** Whose network namespace the plugins of a {@link CniNetwork} work in. */
public enum CniMode {
    /**
     * One of Sandjar's own, which all sandboxes of this JVM share that have the same configuration: plugins find it as the network of "the
     * host", with a {@code /run} and leases of addresses of its own. Nothing that they make there outlives the last of these sandboxes, or
     * this JVM, however that ends, and no right on the host is needed.
     */
    KEEPER,

    /**
     * That of this process, where plugins make and change what they will, with all the capabilities of this process, which has to be root. What
     * a JVM that was killed could not remove is removed by the next one, from a journal.
     */
    HOST
}
