package dev.sandjar.network;

import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An interface of the host's network for one sandbox, for {@link dev.sandjar.Network#devices}: one that is there and is moved ({@link #move}),
 * or a new one with a hardware address of its own beside one that is there ({@link #macvlan}). What is at its other end is then in reach, as
 * it is for the host. It takes CAP_NET_ADMIN over the network namespace of this process ({@code capabilities(7)}).
 *
 * <p>An interface that is moved is not the host's any more until the sandbox ends. Then the kernel gives one of a network card to
 * the first network namespace of the machine, with the name that it has in the sandbox unless somebody there has that, and without
 * addresses; one that is virtual ({@code veth(4)}, macvlan and so on), it destroys. So it is however the sandbox or the JVM ends.
 *
 * <p>Immutable and thread-safe: each method that changes something returns a new value.
 */
public final class NetworkDevice {
    private static final int NAME_MAX = 15;
    private static final int ADDRESSES_MAX = 64;
    private static final int ROUTES_MAX = 64;
    private static final Pattern NAME = Pattern.compile("[!-.0-9;-~]+");

    /** What a macvlan interface passes on between those of the same parent: MACVLAN_MODE_* of {@code ip-link(8)}. */
    public enum Mode {
        /** Nothing: they don't reach each other. */
        PRIVATE,
        /** By the switch at the other end of the parent, if that sends back what came from there. */
        VEPA,
        /** All: they reach each other without it. */
        BRIDGE
    }

    /**
     * An address of an interface.
     *
     * @param address of IPv4 or IPv6, without a zone
     * @param prefix how many of its first bits neighbours have in common: 0 to 32 or 128
     */
    public record Address(InetAddress address, int prefix) {
        /**
         * Makes an address.
         *
         * @param address see the record
         * @param prefix see the record
         * @throws IllegalArgumentException if {@code prefix} is out of range, or the address has a zone
         */
        public Address {
            AddressLiterals.refuseZone(Objects.requireNonNull(address, "address"));
            Checks.range("prefix", prefix, 0, address.getAddress().length * Byte.SIZE);
        }

        /**
         * Parses an address in CIDR notation. No name is looked up.
         *
         * @param text such as {@code 192.0.2.7/24}
         * @return the address
         * @throws IllegalArgumentException if the text is malformed
         */
        public static Address of(String text) {
            Objects.requireNonNull(text, "text");
            int slash = text.indexOf('/');
            if (slash < 0 || !text.substring(slash + 1).matches("0|[1-9][0-9]{0,2}")) {
                throw new IllegalArgumentException(Printable.quote(text) + " has no number of bits after a slash");
            }
            String literal = text.substring(0, slash);
            InetAddress address = AddressLiterals.parse(literal);
            if (literal.contains(":") && address instanceof Inet4Address) {
                throw new IllegalArgumentException(Printable.quote(text) + " is of IPv4 in the clothes of IPv6: write "
                        + address.getHostAddress());
            }
            return new Address(address, Integer.parseInt(text.substring(slash + 1)));
        }

        /** Returns the address as {@link #of} parses it. */
        @Override
        public String toString() {
            return address.getHostAddress() + "/" + prefix;
        }
    }

    private final String host;
    private final String inside;
    private final @Nullable Mode mode;
    private final List<Address> addresses;
    private final List<NetworkRoute> routes;

    private NetworkDevice(
            String host, String inside, @Nullable Mode mode, List<Address> addresses, List<NetworkRoute> routes) {
        this.host = host;
        this.inside = inside;
        this.mode = mode;
        this.addresses = List.copyOf(addresses);
        this.routes = List.copyOf(routes);
    }

    /**
     * Moves an interface from the network namespace of this process to that of the sandbox, with the name that it has and the global addresses
     * that somebody has given it for good. One sandbox at a time can have it.
     *
     * @param name of the interface: 1 to 15 printable characters of ASCII but slash, colon and space; not {@code lo}
     * @return the device
     * @throws IllegalArgumentException if the name is malformed
     */
    public static NetworkDevice move(String name) {
        return new NetworkDevice(checked(name), name, null, List.of(), List.of());
    }

    /**
     * Makes an interface with a hardware address of its own beside one of the host's, {@code eth0} inside, in the mode {@link Mode#PRIVATE}.
     * It has no address unless {@link #address} gives it one. What others send to the parent itself it does not get, and it does not reach
     * the host through it, whose other interfaces it may reach by way of others.
     *
     * @param parent name of the interface, as {@link #move} takes it
     * @return the device
     * @throws IllegalArgumentException if the name is malformed
     */
    public static NetworkDevice macvlan(String parent) {
        return new NetworkDevice(checked(parent), "eth0", Mode.PRIVATE, List.of(), List.of());
    }

    private static String checked(String name) {
        Objects.requireNonNull(name, "name");
        if (name.length() > NAME_MAX
                || !NAME.matcher(name).matches()
                || name.contains("%")
                || List.of("lo", ".", "..", "all", "default").contains(name)) {
            throw new IllegalArgumentException(
                    "name " + Printable.quote(name)
                            + " is none of an interface: 1 to 15 printable characters but slash, colon, percent sign and space, and not lo");
        }
        return name;
    }

    /**
     * Sets the name that it has in the sandbox.
     *
     * @param name as {@link #move} takes it
     * @return a new device
     * @throws IllegalArgumentException if the name is malformed
     */
    public NetworkDevice named(String name) {
        return new NetworkDevice(host, checked(name), mode, addresses, routes);
    }

    /**
     * Sets what passes between macvlan interfaces of one parent.
     *
     * @param between which
     * @return a new device
     * @throws IllegalStateException if it is one that is moved
     */
    public NetworkDevice mode(Mode between) {
        Objects.requireNonNull(between, "between");
        if (mode == null) {
            throw new IllegalStateException(this + " is moved, and has no mode");
        }
        return new NetworkDevice(host, inside, between, addresses, routes);
    }

    /**
     * Adds an address, which can be used at once: nobody is asked whether another one has it.
     *
     * @param text in CIDR notation, as {@link Address#of} parses it
     * @return a new device
     * @throws IllegalArgumentException if the text is malformed, or there are 64
     */
    public NetworkDevice address(String text) {
        List<Address> more = new ArrayList<>(addresses);
        more.add(Address.of(text));
        Checks.range("number of addresses", more.size(), 1, ADDRESSES_MAX);
        return new NetworkDevice(host, inside, mode, more, routes);
    }

    /**
     * Adds a static route through this interface.
     *
     * @param destination in CIDR notation, as {@link AddressRange#of} parses it; {@code 0.0.0.0/0} or {@code ::/0} for the default route
     * @param via the router, a neighbour by an address of the interface
     * @return a new device
     * @throws IllegalArgumentException if one of both is malformed, they are of different families, or there are 64
     */
    public NetworkDevice route(String destination, String via) {
        List<NetworkRoute> more = new ArrayList<>(routes);
        more.add(NetworkRoute.of(
                Objects.requireNonNull(destination, "destination"), Objects.requireNonNull(via, "via")));
        Checks.range("number of routes", more.size(), 1, ROUTES_MAX);
        return new NetworkDevice(host, inside, mode, addresses, more);
    }

    /**
     * Returns the name of the interface of the host.
     *
     * @return that which is moved, or the parent
     */
    public String hostName() {
        return host;
    }

    /**
     * Returns the name in the sandbox.
     *
     * @return the name
     */
    public String insideName() {
        return inside;
    }

    /**
     * Returns what passes between macvlan interfaces of one parent.
     *
     * @return empty if it is one that is moved
     */
    public Optional<Mode> mode() {
        return Optional.ofNullable(mode);
    }

    /**
     * Returns the addresses that it is given.
     *
     * @return an immutable list, in the order in which they were added
     */
    public List<Address> addresses() {
        return addresses;
    }

    /**
     * Returns the routes through it.
     *
     * @return an immutable list, in the order in which they were added
     */
    public List<NetworkRoute> routes() {
        return routes;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NetworkDevice that
                && host.equals(that.host)
                && inside.equals(that.inside)
                && mode == that.mode
                && addresses.equals(that.addresses)
                && routes.equals(that.routes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(host, inside, mode, addresses, routes);
    }

    /** Such as {@code eth1 as eth0 192.0.2.7/24}, or {@code macvlan of eth1 as eth0}. */
    @Override
    public String toString() {
        return (mode == null ? "" : "macvlan of ")
                + host
                + (inside.equals(host) ? "" : " as " + inside)
                + addresses.stream().map(each -> " " + each).collect(Collectors.joining())
                + routes.stream().map(each -> ", " + each).collect(Collectors.joining());
    }
}
