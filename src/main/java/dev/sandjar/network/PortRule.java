package dev.sandjar.network;

import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.GuestPath;
import dev.sandjar.internal.util.HostNames;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.Printable;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A rule that has a sandbox and its host share ports or a socket, for {@link dev.sandjar.Network#with(PortRule)}. A rule has two sides,
 * inside and on the host, and a direction: {@link #publish} lets clients of the host reach a server inside, {@link #hostPort} lets
 * programs inside reach a server of the host. Each side is a TCP port, a range of as many TCP ports as the other side has, or a stream
 * socket of AF_UNIX with a path ({@code unix(7)}). A process of Sandjar's passes the bytes of each connection on: no packet of the
 * sandbox reaches the host's network.
 *
 * <p>Immutable and thread-safe: each method that changes something returns a new rule.
 */
public final class PortRule implements NetworkRule {
    /** The side that begins the connections of a rule. */
    public enum Direction {
        /** Clients of the host connect to a server inside. */
        PUBLISH("publish"),
        /** Programs inside connect to a server of the host. */
        HOST_PORT("hostPort");

        private final String word;

        Direction(String word) {
            this.word = word;
        }

        /** Returns {@code publish} or {@code hostPort}. */
        @Override
        public String toString() {
            return word;
        }
    }

    private static final int SUN_PATH_MAX = 107;
    private static final int PORT_MAX = 65_535;
    private static final InetAddress LOOPBACK = address(127, 0, 0, 1);

    private final Direction direction;
    private final @Nullable PortRange ports;
    private final @Nullable String insideSocket;
    private final InetAddress hostAddress;
    /** 0 for any that is free. */
    private final int hostPort;

    private final @Nullable Path hostSocket;
    private final @Nullable String name;
    private final boolean fixed;

    private PortRule(
            Direction direction,
            @Nullable PortRange ports,
            @Nullable String insideSocket,
            InetAddress hostAddress,
            int hostPort,
            @Nullable Path hostSocket,
            @Nullable String name,
            boolean fixed) {
        this.direction = direction;
        this.ports = ports;
        this.insideSocket = insideSocket;
        this.hostAddress = hostAddress;
        this.hostPort = hostPort;
        this.hostSocket = hostSocket;
        this.name = name;
        this.fixed = fixed;
        int last = hostPort + (ports == null ? 1 : ports.size()) - 1;
        if (hostPort != 0 && last > PORT_MAX) {
            throw new IllegalArgumentException("port " + last + " of the host, allowed is up to " + PORT_MAX);
        }
        if (ports != null && ports.size() > 1 && hostSocket != null) {
            throw new IllegalArgumentException("ports " + ports + " can't all be the socket " + hostSocket);
        }
    }

    private static InetAddress address(int... parts) {
        byte[] bytes = new byte[parts.length];
        for (int i = 0; i < parts.length; i++) {
            bytes[i] = (byte) parts[i];
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Lets clients of the host reach a port inside. Without {@link #onHost(int)} they find it at 127.0.0.1, at a free port that the kernel
     * chooses and {@link dev.sandjar.SandboxProcess#publishedPort} returns.
     *
     * @param port the port at which a server inside listens, on 127.0.0.1 or else on ::1; 1 to 65535
     * @return the rule
     * @throws IllegalArgumentException if the port is out of range
     */
    public static PortRule publish(int port) {
        return publish(PortRange.of(port));
    }

    /**
     * Lets clients of the host reach several ports inside, each as {@link #publish(int)} does.
     *
     * @param ports the ports at which servers inside listen, on 127.0.0.1 or else on ::1
     * @return the rule
     */
    public static PortRule publish(PortRange ports) {
        return new PortRule(
                Direction.PUBLISH, Objects.requireNonNull(ports, "ports"), null, LOOPBACK, 0, null, null, false);
    }

    /**
     * Lets clients of the host reach a stream socket of AF_UNIX inside ({@code unix(7)}), where {@link #onHost(int)} with a port above 0 or
     * {@link #onHost(Path)} says: no method would return a port that the kernel chooses. The path is looked up for each connection, with
     * the root of the sandbox.
     *
     * @param socket the absolute path inside at which a server listens, 1 to 107 bytes in UTF-8
     * @return the rule, which needs {@link #onHost(int)} or {@link #onHost(Path)} before a network accepts it
     * @throws IllegalArgumentException if the path is malformed or too long
     */
    public static PortRule publish(String socket) {
        return new PortRule(Direction.PUBLISH, null, guestSocket(socket), LOOPBACK, 0, null, null, false);
    }

    /**
     * Lets programs inside reach a port of the host's 127.0.0.1. They find it at the same port of 127.0.0.1 and ::1 inside, unless {@code
     * inside} says otherwise.
     *
     * @param port the port at which a server of the host listens, 1 to 65535
     * @return the rule
     * @throws IllegalArgumentException if the port is out of range
     */
    public static PortRule hostPort(int port) {
        return hostPort(PortRange.of(port));
    }

    /**
     * Lets programs inside reach several ports of the host's 127.0.0.1, each as {@link #hostPort(int)} does.
     *
     * @param ports the ports at which servers of the host listen
     * @return the rule
     */
    public static PortRule hostPort(PortRange ports) {
        Objects.requireNonNull(ports, "ports");
        return new PortRule(Direction.HOST_PORT, ports, null, LOOPBACK, ports.first(), null, null, false);
    }

    /**
     * Lets programs inside reach a stream socket of AF_UNIX of the host ({@code unix(7)}). The path is looked up for each connection,
     * and no part of it may be a symbolic link.
     *
     * @param socket the path at which a server of the host listens, at most 107 bytes once it is absolute
     * @return the rule, which needs {@link #inside(int)} or {@link #inside(String)} before a network accepts it
     * @throws IllegalArgumentException if the path is too long, or of another file system than the default one
     */
    public static PortRule hostSocket(Path socket) {
        return new PortRule(Direction.HOST_PORT, null, null, LOOPBACK, 0, hostPath(socket), null, false);
    }

    /**
     * Sets the port on the host, or the first of several; the address stays. It takes the place of a socket of AF_UNIX on the host.
     *
     * @param port the first port, 1 to 65535; with {@link #publish} of ports also 0 for free ports that the kernel chooses
     * @return a rule with this port on the host
     * @throws IllegalArgumentException if this port, or the last one of a range, is out of range
     */
    public PortRule onHost(int port) {
        return onHost(hostAddress, port);
    }

    /**
     * Sets the address on the host, and the port there or the first of several. They take the place of a socket of AF_UNIX on the host.
     *
     * @param address with {@link #publish} an address of this host, or 0.0.0.0 or :: for all of them of IPv4 or of IPv6; with {@link
     *     #hostPort} an address of loopback
     * @param port the first port, as of {@link #onHost(int)}
     * @return a rule with this address and port on the host
     * @throws IllegalArgumentException if this port, or the last one of a range, is out of range; if a rule of {@link #hostPort} is given
     *     another address than one of loopback; or if the address has a zone ({@code fe80::1%eth0})
     */
    public PortRule onHost(InetAddress address, int port) {
        Checks.range("port of the host", port, direction == Direction.PUBLISH ? 0 : 1, PORT_MAX);
        boolean known = address instanceof Inet4Address || address instanceof Inet6Address;
        if (!known || (direction == Direction.HOST_PORT && !address.isLoopbackAddress())) {
            throw new IllegalArgumentException("hostPort leads to the host's own loopback, not to " + address
                    + ": a server of the host can listen there, or pass connections on");
        }
        AddressLiterals.refuseZone(address);
        return new PortRule(direction, ports, insideSocket, address, port, null, name, fixed);
    }

    /**
     * Sets a stream socket of AF_UNIX on the host in place of a port. With {@link #publish} Sandjar makes the socket when the sandbox
     * starts, with mode 0600, and removes it when the sandbox ends; nothing may exist at the path before. No symbolic link on the way
     * to the socket is followed, here as with {@link #hostSocket(Path)}: a guest that may write there could have made it.
     *
     * @param socket the path on the host, at most 107 bytes once it is absolute
     * @return a rule with this socket on the host
     * @throws IllegalArgumentException if the path is too long or of another file system than the default one, or the rule has several
     *     ports
     */
    public PortRule onHost(Path socket) {
        return new PortRule(direction, ports, insideSocket, hostAddress, 0, hostPath(socket), name, fixed);
    }

    /**
     * Sets the port inside at which programs find the server of the host, or the first of several, on 127.0.0.1 and ::1. It takes the
     * place of a socket of AF_UNIX inside.
     *
     * @param port the first port, 1 to 65535
     * @return a rule with this port inside
     * @throws IllegalArgumentException if this port, or the last one of a range, is out of range, or the rule is one of {@link #publish}
     */
    public PortRule inside(int port) {
        requireHostPort("inside");
        int size = ports == null ? 1 : ports.size();
        return new PortRule(
                direction, new PortRange(port, port + size - 1), null, hostAddress, hostPort, hostSocket, name, fixed);
    }

    /**
     * Sets a stream socket of AF_UNIX inside at which programs find the server of the host, in place of a port. Sandjar makes the socket
     * before the program starts. Every user inside who can reach it may connect. A {@link #named(String) name} that was set is dropped.
     *
     * @param socket an absolute path inside, 1 to 107 bytes in UTF-8, in a directory that can be written to, such as that of a tmpfs
     * @return a rule with this socket inside
     * @throws IllegalArgumentException if the path is malformed or too long, the rule has several ports, or it is one of {@link #publish}
     */
    public PortRule inside(String socket) {
        requireHostPort("inside");
        if (ports != null && ports.size() > 1) {
            throw new IllegalArgumentException("ports " + ports + " can't all be the socket " + socket);
        }
        return new PortRule(direction, null, guestSocket(socket), hostAddress, hostPort, hostSocket, null, fixed);
    }

    /**
     * Sets a name by which programs inside find the host's port: {@code /etc/hosts} inside maps it to 127.0.0.1 and ::1 ({@code
     * hosts(5)}).
     *
     * @param host a host name ({@code hostname(7)}): lower-case letters, digits, hyphens and dots, at most 253 characters and 63 to a
     *     label. An address, a name whose last label is a number, {@code localhost}, {@code ip6-localhost}, {@code ip6-loopback} and
     *     names below {@code localhost} are refused
     * @return a rule with this name
     * @throws IllegalArgumentException if the name is malformed or refused, if the rule is one of {@link #publish}, or if it has no port
     *     inside
     */
    public PortRule named(String host) {
        requireHostPort("named");
        if (ports == null) {
            throw new IllegalArgumentException("a socket has no name for " + Printable.quote(host) + " to stand for");
        }
        if (!HostNames.isStrict(host)) {
            throw new IllegalArgumentException("the name " + Printable.quote(host)
                    + " is not lower-case letters, digits, hyphens and dots, or means something else already");
        }
        return new PortRule(direction, ports, insideSocket, hostAddress, hostPort, hostSocket, host, fixed);
    }

    /**
     * Passes connections on without asking the decider of {@link dev.sandjar.Network#decide}.
     *
     * @return a rule that is fixed
     */
    public PortRule fixed() {
        return new PortRule(direction, ports, insideSocket, hostAddress, hostPort, hostSocket, name, true);
    }

    private void requireHostPort(String what) {
        if (direction != Direction.HOST_PORT) {
            throw new IllegalArgumentException(what + "(...) is for hostPort: publish says first where it is inside");
        }
    }

    private static String guestSocket(String path) {
        String target = GuestPath.target("socket inside", path);
        return Checks.text("socket inside", target, 1, SUN_PATH_MAX);
    }

    private static Path hostPath(Path path) {
        Path checked = Checks.hostPath("socket of the host", path).normalize();
        if (PathBytes.of(checked).length > SUN_PATH_MAX) {
            throw new IllegalArgumentException("the socket " + PathBytes.shown(checked) + " has more than "
                    + SUN_PATH_MAX + " bytes in its path, which is all that unix(7) takes");
        }
        return checked;
    }

    /**
     * Returns the direction of the rule: which side begins the connections.
     *
     * @return the direction
     */
    public Direction direction() {
        return direction;
    }

    /**
     * Returns the ports inside.
     *
     * @return the ports; empty if there is a socket of AF_UNIX inside, or none of both yet
     */
    public Optional<PortRange> ports() {
        return Optional.ofNullable(ports);
    }

    /**
     * Returns the path of the socket of AF_UNIX inside.
     *
     * @return an absolute path inside the sandbox; empty if there are ports inside, or none of both yet
     */
    public Optional<String> insideSocket() {
        return Optional.ofNullable(insideSocket);
    }

    /**
     * Returns the address on the host.
     *
     * @return the address, 127.0.0.1 unless {@link #onHost(InetAddress, int)} set another; without a meaning if there is a socket of
     *     AF_UNIX on the host
     */
    public InetAddress hostAddress() {
        return hostAddress;
    }

    /**
     * Returns the ports on the host.
     *
     * @return as many ports as there are inside; empty if the kernel chooses free ones, and if there is a socket of AF_UNIX on the host
     */
    public Optional<PortRange> hostPorts() {
        int size = ports == null ? 1 : ports.size();
        return hostPort == 0 ? Optional.empty() : Optional.of(new PortRange(hostPort, hostPort + size - 1));
    }

    /**
     * Returns the path of the socket of AF_UNIX on the host.
     *
     * @return an absolute path; empty if there are ports on the host
     */
    public Optional<Path> hostSocket() {
        return Optional.ofNullable(hostSocket);
    }

    /**
     * Returns the name by which programs inside find the port of the host.
     *
     * @return a host name; empty if none was set
     */
    @Override
    public Optional<String> name() {
        return Optional.ofNullable(name);
    }

    /**
     * Tells whether connections are passed on without asking a decider.
     *
     * @return whether {@link #fixed()} was called
     */
    @Override
    public boolean isFixed() {
        return fixed;
    }

    private List<Object> parts() {
        return List.of(direction, ports(), insideSocket(), hostAddress, hostPort, hostSocket(), name(), fixed);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PortRule that && that.parts().equals(parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    private String hostSide() {
        if (hostSocket != null) {
            return PathBytes.shown(hostSocket);
        }
        String address = hostAddress.getHostAddress();
        String shown = hostAddress instanceof Inet6Address ? "[" + address + "]" : address;
        return shown + ":" + hostPorts().map(PortRange::toString).orElse("any");
    }

    /**
     * Returns the rule in one line, such as {@code publish 80 on 127.0.0.1:8080}, or {@code hostPort 127.0.0.1:5432 at 5432 as db, fixed}.
     */
    @Override
    public String toString() {
        String inner = ports != null ? ports.toString() : String.valueOf(insideSocket);
        String text = direction == Direction.PUBLISH
                ? direction + " " + inner + " on " + hostSide()
                : direction + " " + hostSide() + " at " + inner + (name == null ? "" : " as " + name);
        return Printable.line(text + (fixed ? ", fixed" : ""));
    }
}
