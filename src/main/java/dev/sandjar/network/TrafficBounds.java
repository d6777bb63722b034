package dev.sandjar.network;

import dev.sandjar.internal.util.Checks;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How many connections a sandbox that is attached to networks may have in them. Immutable and thread-safe: each method that takes something
 * returns a new value. See {@link dev.sandjar.Network#traffic(java.util.function.UnaryOperator)}.
 */
public final class TrafficBounds {
    private static final int CONNECTIONS_MAX = 65_536;
    private static final TrafficBounds STANDARD = new TrafficBounds(OptionalInt.empty());

    /** How many connections there may be where a firewall holds, unless something else is said. */
    private static final int CONNECTIONS = 4096;

    private final OptionalInt connections;

    private TrafficBounds(OptionalInt connections) {
        this.connections = connections;
    }

    /**
     * Returns the bounds of a network about which nothing else is said: 4096 connections at once where there is a {@link Firewall}, and no
     * bound elsewhere.
     *
     * @return the bounds that others are made from
     */
    public static TrafficBounds standard() {
        return STANDARD;
    }

    /**
     * Bounds how many connections there may be at once that the sandbox has begun, and how many that each other address has begun to it, so
     * that no neighbour keeps others out. Packets that would begin a further one are lost; TCP sends them again for a while. The kernel
     * keeps an entry for each ({@code nft(8)}, ct count): a connection of TCP counts until both ends have closed it, datagrams and echo
     * requests until none was seen for half a minute, or two where there were answers for longer than two seconds.
     *
     * @param most 1 to 65536; the default is 4096 if the sandbox or one of its networks has a firewall, else there is no bound. The more
     *     there are, the longer it takes to begin one: some 0.5 ms at 4096
     * @return new bounds
     * @throws IllegalArgumentException if out of range
     */
    public TrafficBounds connections(int most) {
        return new TrafficBounds(OptionalInt.of(Checks.range("connections", most, 1, CONNECTIONS_MAX)));
    }

    /**
     * How many connections there may be at once, as {@link #connections(int)} says.
     *
     * @return 1 to 65536; empty if nothing was said
     */
    public OptionalInt connections() {
        return connections;
    }

    /**
     * How many connections there may be at once, be it said or not.
     *
     * @param walled whether the sandbox or one of its networks has a firewall
     * @return 1 to 65536; empty for any number
     */
    public OptionalInt connections(boolean walled) {
        return connections.isEmpty() && walled ? OptionalInt.of(CONNECTIONS) : connections;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TrafficBounds that && connections.equals(that.connections);
    }

    @Override
    public int hashCode() {
        return Objects.hash(connections);
    }

    /** Such as {@code at most 7 connections at once}: what was said; empty if nothing was. */
    @Override
    public String toString() {
        return connections.isEmpty() ? "" : "at most " + connections.getAsInt() + " connections at once";
    }
}
