package dev.sandjar.internal.network;

import dev.sandjar.network.Connection;
import dev.sandjar.network.ConnectionEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What has been found out about a connection before it was decided on. Thread-safe; what comes after the end is told to nobody. */
final class Asked {
    private final long begun = System.nanoTime();
    private final AtomicReference<@Nullable ProxyTalk> talk;
    private volatile Connection connection;
    private volatile @Nullable Target target;
    private volatile ConnectionEvent.@Nullable Verdict verdict;
    private volatile boolean complete;
    private volatile String reason = "";
    private volatile List<InetSocketAddress> reachable = List.of();
    private volatile @Nullable InetSocketAddress reached;

    /**
     * @param target null if it is not known, or there is none
     * @param talk what has to be said before it is known; null if nothing
     */
    Asked(Connection connection, @Nullable Target target, @Nullable ProxyTalk talk) {
        this.connection = connection;
        this.talk = new AtomicReference<>(talk);
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

    /** What its client and a proxy have to say still; null if that is over, or there is none. */
    @Nullable
    ProxyTalk talk() {
        return talk.get();
    }

    void endTalk() {
        talk.set(null);
    }

    @Nullable
    Target target() {
        return target;
    }

    Connection connection() {
        return connection;
    }

    /** Those that it may be connected to from here, in this order. */
    List<InetSocketAddress> reachable() {
        return reachable;
    }

    void reachableAt(List<InetSocketAddress> all) {
        reachable = List.copyOf(all);
    }

    /** What it was connected to from here. */
    Optional<InetSocketAddress> reached() {
        return Optional.ofNullable(reached);
    }

    void reached(InetSocketAddress address) {
        reached = address;
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

    /** Of one that is carried on here: what it has come to, if its ends do not say it. */
    void cameTo(ConnectionEvent.Verdict as, String why) {
        if (verdict == null) {
            reason = why;
            verdict = as;
        }
    }

    void complete(boolean whole) {
        complete = whole;
    }

    /** Whether what was asked on it is answered to the end. */
    boolean isComplete() {
        return complete;
    }

    /** Null if it was not refused, and there is nothing else to say. */
    ConnectionEvent.@Nullable Verdict verdict() {
        return verdict;
    }

    String reason() {
        return reason;
    }
}
