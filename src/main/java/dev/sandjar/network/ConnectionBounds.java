package dev.sandjar.network;

import dev.sandjar.DataSize;
import dev.sandjar.internal.util.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How many connections there may be between a sandbox and what the rules of its network allow, how much they may carry, and how long they
 * may take to begin. Immutable and thread-safe: each method that takes something returns a new value. See {@link
 * dev.sandjar.Network#bounds(java.util.function.UnaryOperator)}.
 */
public final class ConnectionBounds {
    private static final int CONNECTIONS = 256;
    private static final int CONNECTIONS_MAX = 4096;
    private static final int PER_SECOND_MAX = 1_000_000;
    private static final Duration FIRST_BYTES = Duration.ofSeconds(10);
    private static final Duration FIRST_BYTES_MAX = Duration.ofMinutes(1);
    private static final ConnectionBounds STANDARD =
            new ConnectionBounds(CONNECTIONS, OptionalInt.empty(), Optional.empty(), FIRST_BYTES);

    private final int connections;
    private final OptionalInt perSecond;
    private final Optional<DataSize> bytes;
    private final Duration firstBytes;

    private ConnectionBounds(int connections, OptionalInt perSecond, Optional<DataSize> bytes, Duration firstBytes) {
        this.connections = connections;
        this.perSecond = perSecond;
        this.bytes = bytes;
        this.firstBytes = firstBytes;
    }

    /**
     * Returns the bounds of a network about which nothing else is said: 256 connections at once, and 10 seconds for the first bytes.
     *
     * @return the bounds that others are made from
     */
    public static ConnectionBounds standard() {
        return STANDARD;
    }

    /**
     * Sets how many connections there may be at once in each direction; further ones wait in the kernel's queue.
     *
     * @param most 1 to 4096; the default is 256
     * @return new bounds
     * @throws IllegalArgumentException if out of range
     */
    public ConnectionBounds connections(int most) {
        Checks.range("connections", most, 1, CONNECTIONS_MAX);
        return new ConnectionBounds(most, perSecond, bytes, firstBytes);
    }

    /**
     * Bounds how many connections programs inside begin in a second. Further ones wait in the kernel's queue.
     *
     * @param most 1 to 1000000; by default there is no bound
     * @return new bounds
     * @throws IllegalArgumentException if out of range
     */
    public ConnectionBounds connectionsPerSecond(int most) {
        Checks.range("connections per second", most, 1, PER_SECOND_MAX);
        return new ConnectionBounds(connections, OptionalInt.of(most), bytes, firstBytes);
    }

    /**
     * Bounds the bytes of all connections that programs inside begin, in both directions together. When they are used up those connections
     * are broken off, and further ones refused.
     *
     * @param most 1 byte or more; by default there is no bound
     * @return new bounds
     * @throws IllegalArgumentException if it is 0
     */
    public ConnectionBounds bytes(DataSize most) {
        Objects.requireNonNull(most, "most");
        Checks.range("bytes", most.toBytes(), 1, Long.MAX_VALUE);
        return new ConnectionBounds(connections, perSecond, Optional.of(most), firstBytes);
    }

    /**
     * Sets how long a connection of an {@link EgressRule} may take to say for which host it is, from its beginning.
     *
     * @param most 1 ms to 1 minute; the default is 10 seconds
     * @return new bounds
     * @throws IllegalArgumentException if out of range
     */
    public ConnectionBounds firstBytes(Duration most) {
        Objects.requireNonNull(most, "most");
        if (most.compareTo(Duration.ofMillis(1)) < 0 || most.compareTo(FIRST_BYTES_MAX) > 0) {
            throw new IllegalArgumentException("time for the first bytes " + most + ", allowed is 1 ms to 1 minute");
        }
        return new ConnectionBounds(connections, perSecond, bytes, most);
    }

    /**
     * How many connections there may be at once in each direction.
     *
     * @return 1 to 4096
     */
    public int connections() {
        return connections;
    }

    /**
     * How many connections programs inside may begin in a second.
     *
     * @return 1 to 1000000, or empty for any number
     */
    public OptionalInt connectionsPerSecond() {
        return perSecond;
    }

    /**
     * How many bytes there may be of connections that programs inside begin.
     *
     * @return empty for any number
     */
    public Optional<DataSize> bytes() {
        return bytes;
    }

    /**
     * How long a connection may take to say for which host it is.
     *
     * @return 1 ms to 1 minute
     */
    public Duration firstBytes() {
        return firstBytes;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ConnectionBounds that
                && connections == that.connections
                && perSecond.equals(that.perSecond)
                && bytes.equals(that.bytes)
                && firstBytes.equals(that.firstBytes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(connections, perSecond, bytes, firstBytes);
    }

    /** Such as {@code at most 7 connections at once, first bytes within PT2S}: what is not as by default; empty if all is. */
    @Override
    public String toString() {
        List<String> texts = new ArrayList<>();
        if (connections != CONNECTIONS) {
            texts.add("at most " + connections + " connections at once");
        }
        bytes.ifPresent(most -> texts.add("at most " + most));
        perSecond.ifPresent(most -> texts.add("at most " + most + " connections a second"));
        if (!firstBytes.equals(FIRST_BYTES)) {
            texts.add("first bytes within " + firstBytes);
        }
        return String.join(", ", texts);
    }
}
