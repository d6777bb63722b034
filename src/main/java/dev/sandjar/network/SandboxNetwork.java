package dev.sandjar.network;

import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.Engine;
import dev.sandjar.internal.LiveNetwork;
import dev.sandjar.internal.NetworkLayout;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A network of several sandboxes: a bridge ({@code veth(4)}, {@code network_namespaces(7)}) that each of them is connected to by an
 * interface of its own. It is isolated: members reach each other, and nothing else; there is no router on it, and no interface of the host.
 * Two networks never meet, whatever subnets they have. Root and plain users can open one.
 *
 * <pre>{@code
 * try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
 *     Sandbox server = Sandbox.untrusted().network(Network.attached(lan.member("server"))).build();
 *     Sandbox client = Sandbox.untrusted().network(Network.attached(lan)).build();
 * }
 * }</pre>
 *
 * <p>The network belongs to a user namespace outside of its members': not even root inside, with all capabilities, can change addresses,
 * routes or interfaces, send with an address that isn't its own through raw or packet sockets, or read what others send. What programs lose
 * with that is made up for: everybody inside can bind ports below 1024, and open {@code IPPROTO_ICMP} sockets ({@code icmp(7)}) where no filter refuses them.
 * Only a sandbox without a user namespace of its own, which has CAP_NET_ADMIN or CAP_SYS_ADMIN, can change its interfaces.
 *
 * <p>All networks of a JVM are kept by one process, {@code sandjar-keeper}. They, with all that is in them, end with it, and that process
 * with the last network or the JVM, however that ends; nothing is left on the host. Thread-safe.
 */
public final class SandboxNetwork implements AutoCloseable {
    private static final int NAME_MAX = 63;
    private static final int MTU = 1500;
    private static final int MTU_MIN = 1280;
    private static final int MTU_MAX = 65_535;
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*");

    /** What must not come to mean another host. */
    private static final List<String> TAKEN = List.of("localhost", "ip6-localhost", "ip6-loopback");

    private final NetworkLayout layout;
    private final LiveNetwork live;
    private final NetworkMember anybody;

    private SandboxNetwork(NetworkLayout layout, LiveNetwork live) {
        this.layout = layout;
        this.live = live;
        this.anybody = new NetworkMember(this, "", List.of());
    }

    /** What a network is opened with. Not thread-safe. */
    public static final class Builder {
        private String name = "network";
        private final List<Subnet> subnets = new ArrayList<>();
        private int mtu = MTU;

        private Builder() {}

        /**
         * Sets what it is called in messages and explanations of the host; "network" unless said otherwise. Members don't see it.
         *
         * @param text 1 to 63 small letters, digits, and inside of it hyphens and dots
         * @return this
         * @throws IllegalArgumentException if malformed
         */
        public Builder name(String text) {
            this.name = checked("name", text);
            return this;
        }

        /**
         * Adds a subnet: one of IPv4, one of IPv6, or both. It may be that of another network, or of the host.
         *
         * @param subnet as of {@link Subnet#of}
         * @return this
         * @throws IllegalArgumentException if malformed, or there is one of the kind already
         */
        public Builder subnet(String subnet) {
            return subnet(Subnet.of(subnet));
        }

        /**
         * The same.
         *
         * @param subnet which
         * @return this
         * @throws IllegalArgumentException if there is one of the kind already
         */
        public Builder subnet(Subnet subnet) {
            if (subnets.stream().anyMatch(other -> other.isIpv4() == subnet.isIpv4())) {
                throw new IllegalArgumentException(subnet + " is the second subnet of IPv" + (subnet.isIpv4() ? 4 : 6)
                        + "; a network has one at most");
            }
            subnets.add(subnet);
            return this;
        }

        /**
         * Sets the size of the largest packet; 1500 unless said otherwise.
         *
         * @param bytes 1280 to 65535
         * @return this
         * @throws IllegalArgumentException if out of range
         */
        public Builder mtu(int bytes) {
            this.mtu = Checks.range("mtu", bytes, MTU_MIN, MTU_MAX);
            return this;
        }

        /**
         * Makes the network.
         *
         * @return the network, which the caller closes
         * @throws SandboxException if this host does not let this process have one; it says why and what helps
         * @throws IllegalStateException if there is no subnet
         */
        public SandboxNetwork open() throws SandboxException {
            if (subnets.isEmpty()) {
                throw new IllegalStateException("a network needs a subnet: add subnet(\"10.7.0.0/24\")");
            }
            NetworkLayout layout = new NetworkLayout(name, subnets, mtu);
            LiveNetwork live = Engine.get().openNetwork(layout);
            SandboxNetwork network = new SandboxNetwork(layout, live);
            live.isThatOf(network);
            return network;
        }
    }

    /**
     * A network that is yet to be opened.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    private static String checked(String what, String text) {
        Objects.requireNonNull(text, what);
        if (text.length() > NAME_MAX || !NAME.matcher(text).matches()) {
            throw new IllegalArgumentException(what + " " + Printable.quote(text)
                    + " is not of 1 to 63 small letters, digits, and between them hyphens and dots");
        }
        return text;
    }

    /**
     * A member with a name and addresses of its own. All members find it by that name: it is a line of {@code /etc/hosts} in every sandbox
     * that is started afterwards, where that file is the sandbox's own. Asking again for the same name gives the same member.
     *
     * @param memberName 1 to 63 small letters, digits, and inside of it hyphens and dots; not "localhost"
     * @return the member
     * @throws IllegalArgumentException if malformed
     * @throws IllegalStateException if the network is closed, or has no address left
     */
    public NetworkMember member(String memberName) {
        checked("name", memberName);
        if (TAKEN.contains(memberName)) {
            throw new IllegalArgumentException("the name " + memberName + " means every sandbox itself");
        }
        return new NetworkMember(this, memberName, live.reserve(memberName));
    }

    /**
     * Any member: it has an address, but no name.
     *
     * @return the member, which any number of sandboxes can be at once
     */
    public NetworkMember member() {
        return anybody;
    }

    /**
     * What it is called.
     *
     * @return as it was set
     */
    public String name() {
        return layout.name();
    }

    /**
     * Which addresses members have.
     *
     * @return one or two, in the order in which they were added
     */
    public List<Subnet> subnets() {
        return layout.subnets();
    }

    /**
     * The size of the largest packet.
     *
     * @return in bytes
     */
    public int mtu() {
        return layout.mtu();
    }

    /**
     * The names that members have by now.
     *
     * @return each with its addresses, in the order in which they were asked for; a copy
     */
    public Map<String, List<InetAddress>> names() {
        return live.names();
    }

    /**
     * The addresses of a sandbox in this network.
     *
     * @param process the sandbox's main process, running or ended
     * @return one of each subnet, in their order
     * @throws IllegalArgumentException if it is not attached to this network
     */
    public List<InetAddress> addresses(SandboxProcess process) {
        return live.addresses(Objects.requireNonNull(process, "process"));
    }

    /**
     * Whether it is there: neither closed, nor has the process ended that keeps it.
     *
     * @return whether sandboxes can be attached
     */
    public boolean isOpen() {
        return live.isOpen();
    }

    /** Ends the network. Sandboxes that run go on without it: its interfaces are gone. Closing again does nothing. */
    @Override
    public void close() {
        live.close();
    }

    /** Name and subnets, for people. */
    @Override
    public String toString() {
        return layout.toString();
    }
}
