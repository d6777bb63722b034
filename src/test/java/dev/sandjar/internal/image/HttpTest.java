package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers as servers send them, and as hostile ones do. */
class HttpTest {
    private static final Duration STALL = Duration.ofSeconds(30);

    private final ServerSocket server = Loopback.server();

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    /** Gives each connection this answer, and closes it unless it is to be silent. */
    private Http http(String answer, Duration stall) {
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    serve(server.accept(), answer);
                }
            } catch (IOException e) {
                return; // the test is over
            }
        });
        thread.setDaemon(true);
        thread.start();
        return new Http(null, Proxies.NONE, stall);
    }

    private static void serve(Socket socket, String answer) throws IOException {
        socket.setSoTimeout(30_000);
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int c = socket.getInputStream().read();
            if (c < 0) {
                break;
            }
            head.append((char) c);
        }
        try {
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
            if (!answer.endsWith("...")) {
                socket.shutdownOutput();
            }
        } catch (IOException e) {
            return; // it was too much for the other side
        }
    }

    private HttpAnswer answer(String answer) throws IOException {
        return http(answer, STALL).send(uri(), Map.of(), null);
    }

    private URI uri() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
    }

    private String body(String text) throws IOException {
        try (HttpAnswer answer = answer(text)) {
            return new String(answer.body().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void fieldsHaveNamesInAnyCaseAndTheirOrder() throws IOException {
        try (HttpAnswer answer = answer("HTTP/1.1 200 OK\r\nContent-LENGTH:  3 \r\nX: a\r\nx:b\r\n\r\nabc")) {
            assertEquals(200, answer.status());
            assertEquals("3", answer.header("Content-Length").orElseThrow());
            assertEquals(List.of("a", "b"), answer.headers("X"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 500",
                "HTTP/1.1 200 OK\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n2\r\nbc\r\n0\r\nT: u\r\n\r\nrest",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
                "HTTP/1.1 404 Not\r\nContent-Length: 3\r\n\r\nabc",
                "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 3\r\n\r\nabc",
            })
    void bodiesEndWhereTheySay(String answer) throws IOException {
        assertEquals("abc", body(answer));
    }

    @Test
    void noBodyIsEmpty() throws IOException {
        assertEquals("", body("HTTP/1.1 204 No\r\n\r\nabc"));
        assertEquals("", body("HTTP/1.1 404 Not\r\nContent-Length: 0\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SSH-2.0-OpenSSH\r\n\r\n",
                "HTTP/2 200\r\n\r\n",
                "HTTP/1.1 xx OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabcd",
            })
    void whatIsNoAnswerIsRefused(String answer) {
        assertThrows(IOException.class, () -> body(answer));
    }

    @Test
    void whatIsWithoutEndIsRefused() {
        String line = "a: " + "b".repeat(1000) + "\r\n";
        assertThrows(IOException.class, () -> body("HTTP/1.1 200 OK\r\n" + line.repeat(1000) + "\r\n"));
        String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assertThrows(IOException.class, () -> body(chunked + "1;" + "x".repeat(100_000) + "\r\na\r\n0\r\n\r\n"));
    }

    @Test
    void whatBreaksOffIsTold() {
        for (String answer : List.of(
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                "HTTP/1.1 503 Not\r\nContent-Length: 10\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")) {
            EOFException e = assertThrows(EOFException.class, () -> body(answer));
            assertTrue(e.getMessage().startsWith("the answer breaks off after 3"), e.getMessage());
        }
    }

    @Test
    @Tag("heavy")
    void whatStallsIsLeft() throws IOException {
        Http http = http("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n...", Duration.ofSeconds(12));
        try (HttpAnswer answer = http.send(uri(), Map.of(), null)) {
            assertThrows(SocketTimeoutException.class, () -> answer.body().readAllBytes());
        }
    }

    @Test
    void nothingIsAddedToARequest() {
        Http http = http("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", STALL);
        IOException e = assertThrows(IOException.class, () -> http.send(uri(), Map.of("A", "b\r\nC: d"), null));
        assertTrue(e.getCause() instanceof IllegalArgumentException, e.toString());
    }

    /** A server could ask for what an application keeps for others. */
    @Test
    void thePasswordsOfTheProcessAreNobodysBusiness() throws IOException {
        AtomicBoolean asked = new AtomicBoolean();
        Authenticator before = Authenticator.getDefault();
        Authenticator.setDefault(new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                asked.set(true);
                return new PasswordAuthentication("u", "p".toCharArray());
            }
        });
        try (HttpAnswer answer =
                answer("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 3\r\n\r\nabc")) {
            assertEquals(401, answer.status());
            assertEquals("abc", new String(answer.body().readAllBytes(), StandardCharsets.US_ASCII));
            assertFalse(asked.get());
        } finally {
            Authenticator.setDefault(before);
        }
    }
}
