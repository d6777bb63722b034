package dev.sandjar.network;

import java.net.InetAddress;
import java.util.List;

/**
 * Resolves the names of {@link EgressRule} to addresses, for {@link dev.sandjar.Network#resolver(NameResolver)}. A resolver is asked
 * once for each connection, on daemon threads of Sandjar's; it must be thread-safe, since several names are resolved at once.
 *
 * <p>Resolving fails closed: a connection is refused if the resolver throws, or if it and a {@link ConnectionDecider} together take longer
 * than 10 seconds. Its addresses are checked as those of the host's resolver are ({@link EgressRule#withAddresses}).
 */
@FunctionalInterface
public interface NameResolver {
    /**
     * Resolves a name to its addresses.
     *
     * @param name the name of the rule, in lower case
     * @return the addresses, all of which have to pass the check; the first eight are tried in this order, and with more than 256
     *     the connection is refused. An empty list means that no host has the name
     * @throws java.net.UnknownHostException if no host has the name, like an empty list
     * @throws Exception if the name can't be resolved; the connection is refused, and the exception is logged at the level WARN, of
     *     those of one sandbox the first, the second, the fourth and so on
     */
    List<InetAddress> resolve(String name) throws Exception;
}
