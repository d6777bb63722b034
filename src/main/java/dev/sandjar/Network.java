package dev.sandjar;

/** Which network a sandbox has ({@code network_namespaces(7)}). An immutable value; see {@link SandboxBuilder#network}. */
public final class Network {
    private static final Network NONE = new Network(true, false, false, "none");
    private static final Network LOOPBACK = new Network(true, true, false, "loopback");
    private static final Network HOST = new Network(false, true, false, "host");
    private static final Network HOST_WITH_SOCKETS = new Network(false, true, true, "host with AF_UNIX sockets");

    private final boolean separate;
    private final boolean loopbackUp;
    private final boolean unixSockets;
    private final String name;

    private Network(boolean separate, boolean loopbackUp, boolean unixSockets, String name) {
        this.separate = separate;
        this.loopbackUp = loopbackUp;
        this.unixSockets = unixSockets;
        this.name = name;
    }

    /**
     * A new network whose only device, loopback, is down: not even 127.0.0.1 works.
     *
     * @return the network
     */
    public static Network none() {
        return NONE;
    }

    /**
     * A new network with nothing but loopback, which is up: processes inside can talk to each other by 127.0.0.1 and ::1.
     *
     * @return the network
     */
    public static Network loopback() {
        return LOOPBACK;
    }

    /**
     * The host's own network, with its addresses and ports: no isolation.
     *
     * <p>Abstract sockets ({@code unix(7)}) belong to a network too; X11 and session buses listen on such. In {@link Sandbox#builder()}
     * they can be connected to. In {@link Sandbox#untrusted()} and {@link Sandbox#hermetic()} they can't: Landlock keeps them apart
     * ({@code landlock(7)}, LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET; Linux 6.12), also those of the main program from processes of {@link
     * SandboxProcess#exec}. On older kernels, and without a mount namespace, {@code socket(2)} makes none of AF_UNIX there (EAFNOSUPPORT),
     * while {@code socketpair(2)} makes those of SOCK_STREAM and SOCK_SEQPACKET (others: ESOCKTNOSUPPORT): one of a pair of datagram sockets
     * sends to any address. {@link Sandbox#explain()} says which.
     *
     * @return the network
     * @see #withUnixSockets()
     */
    public static Network host() {
        return HOST;
    }

    /**
     * The host's network with all sockets of AF_UNIX that can be found there: a program that reaches a session bus, systemd or X11 can
     * act as the user of the host. Only {@link #host()} has them.
     *
     * @return the network
     * @throws IllegalStateException if this is not the host's network
     */
    public Network withUnixSockets() {
        if (separate) {
            throw new IllegalStateException("the network " + name + " has no sockets of the host");
        }
        return HOST_WITH_SOCKETS;
    }

    /**
     * Whether sockets of AF_UNIX of the host are in reach.
     *
     * @return whether it is that of {@link #withUnixSockets()}
     */
    public boolean hasUnixSockets() {
        return unixSockets;
    }

    /**
     * Whether it is a new network.
     *
     * @return whether it is none of the host's
     */
    public boolean isSeparate() {
        return separate;
    }

    /**
     * Whether 127.0.0.1 works.
     *
     * @return false for {@link #none()}
     */
    public boolean isLoopbackUp() {
        return loopbackUp;
    }

    @Override
    public String toString() {
        return name;
    }
}
