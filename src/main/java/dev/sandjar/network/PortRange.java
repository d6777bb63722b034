package dev.sandjar.network;

import dev.sandjar.internal.util.Checks;

/**
 * Ports that follow each other ({@code tcp(7)}).
 *
 * @param first the lowest, 1 to 65535
 * @param last the highest, from {@code first} to 65535
 */
public record PortRange(int first, int last) {
    private static final int MAX = 65_535;

    /**
     * Checks both.
     *
     * @param first see the record
     * @param last see the record
     * @throws IllegalArgumentException if out of range
     */
    public PortRange {
        Checks.range("port", first, 1, MAX);
        Checks.range("last port", last, first, MAX);
    }

    /**
     * One port.
     *
     * @param port 1 to 65535
     * @return the range
     * @throws IllegalArgumentException if out of range
     */
    public static PortRange of(int port) {
        return new PortRange(port, port);
    }

    /**
     * How many there are.
     *
     * @return 1 or more
     */
    public int size() {
        return last - first + 1;
    }

    /**
     * Whether a port is one of them.
     *
     * @param port any number
     * @return whether it lies between the two
     */
    public boolean contains(int port) {
        return port >= first && port <= last;
    }

    /**
     * Whether the two have a port in common.
     *
     * @param other another range
     * @return whether they overlap
     */
    public boolean overlaps(PortRange other) {
        return first <= other.last && other.first <= last;
    }

    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
