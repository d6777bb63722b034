package dev.sandjar.internal.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.Decision;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.PortRange;
import dev.sandjar.network.PortRule;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Links, addresses, decisions and events without any process. */
class DecisionsTest {
    private static final byte[] NOBODY = {1, 0};
    private static final byte[] NOTHING = {};

    private static Decisions of(Network network, Duration patience) {
        return new Decisions("name", network, Link.of(network), patience);
    }

    private static boolean decided(Decisions decisions) throws Exception {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        decisions.ask(0, 0, NOBODY, NOTHING, NOTHING, answer::complete);
        return answer.get(20, TimeUnit.SECONDS).word() == Answer.GO;
    }

    @Test
    void aDeciderThatDoesNotComeBackRefuses() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        Network network = Network.loopback().publish(80).decide(connection -> {
            end.await();
            return Decision.ALLOW;
        });
        try {
            assertFalse(decided(of(network, Duration.ofMillis(50))));
        } finally {
            end.countDown();
        }
        assertTrue(decided(of(network, Duration.ofSeconds(20))), "the control");
    }

    /** A guest may connect as often as it likes, and each decision takes a thread for as long as it lasts. */
    @Test
    void decidersThatDoNotComeBackAreNotAskedForEver() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        Network network = Network.loopback()
                .publish(80)
                .bounds(b -> b.connections(2))
                .decide(connection -> {
                    asked.incrementAndGet();
                    end.await();
                    return Decision.ALLOW;
                });
        Decisions decisions = of(network, Duration.ofMillis(10));
        try {
            for (int i = 0; i < 20; i++) {
                assertFalse(decided(decisions));
            }
            assertTrue(asked.get() <= 4, "as many as there are places in both directions, not " + asked);
        } finally {
            end.countDown();
        }
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!answer.getNow(false) && System.nanoTime() < deadline) {
            answer = CompletableFuture.completedFuture(decided(decisions));
        }
        assertTrue(answer.getNow(false), "those that have come back make room");
    }

    /** Whoever fills one direction keeps nobody out of the other. */
    @Test
    void decidersThatDoNotComeBackForAGuestAreAskedForClientsOfTheHost() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        Network network = Network.loopback()
                .publish(80)
                .hostPort(81)
                .bounds(b -> b.connections(2))
                .decide(connection -> {
                    if (connection.port().orElse(0) == 81) {
                        end.await();
                    }
                    return Decision.ALLOW;
                });
        Decisions decisions = of(network, Duration.ofMillis(10));
        try {
            for (int i = 0; i < 20; i++) {
                CompletableFuture<Answer> answer = new CompletableFuture<>();
                decisions.ask(i + 1, 1, NOBODY, NOTHING, NOTHING, answer::complete);
                assertEquals(Answer.REFUSE, answer.get(20, TimeUnit.SECONDS).word());
            }
            boolean asked = false;
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (!asked && System.nanoTime() < deadline) {
                asked = decided(decisions);
            }
            assertTrue(asked);
        } finally {
            end.countDown();
        }
    }

    /** An exception that counts how often it is written to a log. */
    private static final class Logged extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient AtomicInteger written = new AtomicInteger();

        Logged() {
            super("of the test");
        }

        @Override
        public void printStackTrace(PrintStream to) {
            written.incrementAndGet();
        }
    }

    /** A guest may connect as often as it likes. */
    @Test
    void nobodyFillsTheLog() throws Exception {
        Logged decider = new Logged();
        Logged listener = new Logged();
        List<ConnectionEvent> events = new CopyOnWriteArrayList<>();
        Network network = Network.loopback()
                .publish(80)
                .decide(connection -> {
                    throw decider;
                })
                .listener(event -> {
                    events.add(event);
                    throw listener;
                });
        Decisions decisions = of(network, Duration.ofSeconds(20));
        for (int i = 0; i < 100; i++) {
            assertFalse(decided(decisions));
            decisions.tell(0, new Decisions.Ended(0, Decisions.CAME_TO_REFUSAL, 0, 0, 0, 3, NOBODY, NOTHING, NOTHING));
        }
        assertEquals(100, events.size());
        assertTrue(
                events.get(99).reason().contains("of the test"), events.get(99).reason());
        assertEquals(7, decider.written.get());
        assertEquals(7, listener.written.get());
    }

    /** Whoever answers for a name may name thousands, for each of which the kernel is asked. */
    @Test
    void aNameOfTooManyAddressesIsRefused() throws Exception {
        for (int most : new int[] {Resolution.CHECKED_MAX, Resolution.CHECKED_MAX + 1}) {
            List<InetAddress> all = new ArrayList<>();
            for (int i = 0; i < most; i++) {
                all.add(InetAddress.getByAddress(new byte[] {10, 9, (byte) (i >> 8), (byte) i}));
            }
            List<ConnectionEvent> events = new CopyOnWriteArrayList<>();
            Network network = Network.egress(EgressRule.allow("many.test", 80)
                            .withAddresses(AddressRange.of("10.9.0.0/16"))
                            .anyProtocol())
                    .resolver(name -> all)
                    .listener(events::add);
            Decisions decisions = of(network, Duration.ofSeconds(20));
            CompletableFuture<Answer> answer = new CompletableFuture<>();
            byte[] inside = SocketAddresses.of(InetAddress.getByAddress(new byte[] {(byte) 198, 18, 0, 1}), 80);
            decisions.ask(0, 0, NOBODY, inside, NOTHING, answer::complete);
            boolean goes = answer.get(20, TimeUnit.SECONDS).word() == Answer.GO;
            decisions.tell(0, new Decisions.Ended(0, Decisions.CAME_TO_REFUSAL, 0, 0, 0, 3, NOBODY, inside, NOTHING));
            assertEquals(most == Resolution.CHECKED_MAX, goes);
            assertEquals(
                    !goes,
                    events.get(0).reason().contains("has 257 addresses"),
                    events.get(0).reason());
        }
    }

    @Test
    void anErrorOfAListenerHoldsUpNothingThatFollows() throws Exception {
        Events events = new Events();
        List<Integer> told = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 3; i++) {
            int number = i;
            events.put(() -> {
                told.add(number);
                throw new AssertionError("of the test");
            });
        }
        events.delivered().get(20, TimeUnit.SECONDS);
        assertEquals(List.of(0, 1, 2), told);
    }

    @Test
    void onlyAllowAllows() throws Exception {
        Duration patience = Duration.ofSeconds(20);
        assertTrue(decided(of(Network.loopback().publish(80).decide(c -> Decision.ALLOW), patience)));
        assertFalse(decided(of(Network.loopback().publish(80).decide(c -> Decision.REFUSE), patience)));
        for (Error error : List.of(new StackOverflowError(), new AssertionError("of the test"))) {
            assertFalse(decided(of(
                    Network.loopback().publish(80).decide(c -> {
                        throw error;
                    }),
                    Duration.ofHours(1))));
        }
    }

    @Test
    void aListenerThatThrowsGetsTheNextEventToo() {
        List<ConnectionEvent> events = new CopyOnWriteArrayList<>();
        Network network = Network.loopback().publish(80).listener(event -> {
            events.add(event);
            throw new IllegalStateException("of the test");
        });
        Decisions decisions = of(network, Duration.ofSeconds(1));
        decisions.tell(0, new Decisions.Ended(0, Decisions.CAME_TO_END, 0, 1, 2, 3, NOBODY, NOTHING, NOTHING));
        decisions.tell(1, new Decisions.Ended(0, Decisions.CAME_TO_NOTHING, 111, 0, 0, 3, NOBODY, NOTHING, NOTHING));
        assertEquals(
                List.of(ConnectionEvent.Verdict.COMPLETED, ConnectionEvent.Verdict.UNREACHABLE),
                events.stream().map(ConnectionEvent::verdict).toList());
        assertEquals("", events.get(0).reason());
        assertTrue(events.get(1).reason().contains("ECONNREFUSED"));
    }

    @Test
    void eventsComeInOrderAndAllAreToldAtTheEnd() throws Exception {
        Events events = new Events();
        List<Integer> told = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            int number = i;
            events.put(() -> told.add(number));
        }
        events.delivered().get(20, TimeUnit.SECONDS);
        assertEquals(java.util.stream.IntStream.range(0, 5_000).boxed().toList(), told);
    }

    @Test
    void linksHaveNumbersOfTheirOwnAndOfTheirPlaces() {
        Network network = Network.loopback()
                .with(PortRule.publish(new PortRange(80, 82)))
                .with(PortRule.publish("/tmp/s").onHost(8081))
                .hostPort(5432);
        List<Link> links = Link.of(network);
        assertEquals(List.of(0, 1, 2, 3, 4), links.stream().map(Link::number).toList());
        assertEquals(List.of(0, 2, 4, 6, 7), links.stream().map(Link::first).toList());
        assertEquals(
                List.of(2, 2, 2, 1, 2),
                links.stream().map(l -> l.places().size()).toList());
        assertTrue(links.get(1).publishes(81));
        assertFalse(links.get(1).publishes(80));
        assertFalse(links.get(4).publishes(5432));
    }

    @Test
    void addressesAreReadAsTheyAreWritten() throws Exception {
        for (String literal : List.of("127.0.0.1", "0.0.0.0", "192.0.2.255", "::1", "2001:db8::ff")) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(literal), 0xfedc);
            assertEquals(Optional.of(address), SocketAddresses.read(SocketAddresses.of(address.getAddress(), 0xfedc)));
        }
        assertEquals(Optional.empty(), SocketAddresses.read(SocketAddresses.of(Path.of("/run/x"))));
        assertEquals(Optional.empty(), SocketAddresses.read(new byte[0]));
        assertEquals(Optional.empty(), SocketAddresses.read(new byte[] {2, 0, 1, 1, 1}));
    }

    @Test
    void namesAreLinesOfTheirOwn() {
        Network network = Network.loopback()
                .hostPort(1, "a")
                .hostPort(2, "b")
                .with(PortRule.hostPort(3).named("a"));
        assertEquals("127.0.0.1\ta\n::1\ta\n127.0.0.1\tb\n::1\tb\n", Link.hostsLines(network));
        assertEquals(null, Link.hostsLines(Network.loopback().hostPort(1)));
    }
}
