package dev.sandjar.network;

/**
 * Decides on each connection of the rules that are not {@link NetworkRule#isFixed() fixed}, on a daemon thread of Sandjar's, several at
 * once. Fails closed: a connection is refused if this throws, if it takes longer than ten seconds, and while as many as the network lets
 * through at once, in each direction, have not come back. What a refused client sees is a reset.
 */
@FunctionalInterface
public interface ConnectionDecider {
    /**
     * Decides.
     *
     * @param connection who wants what
     * @return what becomes of it; null refuses
     * @throws Exception to refuse it
     */
    Decision decide(Connection connection) throws Exception;
}
