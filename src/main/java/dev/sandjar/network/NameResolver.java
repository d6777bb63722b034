package dev.sandjar.network;

import java.net.InetAddress;
import java.util.List;

/**
 * Says which addresses a name of an {@link EgressRule} has, for {@link dev.sandjar.Network#resolver}. It is asked once for each connection,
 * on a daemon thread of Sandjar's, several at once. Fails closed: a connection is not made if this throws, or takes longer than ten
 * seconds, and the addresses are checked as those of the host's resolver are.
 */
@FunctionalInterface
public interface NameResolver {
    /**
     * Looks a name up.
     *
     * @param name as the rule has it
     * @return the addresses, in the order in which they are tried, the first eight; none for a name that nobody has
     * @throws Exception if it can't be told
     */
    List<InetAddress> resolve(String name) throws Exception;
}
