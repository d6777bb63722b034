package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageReference;
import dev.sandjar.testing.Await;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A registry that goes on sending an answer of which its head is refused: nothing of it is kept. */
class EndlessAnswersTest {
    private final ServerSocket server = Loopback.server();
    private final AtomicInteger came = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    /** Counts the connections, and those of them that somebody still has. */
    private void serve(String head) {
        daemon(() -> {
            while (true) {
                Socket socket = server.accept();
                came.incrementAndGet();
                open.incrementAndGet();
                daemon(() -> {
                    try (socket) {
                        send(socket, head);
                    } finally {
                        open.decrementAndGet();
                    }
                });
            }
        });
    }

    private interface Work {
        void run() throws IOException;
    }

    private void daemon(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (SocketException e) {
                return; // the other side has gone, or the test is over
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void send(Socket socket, String head) throws IOException {
        socket.setSoTimeout(30_000);
        StringBuilder request = new StringBuilder();
        while (request.indexOf("\r\n\r\n") < 0) {
            int c = socket.getInputStream().read();
            if (c < 0) {
                return;
            }
            request.append((char) c);
        }
        OutputStream out = socket.getOutputStream();
        out.write(("HTTP/1.1 " + head + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        byte[] some = new byte[1 << 16];
        while (true) {
            out.write(some);
        }
    }

    private RegistryClient client() {
        RegistryAccess access = RegistryAccess.by(Login.ANONYMOUS).withPlain().withProxies(Proxies.NONE);
        return new RegistryClient(ImageReference.parse("127.0.0.1:" + server.getLocalPort() + "/r:1"), access);
    }

    private boolean allEnd() throws Exception {
        return came.get() == 1 && Await.within(Duration.ofSeconds(30), () -> open.get() == 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "401 Who\r\nWWW-Authenticate: Bearer realm=\"ftp://example.com/token\"",
                "401 Who\r\nWWW-Authenticate: Bearer realm=\"http://[/token\"",
                "401 Who\r\nWWW-Authenticate: Digest realm=\"x\"",
                "302 Found\r\nLocation: ftp://example.com/",
                "302 Found\r\nLocation: http://[/",
            })
    void whatIsRefusedIsClosed(String head) throws Exception {
        serve(head);
        try (RegistryClient client = client()) {
            assertThrows(ImageException.class, () -> client.get("manifests/1", Map.of()));
            assertTrue(allEnd(), () -> open + " of " + came + " connections are still open");
        }
    }

    @Test
    void whatIsNotReadIsOpenUntilItIsClosed() throws Exception {
        serve("200 OK");
        try (RegistryClient client = client()) {
            HttpAnswer answer = client.get("manifests/1", Map.of());
            assertTrue(open.get() == 1, () -> "it has ended by itself");
            answer.close();
            assertTrue(allEnd(), () -> open + " of " + came + " connections are still open");
        }
    }
}
