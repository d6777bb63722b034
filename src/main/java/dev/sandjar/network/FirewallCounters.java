package dev.sandjar.network;

import java.util.List;
import java.util.Objects;

/**
 * How many packets a {@link Firewall} has judged, since the sandbox has started or its firewall was replaced, which begins anew at 0. The
 * first clause that is about a connection counts all of its packets in both directions, answers too: those that it lets through, or those
 * that it keeps back. Not counted are loopback, neighbour discovery of IPv6, the resets and messages of ICMP that tell of a refusal, and packets
 * that belong to no connection. Immutable.
 *
 * @param firewall whose counts these are
 * @param clauses a count for each of its clauses, in their order
 * @param incoming of connections that others began and no clause is about
 * @param outgoing of connections that the sandbox began and no clause is about
 */
public record FirewallCounters(Firewall firewall, List<Count> clauses, Count incoming, Count outgoing) {
    /**
     * Some packets.
     *
     * @param packets how many
     * @param bytes how many they have together, with the headers of IP and all above it
     */
    public record Count(long packets, long bytes) {
        /** Returns both numbers in words, such as {@code 3 packets of 180 bytes together}. */
        @Override
        public String toString() {
            return packets
                    + (packets == 1 ? " packet of " : " packets of ")
                    + bytes
                    + (bytes == 1 ? " byte" : " bytes")
                    + (packets == 1 ? "" : " together");
        }
    }

    /**
     * Copies the list. Only Sandjar makes counters; more components may follow.
     *
     * @param firewall whose counts these are
     * @param clauses a count for each of its clauses
     * @param incoming of connections that others began and no clause is about
     * @param outgoing of connections that the sandbox began and no clause is about
     * @throws IllegalArgumentException if there are not as many counts as clauses
     */
    public FirewallCounters {
        Objects.requireNonNull(firewall, "firewall");
        Objects.requireNonNull(incoming, "incoming");
        Objects.requireNonNull(outgoing, "outgoing");
        clauses = List.copyOf(clauses);
        if (clauses.size() != firewall.clauses().size()) {
            throw new IllegalArgumentException(
                    clauses.size() + " counts for " + firewall.clauses().size() + " clauses");
        }
    }

    /** Returns a line for each clause, and one for each direction of what no clause is about. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < clauses.size(); i++) {
            text.append(firewall.clauses().get(i))
                    .append(": ")
                    .append(clauses.get(i))
                    .append('\n');
        }
        Firewall rest = new Firewall(List.of(), firewall.otherwise());
        return text.append(rest)
                .append(clauses.isEmpty() ? "" : " others")
                .append(", incoming: ")
                .append(incoming)
                .append("; outgoing: ")
                .append(outgoing)
                .toString();
    }
}
