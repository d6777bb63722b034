package dev.sandjar.internal.network;

import dev.sandjar.Network;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.network.Connection;
import dev.sandjar.network.ConnectionDecider;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.Decision;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who is asked about connections of one sandbox, and told of them. Thread-safe. */
public final class Decisions {
    /** What a connection has come to: SJ_CAME_TO_* of protocol.h. */
    public static final int CAME_TO_END = 1;

    public static final int CAME_TO_REFUSAL = 2;
    public static final int CAME_TO_NOTHING = 3;
    public static final int CAME_TO_BREAK = 4;

    private static final Logger LOG = LoggerFactory.getLogger(Decisions.class);

    /** As the Javadoc of ConnectionDecider says. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int DIRECTIONS = 2;

    private final String sandbox;
    private final Network network;
    private final List<Link> links;
    private final Duration patience;
    /** For those that may be asked at once, and those that have not come back in time. */
    private final Semaphore deciding;

    public Decisions(String sandbox, Network network, List<Link> links) {
        this(sandbox, network, links, PATIENCE);
    }

    Decisions(String sandbox, Network network, List<Link> links, Duration patience) {
        this.sandbox = sandbox;
        this.network = network;
        this.links = links;
        this.patience = patience;
        this.deciding = new Semaphore(DIRECTIONS * network.connections());
    }

    /** Whether somebody has to be asked about connections of a link. */
    public boolean asks(Link link) {
        return network.decider().isPresent() && !link.rule().isFixed();
    }

    private Connection connection(int link, byte[] peer) {
        Link found = links.get(link);
        return new Connection(sandbox, found.rule(), found.port(), SocketAddresses.read(peer));
    }

    /** Returns at once; {@code answer} is called with the decision on another thread, once. */
    public void ask(int link, byte[] peer, Consumer<Boolean> answer) {
        Connection connection = connection(link, peer);
        CompletableFuture<Boolean> decision = new CompletableFuture<>();
        if (!deciding.tryAcquire()) {
            LOG.debug("Too many deciders have not come back, so a connection is refused: {}", connection.rule());
            IoThreads.background(() -> answer.accept(false));
            return;
        }
        IoThreads.background(() -> {
            try {
                decision.complete(decide(connection));
            } finally {
                deciding.release();
            }
        });
        CompletableFuture<Void> unused =
                IoThreads.orAfter(decision, false, patience).thenAccept(answer);
    }

    @SuppressWarnings("CatchingUnchecked")
    private boolean decide(Connection connection) {
        ConnectionDecider decider = network.decider().orElseThrow();
        try {
            return decider.decide(connection) == Decision.ALLOW;
        } catch (Exception | Error e) {
            LOG.warn("The decider has failed, so a connection is refused: {}", connection.rule(), e);
            return false;
        }
    }

    /** Tells of a connection that has ended. Runs a user's code. */
    @SuppressWarnings("CatchingUnchecked")
    public void tell(int link, int outcome, int errno, long bytesIn, long bytesOut, long nanos, byte[] peer) {
        String reason = errno == 0 ? "" : Errno.describe(errno);
        ConnectionEvent event = new ConnectionEvent(
                connection(link, peer), verdict(outcome), reason, bytesIn, bytesOut, Duration.ofNanos(nanos));
        LOG.debug("{}", event);
        network.listener().ifPresent(listener -> {
            try {
                listener.accept(event);
            } catch (Exception | Error e) {
                LOG.warn("A listener has failed on {}", event, e);
            }
        });
    }

    private static ConnectionEvent.Verdict verdict(int outcome) {
        return switch (outcome) {
            case CAME_TO_END -> ConnectionEvent.Verdict.COMPLETED;
            case CAME_TO_REFUSAL -> ConnectionEvent.Verdict.REFUSED;
            case CAME_TO_NOTHING -> ConnectionEvent.Verdict.UNREACHABLE;
            default -> ConnectionEvent.Verdict.BROKEN;
        };
    }
}
