package dev.sandjar.network;

import java.util.List;
import java.util.Optional;

/**
 * A proxy inside a sandbox, of {@link dev.sandjar.Network#withProxies()}, by which nothing else is reached than without: the same rules,
 * checks, bounds, decider and listener hold. It listens at 198.19.255.254; the variables {@code http_proxy}, {@code https_proxy} and {@code
 * all_proxy}, in small and in capital letters, say where, unless the sandbox or a command sets them, and {@code no_proxy} leaves the
 * sandbox's own loopback out.
 *
 * <p>A request for something that no rule allows is answered: 403 of HTTP, 2 of SOCKS5. So is one whose server can't be reached, where its
 * rule is of {@link EgressRule#anyProtocol()} or the request is one of plain HTTP. Otherwise the tunnel is there before it is known what
 * for, since its first bytes are checked; what is refused then is a reset.
 *
 * <p>As the rule of a {@link Connection} it stands for one that has
 * not said, or not said well, what it wants to reach; as soon as an {@link EgressRule} is found for that, it is the connection's. There
 * are two, each of which is equal to itself alone. Immutable and thread-safe.
 */
public final class EgressProxy implements NetworkRule {
    /** HTTP/1: {@code CONNECT}, and requests with an absolute target (RFC 9112, section 3.2). */
    public static final EgressProxy HTTP = new EgressProxy("HTTP", "http", 3128);

    /** SOCKS5 (RFC 1928): {@code CONNECT} without authentication, to names, which are resolved outside, and addresses. */
    public static final EgressProxy SOCKS5 = new EgressProxy("SOCKS5", "socks5h", 1080);

    private final String protocol;
    private final String scheme;
    private final int port;

    private EgressProxy(String protocol, String scheme, int port) {
        this.protocol = protocol;
        this.scheme = scheme;
        this.port = port;
    }

    /**
     * Returns both.
     *
     * @return an immutable list
     */
    public static List<EgressProxy> all() {
        return List.of(HTTP, SOCKS5);
    }

    /**
     * Returns the scheme of the proxy's address, as variables have it.
     *
     * @return {@code http} or {@code socks5h}
     */
    public String scheme() {
        return scheme;
    }

    /**
     * Returns the port inside, unless a rule takes that: then it is the next that none takes.
     *
     * @return 3128 or 1080
     */
    public int port() {
        return port;
    }

    /** {@return an empty name} */
    @Override
    public Optional<String> name() {
        return Optional.empty();
    }

    /** {@return false} */
    @Override
    public boolean isFixed() {
        return false;
    }

    /** Returns what the proxy is, such as {@code proxy of HTTP}. */
    @Override
    public String toString() {
        return "proxy of " + protocol;
    }
}
