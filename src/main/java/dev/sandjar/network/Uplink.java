package dev.sandjar.network;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A way out of a {@link SandboxNetwork}, for all of its members, for {@link SandboxNetwork.Builder#uplink}: through the network of the host, with an
 * address of the host's as the sender (NAT). Members begin connections, nobody outside does. What can be reached is bounded by nothing
 * but what the host reaches, and by firewalls; an {@link EgressRule} names single hosts.
 *
 * <p>Each address of a member has at most 4096 connections at once, and all together 16384; what would begin more is dropped.
 *
 * <p>Not in reach unless asked for are services of the host itself, at whatever address; and services that clouds have for their machines
 * alone, link-local addresses among them. Never in reach are members of other networks.
 *
 * <p>Immutable and thread-safe: each method that changes something returns a new value.
 */
public final class Uplink {
    private static final Uplink HOST = new Uplink(false, Optional.empty(), false, List.of());
    private static final Uplink USER_MODE = new Uplink(true, Optional.empty(), false, List.of());
    private static final List<String> PROGRAMS = List.of("pasta", "pasta.avx2", "slirp4netns");

    /** Of clouds, which give there what a machine may do, to whoever asks; and of IPv6 what would lead a router there. */
    private static final List<AddressRange> REFUSED = List.of(
            AddressRange.of("169.254.0.0/16"),
            AddressRange.of("168.63.129.16"),
            AddressRange.of("100.100.100.200"),
            AddressRange.of("192.0.0.192"),
            AddressRange.of("fe80::/10"),
            AddressRange.of("fd00:ec2::254"),
            AddressRange.of("fd20:ce::254"),
            AddressRange.of("64:ff9b::a9fe:0/112"));

    private final boolean userMode;
    private final Optional<Path> program;
    private final boolean allowsHost;
    private final List<AddressRange> allowed;

    private Uplink(boolean userMode, Optional<Path> program, boolean allowsHost, List<AddressRange> allowed) {
        this.userMode = userMode;
        this.program = program;
        this.allowsHost = allowsHost;
        this.allowed = allowed;
    }

    /**
     * Returns a way through the network namespace of this process, as a pair of interfaces ({@code veth(4)}) and a table of nf_tables there, which
     * nobody else can change and which ends with the network, however this process ends. It takes CAP_NET_ADMIN over that
     * namespace ({@code capabilities(7)}), and a host that forwards packets, which is never switched on here:
     * {@code net.ipv4.ip_forward}, and {@code net.ipv6.conf.all.forwarding} where the network has a subnet of IPv6. Linux 5.12.
     *
     * <p>The host knows the network by one address of 169.254.0.0/16, and one of fd73:616e:646a::/64, so that subnets may be the host's, or those of
     * other networks. A packet filter of the host that drops what is forwarded has to let the interfaces through, whose
     * names begin with {@code sandjar}.
     *
     * @return the way out
     */
    public static Uplink host() {
        return HOST;
    }

    /**
     * Returns a way by a program that makes the connections of members again from the host, as any other of this user's: {@code pasta(1)}, or {@code
     * slirp4netns(1)} where that is not installed. It takes no rights over the host's network, but {@code /dev/net/tun} to be readable and
     * writable for this process. It is some ten times slower than {@link #host()}. One process serves all members, and ends with the network.
     *
     * <p>Addresses of the host are looked at when the network is opened and four times a second: one that it gets is in reach until then.
     * {@link #allowHost()} is not for it.
     *
     * @return the way out
     */
    public static Uplink userMode() {
        return USER_MODE;
    }

    /**
     * Returns the same by a program of the host.
     *
     * @param program an absolute path whose last part is pasta, pasta.avx2 or slirp4netns
     * @return the way out
     * @throws IllegalArgumentException if it is another one
     */
    public static Uplink userMode(Path program) {
        Path path = Checks.hostPath("program", program);
        if (!program.isAbsolute() || !PROGRAMS.contains(path.getFileName().toString())) {
            throw new IllegalArgumentException(PathBytes.shown(path) + " is no absolute path of one of " + PROGRAMS);
        }
        return new Uplink(true, Optional.of(path), false, List.of());
    }

    /**
     * Lets members reach services of the host too, at addresses of its network other than loopback.
     *
     * @return the way out
     * @throws IllegalStateException if it is one of {@link #userMode()}
     */
    public Uplink allowHost() {
        if (userMode) {
            throw new IllegalStateException("services of the host are not reached by " + this
                    + ": use hostPort(...) of the members, or Uplink.host()");
        }
        return new Uplink(userMode, program, true, allowed);
    }

    /**
     * Lets members reach addresses that are refused else, such as a metadata service of a cloud at 169.254.169.254, which may hand out what the
     * host is allowed to do.
     *
     * @param ranges which addresses
     * @return the way out
     */
    public Uplink allow(AddressRange... ranges) {
        Checks.elements("ranges", ranges);
        List<AddressRange> more = new ArrayList<>(allowed);
        more.addAll(Arrays.asList(ranges));
        return new Uplink(userMode, program, allowsHost, List.copyOf(more));
    }

    /**
     * Tells whether it is one of {@link #userMode()}.
     *
     * @return false for {@link #host()}
     */
    public boolean isUserMode() {
        return userMode;
    }

    /**
     * Returns the program that {@link #userMode(Path)} names.
     *
     * @return empty for {@link #host()}, and for any that is installed
     */
    public Optional<Path> program() {
        return program;
    }

    /**
     * Tells whether members reach services of the host.
     *
     * @return whether {@link #allowHost()} was called
     */
    public boolean allowsHost() {
        return allowsHost;
    }

    /**
     * Returns the addresses that were allowed though they are refused else.
     *
     * @return an immutable list in the order in which they were added
     */
    public List<AddressRange> allowed() {
        return allowed;
    }

    /**
     * Returns the addresses that are refused, but for those that are {@link #allowed()}.
     *
     * @return an immutable list
     */
    public static List<AddressRange> refused() {
        return REFUSED;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Uplink that
                && userMode == that.userMode
                && program.equals(that.program)
                && allowsHost == that.allowsHost
                && allowed.equals(that.allowed);
    }

    @Override
    public int hashCode() {
        return Objects.hash(userMode, program, allowsHost, allowed);
    }

    /** Such as {@code host, services of the host too, allowed 169.254.169.254/32}. */
    @Override
    public String toString() {
        return (userMode ? program.map(PathBytes::shown).orElse("user mode") : "host")
                + (allowsHost ? ", services of the host too" : "")
                + (allowed.isEmpty()
                        ? ""
                        : ", allowed "
                                + allowed.stream().map(AddressRange::toString).collect(Collectors.joining(" ")));
    }
}
