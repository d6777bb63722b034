package dev.sandjar.network;

import java.util.Optional;

/** A rule, or a proxy, of {@link dev.sandjar.Network} that allows connections into a sandbox or out of it. Immutable and thread-safe. */
public sealed interface NetworkRule permits PortRule, EgressRule, EgressProxy {
    /**
     * Returns the name by which programs inside find the server that the rule leads to.
     *
     * @return a host name; empty if the rule has none
     */
    Optional<String> name();

    /**
     * Tells whether connections of this rule are passed on without asking the decider of {@link dev.sandjar.Network#decide}.
     *
     * @return true if no decider is asked
     */
    boolean isFixed();
}
