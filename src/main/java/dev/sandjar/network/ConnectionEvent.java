package dev.sandjar.network;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * The end of a connection, or of an attempt to make one, for {@link dev.sandjar.Network#listener}; each connection is reported once. If the
 * host kills the process that passes connections on (out of memory, say), the log has a warning, connections that a decider was asked
 * about or that name a host are reported as {@link Verdict#BROKEN} with zero bytes, and other open ones are not reported. Immutable and
 * thread-safe.
 *
 * @param connection the connection that has ended
 * @param address the address of the host that was connected to, or tried last; empty if none was tried, and unless the rule is an {@link
 *     EgressRule}
 * @param verdict how the connection ended
 * @param reason why, for people: the kernel's error, or what was wrong with the name, an address or the first bytes; the empty string
 *     where the verdict says all
 * @param bytesIn the number of bytes that were passed into the sandbox
 * @param bytesOut the number of bytes that were passed out of the sandbox
 * @param duration the time from the beginning of the connection to its end, by the monotonic clock
 */
public record ConnectionEvent(
        Connection connection,
        Optional<InetSocketAddress> address,
        Verdict verdict,
        String reason,
        long bytesIn,
        long bytesOut,
        Duration duration) {
    /** How a connection ended. */
    public enum Verdict {
        /** Both sides ended it; or the sandbox ended, and all that it had written was passed on. */
        COMPLETED,
        /**
         * It was not allowed: by the decider, for its addresses or its first bytes, because these came too late, or because the bytes of
         * {@link ConnectionBounds#bytes(dev.sandjar.DataSize)} were used up.
         */
        REFUSED,
        /** No server could be connected to: the name has no address, or no address or socket of the rule accepted the connection. */
        UNREACHABLE,
        /**
         * It was passed on and then broken off: by one of its sides, because the bytes of {@link
         * ConnectionBounds#bytes(dev.sandjar.DataSize)} were used up, because the sandbox ended before all that it had written was
         * taken, or because the process that passed it on has ended.
         */
        BROKEN
    }

    /**
     * Makes an event of its parts.
     *
     * @param connection see the record
     * @param address see the record
     * @param verdict see the record
     * @param reason see the record
     * @param bytesIn see the record
     * @param bytesOut see the record
     * @param duration see the record
     */
    public ConnectionEvent {
        Objects.requireNonNull(connection, "connection");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(verdict, "verdict");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(duration, "duration");
    }
}
