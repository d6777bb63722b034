package dev.sandjar.internal.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Fds;
import dev.sandjar.internal.protocol.Event;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.WireReader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The connection against a launcher that does what a test says. */
@Timeout(120)
class ConnectionTest {
    private final Set<String> before = Fds.open();
    private FakeLauncher launcher;

    @BeforeEach
    void newLauncher() {
        launcher = new FakeLauncher();
    }

    @AfterEach
    void nothingStaysOpen() {
        launcher.close();
        // The reader closes its end when it sees ours closed.
        Fds.assertNoneBeyond(before);
    }

    private static Event.Exited end(Run run) throws Exception {
        return run.end.get(10, TimeUnit.SECONDS);
    }

    @Test
    void greetsAndKnowsTheFeatures() throws Exception {
        Connection connection = launcher.connect();
        assertEquals(0x3f, connection.features());
        assertEquals(FakeLauncher.PID, connection.launcherPid());
        assertFalse(connection.isLost());
    }

    @Test
    void refusesAnotherVersionAndEndsIt() {
        SandboxException e = assertThrows(
                SandboxException.class,
                () -> launcher.connect(() -> launcher.answer(Frame.HELLO_OK, 0, FakeLauncher.hello(77))));
        assertTrue(e.getMessage().contains("version 77"), e.getMessage());
        assertTrue(e.remedy().contains("-Dsandjar.launcher"), e.getMessage());
        assertTrue(launcher.killed);
    }

    @Test
    void doesNotWaitForEverForAProgramThatIsNoLauncher() {
        SandboxException e = assertThrows(
                SandboxException.class,
                () -> Connection.open(launcher, childEnd -> FakeLauncher.PID, Duration.ofMillis(50)));
        // Nobody holds the other end: that is an end at once, not a silence.
        assertTrue(e.getMessage().contains("ended at once"), e.getMessage());
        e = assertThrows(SandboxException.class, () -> {
            int[] kept = new int[1];
            try {
                Connection.open(
                        launcher,
                        childEnd -> {
                            kept[0] = launcher.raise(childEnd);
                            return FakeLauncher.PID;
                        },
                        Duration.ofMillis(50));
            } finally {
                launcher.close(kept[0]);
            }
        });
        assertTrue(e.getMessage().contains("has not answered"), e.getMessage());
        assertTrue(launcher.killed);
    }

    @Test
    void aFailureToStartItLeavesNothing() {
        SandboxException failure = new SandboxException("start", null, null, 0, "", "");
        SandboxException e = assertThrows(
                SandboxException.class,
                () -> Connection.open(
                        launcher,
                        childEnd -> {
                            throw failure;
                        },
                        Duration.ofSeconds(1)));
        assertEquals(failure, e);
    }

    @Test
    void answersAndEndsFindTheirRunsInAnyOrder() throws Exception {
        Connection connection = launcher.connect();
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Run run = connection.expect(null);
            connection.send(Frame.START, run.id, new byte[0]);
            runs.add(run);
        }
        for (Run run : runs) {
            assertEquals(run.id, launcher.next(Frame.START).id());
        }
        List<Run> shuffled = new ArrayList<>(runs);
        Collections.shuffle(shuffled, new Random(7));
        for (Run run : shuffled) {
            launcher.answer(Frame.STARTED, run.id, FakeLauncher.started((int) run.id + 1000));
        }
        Collections.shuffle(shuffled, new Random(8));
        for (Run run : shuffled) {
            launcher.answer(Frame.EXITED, run.id, FakeLauncher.exited(Event.Exited.BY_EXIT, (int) run.id % 200));
        }
        for (Run run : runs) {
            Run.Running answer = assertInstanceOf(Run.Running.class, run.answer.get(10, TimeUnit.SECONDS));
            assertEquals(run.id + 1000, answer.event().pid());
            assertEquals(-1, answer.master());
            assertEquals(run.id % 200, end(run).status());
        }
    }

    @Test
    void aRefusalIsAnAnswer() throws Exception {
        Connection connection = launcher.connect();
        Run run = connection.expect(null);
        launcher.answer(Frame.FAILED, run.id, FakeLauncher.failed(9, 2, "execve", "/bin/nope"));
        Run.Refused answer = assertInstanceOf(Run.Refused.class, run.answer.get(10, TimeUnit.SECONDS));
        assertEquals("/bin/nope", answer.failure().what());
        assertEquals(2, answer.failure().errno());
    }

    @Test
    void theTerminalGoesToItsRunAndToNobodyElse() throws Exception {
        Connection connection = launcher.connect();
        Run run = connection.expect(null);
        int[] pipe = new int[2];
        launcher.pipe(pipe);
        launcher.answer(Frame.STARTED, run.id, FakeLauncher.started(5), pipe[0]);
        Run.Running answer = (Run.Running) run.answer.get(10, TimeUnit.SECONDS);
        assertTrue(Fds.isOpen(answer.master()));
        launcher.close(answer.master());
        // One that comes twice, one for a run that nobody knows: both are closed, as the check at the end sees.
        launcher.answer(Frame.STARTED, run.id, FakeLauncher.started(5), pipe[0]);
        launcher.answer(Frame.STARTED, 4711, FakeLauncher.started(5), pipe[0]);
        launcher.answer(Frame.EXITED, run.id, FakeLauncher.exited(Event.Exited.BY_SIGNAL, 9));
        assertEquals(9, end(run).status());
        launcher.close(pipe[0]);
        launcher.close(pipe[1]);
    }

    @Test
    void newsOfTemplatesGoToWhoKeepsThem() throws Exception {
        Connection connection = launcher.connect();
        LinkedBlockingQueue<String> news = new LinkedBlockingQueue<>();
        connection.onTemplates(new Connection.TemplateListener() {
            @Override
            public void ready(long template) {
                news.add(template + " ready");
            }

            @Override
            public void ended(long template, boolean begun) {
                news.add(template + " ended " + begun);
            }
        });
        launcher.answer(Frame.TEMPLATE_READY, 7, new byte[0]);
        launcher.answer(Frame.TEMPLATE_ENDED, 7, new byte[] {1, 0, 0, 0});
        launcher.answer(Frame.TEMPLATE_ENDED, 8, new byte[4]);
        assertEquals("7 ready", news.poll(10, TimeUnit.SECONDS));
        assertEquals("7 ended true", news.poll(10, TimeUnit.SECONDS));
        assertEquals("8 ended false", news.poll(10, TimeUnit.SECONDS));
    }

    @Test
    void eventsOfRunsThatWereForgottenAreNothing() throws Exception {
        Connection connection = launcher.connect();
        Run forgotten = connection.expect(null);
        connection.forget(forgotten);
        launcher.answer(Frame.FAILED, forgotten.id, FakeLauncher.failed(0, 71, "request", "unknown plan"));
        launcher.answer(Frame.PONG, 0, new byte[0]);
        Run run = connection.expect(null);
        launcher.answer(Frame.EXITED, run.id, FakeLauncher.exited(Event.Exited.BY_EXIT, 0));
        assertEquals(0, end(run).status());
        assertFalse(forgotten.answer.isDone());
        // An end without a start is no hang either.
        assertInstanceOf(Run.Unknown.class, run.answer.get(10, TimeUnit.SECONDS));
    }

    /** By the time its end is asked about, whoever was told of a refusal need not have run yet. */
    @Test
    void oneThatHasOnlyRefusedIsIdle() throws Exception {
        try (LookedAt idle = new LookedAt()) {
            Run run = idle.connection.expect(null);
            idle.launcher.answer(Frame.FAILED, run.id, FakeLauncher.failed(9, 2, "mount", "overlay"));
            assertInstanceOf(Run.Refused.class, run.answer.get(10, TimeUnit.SECONDS));
            idle.assertEnds();
        }
    }

    @Test
    void oneWhoseParkedProgramWasKilledAsItBeganIsIdle() throws Exception {
        try (LookedAt idle = new LookedAt()) {
            Run run = idle.connection.expect(null);
            run.usesChannel();
            idle.launcher.answer(Frame.STARTED, run.id, FakeLauncher.started(5));
            idle.launcher.answer(Frame.FAILED, run.id, FakeLauncher.failed(1, 0, "supervisor", "ended"));
            assertEquals(Event.Exited.BY_LOSS, end(run).how());
            idle.assertEnds();
        }
    }

    @Test
    void aParkedProgramWhoseMemoryRanOutBeforeTheLauncherHeardOfItHasMetItsLimit() throws Exception {
        try (LookedAt idle = new LookedAt()) {
            Run run = idle.connection.expect(null);
            run.usesChannel();
            idle.launcher.answer(Frame.STARTED, run.id, FakeLauncher.started(5));
            idle.launcher.answer(Frame.FAILED, run.id, FakeLauncher.failed(1, 0, "memory", "ran out"));
            assertEquals(Event.Exited.WHY_OOM, end(run).why());
            idle.assertEnds();
        }
    }

    @Test
    void oneThatGotNoRequestIsIdle() throws Exception {
        try (LookedAt idle = new LookedAt()) {
            Run run = idle.connection.expect(null);
            idle.awaitReceive();
            assertThrows(
                    SandboxException.class,
                    () -> idle.connection.send(Frame.START, run.id, new byte[Frame.BODY_MAX + 1]));
            idle.connection.forget(run);
            assertTrue(idle.launcher.isAsked(10_000), "the reader is not told to look");
            assertEquals(Frame.PING, idle.launcher.next().type());
            idle.launcher.answer(Frame.PONG, 0, new byte[0]);
            idle.assertEnds();
        }
    }

    /** A control of the three: what runs is not idle. */
    @Test
    void oneWithAProgramIsNotIdle() throws Exception {
        try (LookedAt idle = new LookedAt()) {
            Run run = idle.connection.expect(null);
            idle.launcher.answer(Frame.STARTED, run.id, FakeLauncher.started(5));
            assertInstanceOf(Run.Running.class, run.answer.get(10, TimeUnit.SECONDS));
            idle.awaitReceive();
            assertFalse(idle.connection.isEnding());
            idle.launcher.answer(Frame.EXITED, run.id, FakeLauncher.exited(Event.Exited.BY_EXIT, 0));
            idle.assertEnds();
        }
    }

    /** A connection that ends as soon as its reader finds nothing to do, which it looks for every millisecond. */
    private static final class LookedAt implements AutoCloseable {
        private final Semaphore receives = new Semaphore(0);
        private final CountDownLatch ended = new CountDownLatch(1);
        private final FakeLauncher launcher = new FakeLauncher() {
            @Override
            public int poll(int fd, int events, int milliseconds) {
                return super.poll(fd, events, 1);
            }

            @Override
            public Received receive(int socket) {
                receives.release();
                return super.receive(socket);
            }

            @Override
            public int endSending(int socket) {
                ended.countDown();
                return super.endSending(socket);
            }
        };
        private final Connection connection;
        private volatile boolean asked;

        LookedAt() throws SandboxException {
            connection = launcher.connect();
            connection.manage(nanos -> asked, () -> {});
            receives.drainPermits();
        }

        /** Until the reader waits for a message without looking around. */
        void awaitReceive() throws InterruptedException {
            assertTrue(receives.tryAcquire(10, TimeUnit.SECONDS), "the reader does not wait");
        }

        void assertEnds() throws InterruptedException {
            asked = true;
            assertTrue(ended.await(10, TimeUnit.SECONDS), "nothing runs, and its end is not looked for");
            assertTrue(connection.isEnding());
        }

        @Override
        public void close() {
            launcher.close();
        }
    }

    @Test
    void lossIsToldToEverybodyAndTheLauncherIsWaitedFor() throws Exception {
        Connection connection = launcher.connect();
        Run pending = connection.expect(null);
        Run running = connection.expect(null);
        launcher.answer(Frame.STARTED, running.id, FakeLauncher.started(5));
        assertInstanceOf(Run.Running.class, running.answer.get(10, TimeUnit.SECONDS));
        launcher.hangUp();
        assertInstanceOf(Run.Unknown.class, pending.answer.get(10, TimeUnit.SECONDS));
        assertEquals(Event.Exited.BY_LOSS, end(running).how());
        assertEquals(Event.Exited.lost(), end(running));
        assertEquals(Event.Exited.BY_LOSS, end(pending).how());
        assertTrue(launcher.waitedFor);
        assertTrue(connection.isLost());
        assertFalse(assertThrows(LauncherEndedException.class, () -> connection.expect(null))
                .sent());
        assertThrows(LauncherEndedException.class, () -> connection.send(Frame.KILL, 1, new byte[0]));
    }

    @Test
    void whatEndsWithALauncherThatIsShutDownIsNotLost() throws Exception {
        Connection connection = launcher.connect();
        Run running = connection.expect(null);
        launcher.answer(Frame.STARTED, running.id, FakeLauncher.started(5));
        assertInstanceOf(Run.Running.class, running.answer.get(10, TimeUnit.SECONDS));
        connection.shutdown(Duration.ofMillis(100)); // it never tells the end of the program
        launcher.hangUp();
        assertEquals(Event.Exited.asked(), end(running));
    }

    @Test
    void aFailedSendIsEnoughToKnowOfTheLoss() throws Exception {
        FakeLauncher blind = new FakeLauncher() {
            @Override
            public int send(int socket, byte[] datagram, int length, int[] fds) {
                return new WireReader(datagram, 4, 2).u16() == Frame.START
                        ? -dev.sandjar.internal.util.Errno.EPIPE.number()
                        : super.send(socket, datagram, length, fds);
            }
        };
        try (blind) {
            Connection connection = blind.connect();
            assertThrows(LauncherEndedException.class, () -> connection.send(Frame.START, 1, new byte[0]));
            assertTrue(connection.isLost());
        }
    }

    /** Each tells of a run that is there, and lies about what comes; the control is the same message without the lie. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "truth",
                "2^31 bytes",
                "a byte too many",
                "a byte too few",
                "descriptors that are not there",
                "a body elsewhere",
                "a text of 2^32 bytes",
                "2^32 texts",
                "a request"
            })
    void repliesThatLie(String lie) throws Exception {
        try (FakeLauncher bad = new FakeLauncher()) {
            Connection connection = bad.connect();
            Run run = connection.expect(null);
            byte[] body = FakeLauncher.exited(Event.Exited.BY_EXIT, 7);
            int type = lie.equals("a request") ? Frame.START : Frame.EXITED;
            int length = body.length;
            int fds = 0;
            int flags = 0;
            switch (lie) {
                case "2^31 bytes" -> length = Integer.MIN_VALUE;
                case "a byte too many" -> length++;
                case "a byte too few" -> length--;
                case "descriptors that are not there" -> fds = 253;
                case "a body elsewhere" -> flags = Frame.BODY_IN_MEMFD;
                // The text is empty; behind it stand a number, and a list of one text.
                case "a text of 2^32 bytes" -> Arrays.fill(body, 16 + 72, 16 + 72 + 4, (byte) -1);
                case "2^32 texts" -> Arrays.fill(body, 16 + 72 + 8, 16 + 72 + 12, (byte) -1);
                default -> {}
            }
            ByteBuffer out = ByteBuffer.allocate(Frame.SIZE + body.length);
            new Frame(type, flags, run.id, length, fds).write(out);
            bad.answer(Frame.STARTED, run.id, FakeLauncher.started(1));
            bad.sendRaw(out.put(body).array());
            boolean truth = lie.equals("truth");
            assertEquals(truth ? Event.Exited.BY_EXIT : Event.Exited.BY_LOSS, end(run).how());
            assertEquals(!truth, bad.killed);
        }
    }

    @Test
    void garbageEndsTheConnectionAndTheLauncher() throws Exception {
        List<byte[]> garbage = List.of(
                new byte[1],
                new byte[24],
                "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                FakeLauncher.exited(1, 1));
        for (byte[] datagram : garbage) {
            try (FakeLauncher bad = new FakeLauncher()) {
                Connection connection = bad.connect();
                Run run = connection.expect(null);
                int[] pipe = new int[2];
                bad.pipe(pipe);
                bad.sendRaw(datagram, pipe);
                bad.real.close(pipe[0]);
                bad.real.close(pipe[1]);
                assertEquals(Event.Exited.BY_LOSS, end(run).how());
                assertTrue(bad.killed);
                assertTrue(bad.waitedFor);
            }
        }
    }
}
