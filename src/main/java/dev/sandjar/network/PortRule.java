package dev.sandjar.network;

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
 * Ports or a socket that the host and a sandbox share, for {@link dev.sandjar.Network#with}. A rule has two sides, inside and on the host,
 * and a direction: {@link #publish} lets clients of the host reach a server inside, {@link #hostPort} lets programs inside reach a server
 * of the host. Each side is a TCP port, or as many as the other side has, or a stream socket of AF_UNIX with a path. Connections pass by a
 * process of Sandjar's, whatever the addresses: no packet of the sandbox reaches the host's network. Immutable and thread-safe: each method
 * that takes something returns a new rule.
 */
public final class PortRule implements NetworkRule {
    /** Who begins the connections. */
    public enum Direction {
        /** Clients of the host, to a server inside. */
        PUBLISH("publish"),
        /** Programs inside, to a server of the host. */
        HOST_PORT("hostPort");

        private final String word;

        Direction(String word) {
            this.word = word;
        }

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
     * A port inside, for clients of the host: on 127.0.0.1, at any port that is free, which {@link
     * dev.sandjar.SandboxProcess#publishedPort} tells.
     *
     * @param port where a server inside listens, on 127.0.0.1 or else ::1; 1 to 65535
     * @return the rule
     * @throws IllegalArgumentException if out of range
     */
    public static PortRule publish(int port) {
        return publish(PortRange.of(port));
    }

    /**
     * The same of several.
     *
     * @param ports where servers inside listen
     * @return the rule
     */
    public static PortRule publish(PortRange ports) {
        return new PortRule(
                Direction.PUBLISH, Objects.requireNonNull(ports, "ports"), null, LOOPBACK, 0, null, null, false);
    }

    /**
     * A stream socket of AF_UNIX inside, for clients of the host ({@code unix(7)}). Its path is looked up for each connection, with the
     * root of the sandbox.
     *
     * @param socket guest path where a server inside listens, at most 107 bytes
     * @return the rule
     * @throws IllegalArgumentException if it is malformed or too long
     */
    public static PortRule publish(String socket) {
        return new PortRule(Direction.PUBLISH, null, guestSocket(socket), LOOPBACK, 0, null, null, false);
    }

    /**
     * A port of the host's 127.0.0.1, for programs inside: at the same port of 127.0.0.1 and ::1 there.
     *
     * @param port where a server of the host listens, 1 to 65535
     * @return the rule
     * @throws IllegalArgumentException if out of range
     */
    public static PortRule hostPort(int port) {
        return hostPort(PortRange.of(port));
    }

    /**
     * The same of several.
     *
     * @param ports where servers of the host listen
     * @return the rule
     */
    public static PortRule hostPort(PortRange ports) {
        return new PortRule(Direction.HOST_PORT, ports, null, LOOPBACK, ports.first(), null, null, false);
    }

    /**
     * A stream socket of AF_UNIX of the host, for programs inside, where {@link #inside} says. Its path is looked up for each connection,
     * and no part of it may be a symbolic link.
     *
     * @param socket where a server of the host listens, at most 107 bytes
     * @return the rule, which needs {@link #inside(int)} or {@link #inside(String)}
     * @throws IllegalArgumentException if it is too long
     */
    public static PortRule hostSocket(Path socket) {
        return new PortRule(Direction.HOST_PORT, null, null, LOOPBACK, 0, hostPath(socket), null, false);
    }

    /**
     * Where on the host, at the same address.
     *
     * @param port the first port, 1 to 65535; with {@link #publish} also 0, for any that is free
     * @return the rule
     * @throws IllegalArgumentException if out of range
     */
    public PortRule onHost(int port) {
        return onHost(hostAddress, port);
    }

    /**
     * Where on the host.
     *
     * @param address one of this host's, or 0.0.0.0 or :: for all of a kind; with {@link #hostPort} one of loopback alone
     * @param port as of {@link #onHost(int)}
     * @return the rule
     * @throws IllegalArgumentException if out of range, or not one of loopback
     */
    public PortRule onHost(InetAddress address, int port) {
        Checks.range("port of the host", port, direction == Direction.PUBLISH ? 0 : 1, PORT_MAX);
        boolean known = address instanceof Inet4Address || address instanceof Inet6Address;
        if (!known || (direction == Direction.HOST_PORT && !address.isLoopbackAddress())) {
            throw new IllegalArgumentException("hostPort leads to the host's own loopback, not to " + address
                    + ": a server of the host can listen there, or pass connections on");
        }
        if (address instanceof Inet6Address six && six.getScopeId() != 0) {
            throw new IllegalArgumentException(
                    "the address " + address + " has a zone, which can't be distinguished here");
        }
        return new PortRule(direction, ports, insideSocket, address, port, null, name, fixed);
    }

    /**
     * A stream socket of AF_UNIX on the host in place of a port. With {@link #publish} it is made there, for this user alone, and removed
     * at the end; there must be nothing of that name. No symbolic link on the way to it is followed, neither here nor by
     * {@link #hostSocket}: a guest that may write there could have made it.
     *
     * @param socket its path, at most 107 bytes
     * @return the rule
     * @throws IllegalArgumentException if it is too long, or there are several ports
     */
    public PortRule onHost(Path socket) {
        return new PortRule(direction, ports, insideSocket, hostAddress, 0, hostPath(socket), name, fixed);
    }

    /**
     * Where inside, for {@link #hostPort}: at other ports.
     *
     * @param port the first one, 1 to 65535
     * @return the rule
     * @throws IllegalArgumentException if out of range
     */
    public PortRule inside(int port) {
        requireHostPort("inside");
        int size = ports == null ? 1 : ports.size();
        return new PortRule(
                direction, new PortRange(port, port + size - 1), null, hostAddress, hostPort, hostSocket, name, fixed);
    }

    /**
     * Where inside, for {@link #hostPort}: at a stream socket of AF_UNIX, which is made there before the program starts. Every user inside
     * who can reach it may connect.
     *
     * @param socket guest path in a directory that can be written to, such as that of a tmpfs; at most 107 bytes
     * @return the rule
     * @throws IllegalArgumentException if it is malformed or too long, or there are several ports
     */
    public PortRule inside(String socket) {
        requireHostPort("inside");
        if (ports != null && ports.size() > 1) {
            throw new IllegalArgumentException("ports " + ports + " can't all be the socket " + socket);
        }
        return new PortRule(direction, null, guestSocket(socket), hostAddress, hostPort, hostSocket, null, fixed);
    }

    /**
     * A name by which programs inside find the host's port: {@code /etc/hosts} has it for 127.0.0.1 and ::1.
     *
     * @param host lower-case letters, digits, hyphens and dots as of {@code hosts(5)}, at most 253; not localhost
     * @return the rule
     * @throws IllegalArgumentException if it is no such name, or the rule is not for ports of the host
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
     * Lets connections through without asking {@link dev.sandjar.Network#decide}.
     *
     * @return the rule
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
     * Who begins the connections.
     *
     * @return the direction
     */
    public Direction direction() {
        return direction;
    }

    /**
     * The ports inside.
     *
     * @return empty if it is a socket
     */
    public Optional<PortRange> ports() {
        return Optional.ofNullable(ports);
    }

    /**
     * The socket inside.
     *
     * @return a guest path; empty if there are ports
     */
    public Optional<String> insideSocket() {
        return Optional.ofNullable(insideSocket);
    }

    /**
     * The address on the host.
     *
     * @return 127.0.0.1 unless said otherwise; means nothing with a socket there
     */
    public InetAddress hostAddress() {
        return hostAddress;
    }

    /**
     * The ports on the host.
     *
     * @return as many as inside; empty for any that are free, and if it is a socket
     */
    public Optional<PortRange> hostPorts() {
        int size = ports == null ? 1 : ports.size();
        return hostPort == 0 ? Optional.empty() : Optional.of(new PortRange(hostPort, hostPort + size - 1));
    }

    /**
     * The socket on the host.
     *
     * @return its path; empty if there are ports
     */
    public Optional<Path> hostSocket() {
        return Optional.ofNullable(hostSocket);
    }

    /**
     * The name by which it is found inside.
     *
     * @return a host name; empty for none
     */
    @Override
    public Optional<String> name() {
        return Optional.ofNullable(name);
    }

    /**
     * Whether nobody is asked about connections.
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

    /** Such as {@code publish 80 on 127.0.0.1:8080}, and {@code hostPort 127.0.0.1:5432 at 5432 as db}. */
    @Override
    public String toString() {
        String inner = ports != null ? ports.toString() : String.valueOf(insideSocket);
        String text = direction == Direction.PUBLISH
                ? direction + " " + inner + " on " + hostSide()
                : direction + " " + hostSide() + " at " + inner + (name == null ? "" : " as " + name);
        return Printable.line(text + (fixed ? ", fixed" : ""));
    }
}
