package dev.sandjar.network;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A connection that has ended, or never came to be; reported once for each, at its end. Immutable.
 *
 * @param connection which one
 * @param address which was connected to, or tried last, of a rule for egress; empty for others, and where none was
 * @param verdict what has become of it
 * @param reason for people, such as the kernel's words, or what was wrong with its name or address; empty where the verdict says all
 * @param bytesIn how many bytes went into the sandbox
 * @param bytesOut how many bytes came out of it
 * @param duration from its beginning to its end
 */
public record ConnectionEvent(
        Connection connection,
        Optional<InetSocketAddress> address,
        Verdict verdict,
        String reason,
        long bytesIn,
        long bytesOut,
        Duration duration) {
    /** What has become of a connection. */
    public enum Verdict {
        /** Both sides have ended it; or the sandbox has ended, and all that it had written was passed on. */
        COMPLETED,
        /** It was refused: by the decider, or for what its name, its addresses or its first bytes are. */
        REFUSED,
        /** It was allowed, but there was nobody at the other side, or nobody has the name. */
        UNREACHABLE,
        /** It was allowed, and then broken off by a side; or the sandbox has ended, and not all was taken that it had written. */
        BROKEN
    }

    /**
     * Takes its parts.
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
