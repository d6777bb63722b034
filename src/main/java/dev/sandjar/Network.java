package dev.sandjar;

/** Which network a sandbox has ({@code network_namespaces(7)}). An immutable value; see {@link SandboxBuilder#network}. */
public final class Network {
    private static final Network NONE = new Network(true, false, "none");
    private static final Network LOOPBACK = new Network(true, true, "loopback");
    private static final Network HOST = new Network(false, true, "host");

    private final boolean separate;
    private final boolean loopbackUp;
    private final String name;

    private Network(boolean separate, boolean loopbackUp, String name) {
        this.separate = separate;
        this.loopbackUp = loopbackUp;
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
     * The host's own network, with its addresses, ports and abstract sockets: no isolation.
     *
     * @return the network
     */
    public static Network host() {
        return HOST;
    }

    boolean isSeparate() {
        return separate;
    }

    boolean isLoopbackUp() {
        return loopbackUp;
    }

    @Override
    public String toString() {
        return name;
    }
}
