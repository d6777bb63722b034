package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As over a loopback device, what a program has written arrives although it has ended before anybody took it. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Tag("heavy")
class LastBytesIT {
    /** Sends as much as its kernel takes, says how much, and is gone. */
    private static final String FILL = "s.setblocking(False); n = 0\ntry:\n  while True: n += s.send(b'x' * 65536)\n"
            + "except BlockingIOError: print(n, flush=True)\nos._exit(0)\n";

    /** The same with all queues on the way, those of the host too. */
    private static final String FILL_ALL =
            "s.settimeout(8)\ntry:\n  while True: s.send(b'x' * 65536)\nexcept TimeoutError: os._exit(0)\n";

    private List<ConnectionEvent> events = new CopyOnWriteArrayList<>();

    private static String client(int port, int times, String then) {
        return "import os, socket\nprint('up', flush=True)\nfor i in range(" + times
                + "): s = socket.create_connection(('127.0.0.1', " + port + "), 20); " + then;
    }

    /** Of a sandbox whose relay has been told of the end: its first process holds the other end of that. */
    private static boolean gone(CompletableFuture<SandboxProcess> started) throws Exception {
        SandboxProcess process = started.get(Servers.MILLIS, TimeUnit.MILLISECONDS);
        for (ProcessHandle handle = ProcessHandle.of(process.pid()).orElse(null); handle != null; handle = null) {
            ProcessHandle first = handle.parent().orElse(null);
            handle.onExit().get(Servers.MILLIS, TimeUnit.MILLISECONDS);
            if (first != null && first.pid() != ProcessHandle.current().pid()) {
                first.onExit().get(Servers.MILLIS, TimeUnit.MILLISECONDS);
            }
        }
        return true;
    }

    private static String take(ServerSocket server) throws Exception {
        try (Socket socket = server.accept()) {
            socket.setSoTimeout(Servers.MILLIS);
            return new String(socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
        }
    }

    /** Some seconds after the end the relay drops what nobody has taken yet: on a slow machine that may be what is to arrive. */
    private void inTime(Callable attempt) throws Exception {
        for (int left = 2; ; left--) {
            events = new CopyOnWriteArrayList<>();
            try {
                attempt.call();
                return;
            } catch (Exception | AssertionError e) {
                if (left == 0 || !Await.within(Duration.ofSeconds(1), this::wasDropped)) {
                    throw e;
                }
            }
        }
    }

    private boolean wasDropped() {
        return events.stream().anyMatch(event -> event.reason().contains("ETIMEDOUT"));
    }

    @FunctionalInterface
    private interface Callable {
        void call() throws Exception;
    }

    private void assertAllCompleted(int count) {
        assertEquals(count, events.size(), events::toString);
        for (ConnectionEvent event : events) {
            assertEquals(ConnectionEvent.Verdict.COMPLETED, event.verdict(), event::toString);
        }
    }

    /** Some in the queue of the socket inside, since there is place for one or two only, the others with the decider. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 256})
    void whatWasSentBeforeTheDecisionArrives(int most) throws Exception {
        inTime(() -> beforeTheDecision(most));
    }

    private void beforeTheDecision(int most) throws Exception {
        try (ServerSocket server = Servers.listening()) {
            CompletableFuture<SandboxProcess> started = new CompletableFuture<>();
            Network network = Network.loopback()
                    .hostPort(server.getLocalPort())
                    .bounds(b -> b.connections(most))
                    .listener(events::add)
                    .decide(connection -> gone(started) ? Decision.ALLOW : Decision.REFUSE);
            Sandbox sandbox = Sandbox.untrusted().network(network).build();
            String program = client(server.getLocalPort(), 5, "s.sendall(b'hello %d' % i)\n");
            try (SandboxProcess process = Servers.start(sandbox, program)) {
                started.complete(process);
                List<String> got = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    got.add(take(server));
                }
                got.sort(null);
                assertEquals(List.of("hello 0", "hello 1", "hello 2", "hello 3", "hello 4"), got);
                assertTrue(process.waitFor(20, TimeUnit.SECONDS));
                assertAllCompleted(5);
            }
        }
    }

    @Test
    void nothingArrivesOfWhatIsRefusedAfterTheEnd() throws Exception {
        try (ServerSocket server = Servers.listening()) {
            CompletableFuture<SandboxProcess> started = new CompletableFuture<>();
            Network network = Network.loopback()
                    .hostPort(server.getLocalPort())
                    .listener(events::add)
                    .decide(connection -> gone(started) ? Decision.REFUSE : Decision.ALLOW);
            Sandbox sandbox = Sandbox.untrusted().network(network).build();
            try (SandboxProcess process =
                    Servers.start(sandbox, client(server.getLocalPort(), 1, "s.sendall(b'hello')\n"))) {
                started.complete(process);
                assertTrue(process.waitFor(20, TimeUnit.SECONDS));
            }
            assertEquals(1, events.size());
            assertEquals(ConnectionEvent.Verdict.REFUSED, events.get(0).verdict());
        }
    }

    /** More than the queues of one socket hold. Nobody reads before the program is gone. */
    @Test
    void allThatTheKernelTookArrivesAtAServerOfTheHost() throws Exception {
        inTime(this::toAServer);
    }

    private void toAServer() throws Exception {
        try (ServerSocket server = Servers.listening()) {
            Network network = Network.loopback().hostPort(server.getLocalPort()).listener(events::add);
            Sandbox sandbox = Sandbox.untrusted().network(network).build();
            try (SandboxProcess process = Servers.start(sandbox, client(server.getLocalPort(), 1, "\n" + FILL));
                    Socket socket = server.accept()) {
                socket.setSoTimeout(Servers.MILLIS);
                assertTakesAll(process, socket);
            }
            assertAllCompleted(1);
        }
    }

    @Test
    void allThatTheKernelTookArrivesAtAClientOfTheHost() throws Exception {
        inTime(this::toAClient);
    }

    private void toAClient() throws Exception {
        String program = "import os, socket\nl = socket.socket(); l.bind(('127.0.0.1', 8080)); l.listen()\n"
                + "print('up', flush=True)\ns, _ = l.accept()\n" + FILL;
        Network network = Network.loopback().publish(8080).listener(events::add);
        try (SandboxProcess process =
                        Servers.start(Sandbox.untrusted().network(network).build(), program);
                Socket socket = Servers.connect(process.publishedPort(8080))) {
            assertTakesAll(process, socket);
        }
        assertAllCompleted(1);
    }

    private static void assertTakesAll(SandboxProcess process, Socket socket) throws Exception {
        long sent = Long.parseLong(process.inputReader().readLine());
        assertTrue(gone(CompletableFuture.completedFuture(process)));
        long got = 0;
        byte[] buffer = new byte[1 << 16];
        InputStream in = socket.getInputStream();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            got += n;
        }
        assertEquals(sent, got);
        assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    }

    /** A killed program's too. */
    @Test
    void whatAKilledProgramHadSentArrives() throws Exception {
        inTime(this::ofAKilledProgram);
    }

    private void ofAKilledProgram() throws Exception {
        try (ServerSocket server = Servers.listening()) {
            CompletableFuture<SandboxProcess> started = new CompletableFuture<>();
            Network network = Network.loopback()
                    .hostPort(server.getLocalPort())
                    .listener(events::add)
                    .decide(connection -> gone(started) ? Decision.ALLOW : Decision.REFUSE);
            Sandbox sandbox = Sandbox.untrusted().network(network).build();
            String program =
                    client(server.getLocalPort(), 1, "s.sendall(b'hello')\nprint('sent', flush=True)\ninput()\n");
            try (SandboxProcess process = Servers.start(sandbox, program)) {
                started.complete(process);
                assertEquals("sent", process.inputReader().readLine());
                process.destroyForcibly();
                assertEquals("hello", take(server));
                assertTrue(process.waitFor(20, TimeUnit.SECONDS));
            }
            assertAllCompleted(1);
        }
    }

    /** It reads nothing, and what the program leaves doesn't fit into the queues of one connection. */
    @Test
    void aPeerThatTakesNothingHoldsTheEndUpForSecondsOnly() throws Exception {
        try (ServerSocket server = Servers.listening()) {
            Network network = Network.loopback().hostPort(server.getLocalPort()).listener(events::add);
            Sandbox sandbox = Sandbox.untrusted().network(network).build();
            String program = client(server.getLocalPort(), 1, "\n" + FILL_ALL);
            try (SandboxProcess process = Servers.start(sandbox, program);
                    Socket socket = server.accept()) {
                assertTrue(process.waitFor(60, TimeUnit.SECONDS));
                assertEquals(1, events.size());
                assertEquals(ConnectionEvent.Verdict.BROKEN, events.get(0).verdict(), events::toString);
                assertFalse(socket.isClosed());
            }
        }
    }
}
