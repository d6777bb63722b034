package dev.sandjar.network;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A member of a {@link SandboxNetwork}, for {@link dev.sandjar.Network#attached(NetworkMember, NetworkMember...)}. A member with a name
 * has the same addresses at each start of a sandbox, and only one sandbox at a time can run as this member. A member without a name
 * stands for any number of sandboxes at once, each of which has addresses of its own from its start to its end.
 *
 * <p>Two members are equal if they are of the same network and have the same name, or both have none. Immutable and thread-safe.
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
     * Returns the network that this is a member of.
     *
     * @return the network
     */
    public SandboxNetwork network() {
        return network;
    }

    /**
     * Returns the name by which other members find this one.
     *
     * @return the name; empty for a member without one
     */
    public Optional<String> name() {
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    /**
     * Returns the addresses at which other members reach this one.
     *
     * @return an immutable list of one address in each subnet, in the order of {@link SandboxNetwork#subnets()}; empty for a member
     *     without a name, whose addresses {@link SandboxNetwork#addresses} returns for a started sandbox
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

    /** Returns the name of the member, if it has one, and that of its network. */
    @Override
    public String toString() {
        return name.isEmpty() ? network.name() : name + " of " + network.name();
    }
}
