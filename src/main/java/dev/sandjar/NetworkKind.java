package dev.sandjar;

/** Whose a network is, which says what it can have. */
enum NetworkKind {
    NONE("none", ", which has no addresses", false),
    LOOPBACK("loopback", "", false),
    ATTACHED("attached", ", which is others' too", false),
    CNI("cni", ", which plugins set up", false),
    DEVICES("devices", ", whose interfaces are those of the host's network", false),
    NAMESPACE("namespace", ", which is not the sandbox's own", false),
    HOST("host", ", whose ports are the host's", true),
    HOST_WITH_SOCKETS("host with AF_UNIX sockets", ", whose ports are the host's", true);

    /** A sandbox has one choice of network, the last: to name another one as well would take the member out of its network. */
    private static final String MEMBERS =
            "; remedy: let a second sandbox have that network, and share a socket of AF_UNIX with this one in a bound directory";

    private static final String SHARING =
            " needs Network.loopback(), Network.egress(...), Network.attached(...) or Network.cni(...), not the network ";

    private final String word;
    private final String againstPorts;
    private final boolean hosts;

    NetworkKind(String word, String againstPorts, boolean hosts) {
        this.word = word;
        this.againstPorts = againstPorts;
        this.hosts = hosts;
    }

    boolean isHosts() {
        return hosts;
    }

    void requireLoopback(String what, Network network) {
        if (this != LOOPBACK) {
            throw new IllegalStateException(
                    what + " needs Network.loopback(), Network.egress(...) or Network.attached(...), not the network "
                            + network + againstPorts + (this == ATTACHED ? MEMBERS : ""));
        }
    }

    /** Whose ports may be shared with the host: those of a network that has a loopback device of the sandbox's own. */
    void requirePorts(String what, Network network) {
        if (this != LOOPBACK && this != ATTACHED && this != CNI) {
            throw new IllegalStateException(what + SHARING + network + againstPorts);
        }
    }

    void requireAttached(String what, Network network) {
        if (this != ATTACHED) {
            throw new IllegalStateException(what + " needs Network.attached(...), not the network " + network
                    + switch (this) {
                        case HOST, HOST_WITH_SOCKETS -> ", which is the host's";
                        case NAMESPACE, CNI, DEVICES -> againstPorts;
                        default -> ", in which nothing but rules of ports and names is in reach";
                    });
        }
    }

    @Override
    public String toString() {
        return word;
    }
}
