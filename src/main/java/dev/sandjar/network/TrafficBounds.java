package dev.sandjar.network;

import dev.sandjar.DataSize;
import dev.sandjar.internal.util.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How much a sandbox that is attached to networks may do in them: connections, bytes, bytes in a second. Immutable and thread-safe: each method that takes something
 * returns a new value. See {@link dev.sandjar.Network#traffic(java.util.function.UnaryOperator)}.
 */
public final class TrafficBounds {
    private static final int CONNECTIONS_MAX = 65_536;
    private static final long RATE_MIN = 1024;
    private static final long RATE_MAX = 64L << 30;
    private static final TrafficBounds STANDARD =
            new TrafficBounds(OptionalInt.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** How many connections there may be where a firewall holds, unless something else is said. */
    private static final int CONNECTIONS = 4096;

    private final OptionalInt connections;
    private final Optional<DataSize> bytes;
    private final Optional<DataSize> sendRate;
    private final Optional<DataSize> receiveRate;

    private TrafficBounds(
            OptionalInt connections,
            Optional<DataSize> bytes,
            Optional<DataSize> sendRate,
            Optional<DataSize> receiveRate) {
        this.connections = connections;
        this.bytes = bytes;
        this.sendRate = sendRate;
        this.receiveRate = receiveRate;
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
        Checks.range("connections", most, 1, CONNECTIONS_MAX);
        return new TrafficBounds(OptionalInt.of(most), bytes, sendRate, receiveRate);
    }

    /**
     * Bounds the bytes of all packets that the sandbox sends and receives in all of its networks together, with the headers of IP and all
     * above it. Further packets are kept back ({@code nft(8)}, quota), and who sends them is told at once as by {@link
     * Firewall.Action#DENY}; who only waits for some is not told. Not counted are loopback, resets of TCP that the sandbox sends, and
     * messages of ICMP that something is out of reach.
     *
     * @param most 1 byte or more; by default there is no bound
     * @return new bounds
     * @throws IllegalArgumentException if it is 0
     */
    public TrafficBounds bytes(DataSize most) {
        Objects.requireNonNull(most, "most");
        Checks.range("bytes", most.toBytes(), 1, Long.MAX_VALUE);
        return new TrafficBounds(connections, Optional.of(most), sendRate, receiveRate);
    }

    /**
     * Bounds how many bytes the sandbox sends in a second, through each of its interfaces, headers of Ethernet included ({@code
     * tc-tbf(8)}). What is more waits, as much as is sent in 50 ms, or 64 KiB, and the rest is lost, so that TCP slows down. As much as in 10 ms,
     * or 16 KiB, or the size of a packet, is sent at once.
     *
     * @param perSecond 1 KiB to 64 GiB; by default there is no bound
     * @return new bounds
     * @throws IllegalArgumentException if out of range
     */
    public TrafficBounds sendRate(DataSize perSecond) {
        return new TrafficBounds(connections, bytes, rate("send rate", perSecond), receiveRate);
    }

    /**
     * Bounds how many bytes the sandbox receives in a second, through each of its interfaces, as {@link #sendRate(DataSize)} does for those
     * that it sends.
     *
     * @param perSecond 1 KiB to 64 GiB; by default there is no bound
     * @return new bounds
     * @throws IllegalArgumentException if out of range
     */
    public TrafficBounds receiveRate(DataSize perSecond) {
        return new TrafficBounds(connections, bytes, sendRate, rate("receive rate", perSecond));
    }

    private static Optional<DataSize> rate(String what, DataSize perSecond) {
        Objects.requireNonNull(perSecond, "perSecond");
        Checks.range(what, perSecond.toBytes(), RATE_MIN, RATE_MAX);
        return Optional.of(perSecond);
    }

    /**
     * How many bytes there may be in both directions together.
     *
     * @return empty for any number
     */
    public Optional<DataSize> bytes() {
        return bytes;
    }

    /**
     * How many bytes each interface may send in a second.
     *
     * @return empty for any number
     */
    public Optional<DataSize> sendRate() {
        return sendRate;
    }

    /**
     * How many bytes each interface may receive in a second.
     *
     * @return empty for any number
     */
    public Optional<DataSize> receiveRate() {
        return receiveRate;
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
        return other instanceof TrafficBounds that && parts().equals(that.parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    private List<Object> parts() {
        return List.of(connections, bytes, sendRate, receiveRate);
    }

    /** Such as {@code at most 7 connections at once}: what was said; empty if nothing was. */
    @Override
    public String toString() {
        List<String> texts = new ArrayList<>();
        connections.ifPresent(most -> texts.add("at most " + most + " connections at once"));
        bytes.ifPresent(most -> texts.add("at most " + most + " of traffic"));
        sendRate.ifPresent(most -> texts.add("at most " + most + " sent in a second"));
        receiveRate.ifPresent(most -> texts.add("at most " + most + " received in a second"));
        return String.join(", ", texts);
    }
}
