package dev.sandjar.network;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A place in a {@link SandboxNetwork}, for {@link dev.sandjar.Network#attached(NetworkMember, NetworkMember...)}. One with a name has the
 * same addresses each time that a sandbox is started there, one sandbox at a time; one without has others each time, any number at once.
 * Thread-safe. Equal are members of one network with the same name, and those of one network without a name.
 */
public final class NetworkMember {
    private final SandboxNetwork network;
    private final String name;
    private final List<InetAddress> addresses;

    NetworkMember(SandboxNetwork network, String name, List<InetAddress> addresses) {
        this.network = network;
        this.name = name;
        this.addresses = List.copyOf(addresses);
    }

    /**
     * The network that it is a member of.
     *
     * @return the network
     */
    public SandboxNetwork network() {
        return network;
    }

    /**
     * By which the others find it.
     *
     * @return empty if it has none
     */
    public Optional<String> name() {
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    /**
     * What it can be reached at by others of the network.
     *
     * @return one of each subnet, in their order; empty if it has no name: {@link SandboxNetwork#addresses} tells them of a process
     */
    public List<InetAddress> addresses() {
        return addresses;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NetworkMember that && network == that.network && name.equals(that.name);
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(network) * 31 + name.hashCode();
    }

    @Override
    public String toString() {
        return name.isEmpty() ? network.name() : name + " of " + network.name();
    }
}
