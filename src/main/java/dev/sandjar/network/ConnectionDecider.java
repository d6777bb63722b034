package dev.sandjar.network;

/**
 * Decides whether a connection is passed on, for {@link dev.sandjar.Network#decide}. A decider is asked about each connection of every
 * rule that is not {@link NetworkRule#isFixed() fixed}, on daemon threads of Sandjar's; it must be thread-safe, since several
 * connections are decided on at once.
 *
 * <p>Deciding fails closed: a connection is refused if the decider throws, if it takes longer than 10 seconds (for an {@link
 * EgressRule} together with the resolution of the name), and while twice as many calls for one of the two directions as {@link
 * ConnectionBounds#connections(int)} allows have not returned. A client of TCP that is refused sees a reset (ECONNRESET, {@code tcp(7)}),
 * one of AF_UNIX the end of the stream.
 */
@FunctionalInterface
public interface ConnectionDecider {
    /**
     * Decides on one connection.
     *
     * @param connection the connection that a client asks for; that of an {@link EgressRule} has the addresses of its name, all checked
     * @return {@link Decision#ALLOW} to pass the connection on; anything else, null too, refuses it
     * @throws Exception to refuse the connection; the exception is logged at the level WARN, of
     *     those of one sandbox the first, the second, the fourth and so on
     */
    Decision decide(Connection connection) throws Exception;
}
