package dev.sandjar.internal.network;

import dev.sandjar.Network;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.Recurrence;
import dev.sandjar.network.Connection;
import dev.sandjar.network.ConnectionDecider;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.Decision;
import dev.sandjar.network.NetworkRule;
import dev.sandjar.network.RequestEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who decides on connections of one sandbox, and who receives their events. Thread-safe. */
public final class Decisions {
    /** What a connection has come to: SJ_CAME_TO_* of protocol.h. */
    public static final int CAME_TO_END = 1;

    public static final int CAME_TO_REFUSAL = 2;
    public static final int CAME_TO_NOTHING = 3;
    public static final int CAME_TO_BREAK = 4;

    private static final Logger LOG = LoggerFactory.getLogger(Decisions.class);

    /** As the Javadoc of ConnectionDecider and NameResolver says. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Who is decided on makes room before the decision's thread has ended. */
    private static final int SLACK = 2;

    private static final String NO_TLS = "its rule is for HTTP in TLS alone";

    /** What a relay says: who is asked about it, and how it ended. */
    @SuppressWarnings("ArrayRecordComponent") // as it was sent
    public record Ended(
            int link,
            int outcome,
            int errno,
            long bytesIn,
            long bytesOut,
            long nanos,
            byte[] peer,
            byte[] inside,
            byte[] to) {}

    private final String sandbox;
    private final Network network;
    private final List<Link> links;
    private final Duration patience;
    private final Targets targets;
    private final Map<Long, Asked> asked = new ConcurrentHashMap<>();

    /** Of deciders and resolvers. */
    private final Recurrence failures = new Recurrence();

    private final Recurrence untold = new Recurrence();

    /** For those that may be asked at once, and those that have not come back in time. */
    private final Semaphore decidingOnGuests;

    /** So that a guest keeps no client of the host out. */
    private final Semaphore decidingOnClients;

    public Decisions(String sandbox, Network network, List<Link> links) {
        this(sandbox, network, links, PATIENCE);
    }

    Decisions(String sandbox, Network network, List<Link> links, Duration patience) {
        this.sandbox = sandbox;
        this.network = network;
        this.links = links;
        this.patience = patience;
        this.targets = new Targets(network);
        this.decidingOnGuests = new Semaphore(SLACK * network.bounds().connections());
        this.decidingOnClients = new Semaphore(SLACK * network.bounds().connections());
    }

    /** Whether somebody has to be asked about connections of a link. */
    public boolean asks(Link link) {
        return link.isNamed() || isDecidedOn(link.rule());
    }

    private boolean isDecidedOn(NetworkRule rule) {
        return network.decider().isPresent() && !rule.isFixed();
    }

    private Asked asked(int number, byte[] peer, byte[] inside) {
        Link link = links.get(number);
        Connection unknown = new Connection(
                sandbox,
                link.rule(),
                link.port(),
                SocketAddresses.read(peer),
                link.isNamed() ? Optional.empty() : link.rule().name(),
                List.of());
        Target target = link.isNamed()
                ? SocketAddresses.read(inside).map(targets::inside).orElse(null)
                : null;
        return new Asked(unknown, target, link.talk());
    }

    /**
     * Returns at once; {@code answer} is called with the decision on another thread, once. A connection is asked about again when {@link
     * Answer#MORE} was the answer, and told of by {@link #tell} afterwards.
     *
     * @param inside where its client has come to, if it is one of a host that is named
     * @param first its first bytes, if its link shows them, or it was asked for them
     */
    public void ask(long id, int link, byte[] peer, byte[] inside, byte[] first, Consumer<Answer> answer) {
        Asked about = asked.computeIfAbsent(id, any -> asked(link, peer, inside));
        Semaphore deciding = links.get(link).isPublished() ? decidingOnClients : decidingOnGuests;
        if (!deciding.tryAcquire()) {
            Answer refusal = about.refuse("too many deciders or resolvers have not come back");
            IoThreads.background(() -> answer.accept(refusal));
            return;
        }
        CompletableFuture<Answer> decision = new CompletableFuture<>();
        IoThreads.background(() -> {
            try {
                decision.complete(decide(about, links.get(link), first));
            } finally {
                deciding.release();
            }
        });
        CompletableFuture<Void> unused = IoThreads.orAfter(decision, null, patience)
                .thenAccept(found -> answer.accept(found == null ? about.refuse("the decision took too long") : found));
    }

    @SuppressWarnings("CatchingUnchecked")
    private Answer decide(Asked about, Link link, byte[] first) {
        try {
            return link.isNamed() ? egress(about, first) : decided(about, List.of());
        } catch (Exception | Error e) {
            long times = failures.again();
            if (times > 0) {
                LOG.warn(
                        "A decider or resolver has failed, time {} of this sandbox, so a connection is refused: {}",
                        times,
                        about.connection().rule(),
                        e);
            }
            return about.refuse("the decision failed: " + e);
        }
    }

    private Answer egress(Asked about, byte[] first) throws Exception {
        ProxyTalk talk = about.talk();
        return talk == null ? known(about, first) : asked(about, talk, first);
    }

    /** By a client of a proxy. */
    private Answer asked(Asked about, ProxyTalk talk, byte[] first) throws Exception {
        if (first.length == 0) {
            return Answer.more(1);
        }
        ProxyTalk.Step step = talk.take(first, targets);
        Answer answer = step.answer();
        String wrong = step.wrong();
        if (answer != null) {
            return answer;
        } else if (wrong != null) {
            return about.refuse(wrong).saying(step.taken(), Answer.Said.toClient(step.reply()));
        }
        Target target = Objects.requireNonNull(step.target());
        about.at(target);
        about.endTalk();
        byte[] head = step.head();
        if (head != null && target.rule().isIntercepted()) {
            return about.refuse(NO_TLS).saying(first.length, Answer.Said.toClient(talk.refused(target)));
        }
        if (head == null && !target.rule().isAnyProtocol()) {
            return Answer.more(1).saying(step.taken(), Answer.Said.toClient(step.reply()));
        }
        Answer reached = reach(about, target);
        if (reached.word() == Answer.GO) {
            return reached.saying(
                    step.taken(),
                    new Answer.Said(step.reply(), talk.unreachable(target), head == null ? new byte[0] : head));
        }
        byte[] reply = about.verdict() == ConnectionEvent.Verdict.UNREACHABLE
                ? talk.unreachable(target)
                : talk.refused(target);
        return reached.saying(first.length, Answer.Said.toClient(reply));
    }

    private Answer known(Asked about, byte[] first) throws Exception {
        Target target = about.target();
        if (target == null) {
            return about.refuse("no rule is for what it was to reach");
        }
        if (!target.rule().isAnyProtocol()) {
            FirstBytes said = FirstBytes.of(first, target);
            if (said.kind() == FirstBytes.Kind.MORE) {
                return Answer.more(said.least());
            } else if (said.kind() == FirstBytes.Kind.WRONG) {
                return about.refuse(said.wrong() + ", not for " + target.text());
            }
        }
        if (!target.rule().isIntercepted()) {
            return reach(about, target);
        }
        if (!FirstBytes.isTls(first)) {
            // What has come so far names the host, or it is of a rule of any protocol: that can't be intercepted.
            return about.refuse(NO_TLS).saying(first.length, Answer.Said.toClient(HttpTalk.withoutTls(target)));
        }
        Answer reached = reach(about, target);
        if (reached.word() != Answer.GO) {
            return reached;
        }
        about.reachableAt(reached.addresses());
        return Answer.hand();
    }

    private Answer reach(Asked about, Target target) throws Exception {
        List<InetAddress> addresses =
                Resolution.of(about, target, network.resolver().orElse(null));
        return addresses == null ? Answer.refuse() : decided(about, addresses);
    }

    private Answer decided(Asked about, List<InetAddress> addresses) throws Exception {
        Connection connection = about.connection();
        if (isDecidedOn(connection.rule())) {
            ConnectionDecider decider = network.decider().orElseThrow();
            if (decider.decide(connection) != Decision.ALLOW) {
                return about.refuse("");
            }
        }
        return Answer.go(addresses.stream()
                .map(address -> new InetSocketAddress(address, connection.port().orElseThrow()))
                .toList());
    }

    /** One that was answered with {@link Answer#HAND}; null if it has ended. */
    public @Nullable HandedConnection handed(long id) {
        Asked about = asked.get(id);
        Target target = about == null ? null : about.target();
        return about == null || target == null || about.reachable().isEmpty()
                ? null
                : new HandedConnection(about, target);
    }

    /** Tells of a request that was read. Runs a user's code. */
    public void tell(RequestEvent event) {
        tell(event, network.requestListener().orElse(null));
    }

    /** Tells of a connection that has ended. Runs a user's code. */
    public void tell(long id, Ended end) {
        Asked about = asked.remove(id);
        if (!links.get(end.link).isResolver()) { // what that is asked is no connection to anywhere
            tell(event(about, end));
        }
    }

    /**
     * Tells that those connections are broken of which a relay that is gone will not tell any more, as far as they are known here. Runs a
     * user's code.
     */
    public void tellOfTheRest(String reason) {
        for (Long id : List.copyOf(asked.keySet())) {
            Asked about = asked.remove(id);
            if (about != null) {
                tell(new ConnectionEvent(
                        about.connection(),
                        Optional.empty(),
                        ConnectionEvent.Verdict.BROKEN,
                        reason,
                        0,
                        0,
                        about.age()));
            }
        }
    }

    private void tell(ConnectionEvent event) {
        tell(event, network.listener().orElse(null));
    }

    @SuppressWarnings("CatchingUnchecked")
    private <T> void tell(T event, @Nullable Consumer<? super T> listener) {
        LOG.debug("{}", event);
        if (listener == null) {
            return;
        }
        try {
            listener.accept(event);
        } catch (Exception | Error e) {
            long times = untold.again();
            if (times > 0) {
                LOG.warn("A listener has failed, time {} of this sandbox, on {}", times, event, e);
            }
        }
    }

    private ConnectionEvent event(@Nullable Asked about, Ended end) {
        boolean known = about != null
                && (end.outcome == CAME_TO_REFUSAL || !about.reachable().isEmpty());
        ConnectionEvent.Verdict refusal = about == null || !known ? null : about.verdict();
        boolean whole = about != null && refusal == null && about.isComplete();
        return new ConnectionEvent(
                (about == null ? asked(end.link, end.peer, end.inside) : about).connection(),
                SocketAddresses.read(end.to).or(() -> about == null ? Optional.empty() : about.reached()),
                whole ? ConnectionEvent.Verdict.COMPLETED : refusal == null ? verdict(end.outcome) : refusal,
                whole ? "" : about == null || refusal == null ? reason(end) : about.reason(),
                end.bytesIn,
                end.bytesOut,
                Duration.ofNanos(end.nanos));
    }

    private static String reason(Ended end) {
        if (end.errno == 0) {
            return "";
        } else if (end.outcome == CAME_TO_REFUSAL && Errno.ETIMEDOUT.is(end.errno)) {
            return "it did not say in time what it wants";
        } else if (end.outcome == CAME_TO_REFUSAL && Errno.ENODATA.is(end.errno)) {
            return "it ended before it had said what it wants";
        } else if (Errno.EDQUOT.is(end.errno)) {
            return "the sandbox has had all bytes that it may have";
        }
        return Errno.describe(end.errno);
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
