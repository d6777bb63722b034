package dev.sandjar.network;

import dev.sandjar.internal.util.Checks;

/**
 * A range of consecutive ports of TCP or UDP ({@code tcp(7)}, {@code udp(7)}). Immutable and thread-safe.
 *
 * @param first the lowest port, 1 to 65535
 * @param last the highest port, {@code first} to 65535
 */
public record PortRange(int first, int last) {
    private static final int MAX = 65_535;

    /**
     * Makes a range of its lowest and its highest port.
     *
     * @param first see the record
     * @param last see the record
     * @throws IllegalArgumentException if one of them is out of range
     */
    public PortRange {
        Checks.range("port", first, 1, MAX);
        Checks.range("last port", last, first, MAX);
    }

    /**
     * Makes a range of one port.
     *
     * @param port the port, 1 to 65535
     * @return the range
     * @throws IllegalArgumentException if the port is out of range
     */
    public static PortRange of(int port) {
        return new PortRange(port, port);
    }

    /**
     * Returns how many ports the range has.
     *
     * @return 1 to 65535
     */
    public int size() {
        return last - first + 1;
    }

    /**
     * Tells whether a port lies in this range.
     *
     * @param port any number
     * @return whether it is {@code first}, {@code last} or between them
     */
    public boolean contains(int port) {
        return port >= first && port <= last;
    }

    /**
     * Tells whether this range and another one have a port in common.
     *
     * @param other the other range
     * @return whether they overlap
     */
    public boolean overlaps(PortRange other) {
        return first <= other.last && other.first <= last;
    }

    /** Returns the range as {@code 80}, or {@code 8000-8010}. */
    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
