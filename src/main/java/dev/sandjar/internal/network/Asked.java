package dev.sandjar.internal.network;

import dev.sandjar.network.Connection;
import dev.sandjar.network.ConnectionEvent;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has been found out about a connection before it was decided on. Thread-safe; what comes after the end is told to nobody. */
final class Asked {
    private volatile Connection connection;
    private volatile ConnectionEvent.@Nullable Verdict verdict;
    private volatile String reason = "";

    Asked(Connection connection) {
        this.connection = connection;
    }

    Connection connection() {
        return connection;
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
