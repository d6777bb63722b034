package dev.sandjar.network;

import java.util.Optional;

/** What lets a connection be: a rule of {@link dev.sandjar.Network}. Immutable and thread-safe. */
public sealed interface NetworkRule permits PortRule, EgressRule {
    /**
     * The name by which programs inside find it.
     *
     * @return a host name; empty for none
     */
    Optional<String> name();

    /**
     * Whether {@link dev.sandjar.Network#decide} is not asked about its connections.
     *
     * @return whether it lets all through that it allows
     */
    boolean isFixed();
}
