package dev.sandjar.internal.network;

import dev.sandjar.network.Connection;
import dev.sandjar.network.ConnectionEvent;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What has been found out about a connection before it was decided on. Thread-safe; what comes after the end is told to nobody. */
final class Asked {
    private final long begun = System.nanoTime();
    private volatile Connection connection;
    private volatile @Nullable Target target;
    private volatile ConnectionEvent.@Nullable Verdict verdict;
    private volatile String reason = "";

    /** @param target null if it is not known, or there is none */
    Asked(Connection connection, @Nullable Target target) {
        this.connection = connection;
        if (target != null) {
            at(target);
        }
    }

    /** What it is for. */
    void at(Target found) {
        target = found;
        Connection known = connection;
        connection = new Connection(
                known.sandbox(),
                found.rule(),
                OptionalInt.of(found.port()),
                known.peer(),
                found.name().isEmpty() ? Optional.empty() : Optional.of(found.name()),
                List.of());
    }

    @Nullable
    Target target() {
        return target;
    }

    Connection connection() {
        return connection;
    }

    /** Since it was asked about. */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    /** With what its name was resolved to. */
    Connection at(List<InetAddress> addresses) {
        Connection known = connection;
        connection = new Connection(known.sandbox(), known.rule(), known.port(), known.peer(), known.name(), addresses);
        return connection;
    }

    Answer refuse(ConnectionEvent.Verdict as, String why) {
        reason = why;
        verdict = as;
        return Answer.refuse();
    }

    Answer refuse(String why) {
        return refuse(ConnectionEvent.Verdict.REFUSED, why);
    }

    /** Null if it was not refused. */
    ConnectionEvent.@Nullable Verdict verdict() {
        return verdict;
    }

    String reason() {
        return reason;
    }
}
