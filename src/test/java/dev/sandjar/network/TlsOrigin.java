package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.testing.ServerKeys;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLServerSocket;

/** A server of HTTP in TLS on the host's loopback, with a certificate of its own, that remembers each request as it came. */
final class TlsOrigin implements AutoCloseable {
    /** As it came. */
    record Asked(String head, byte[] body) {
        String line() {
            return head.substring(0, head.indexOf("\r\n"));
        }

        List<String> values(String name) {
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .toList();
        }
    }

    final List<Asked> asked = new CopyOnWriteArrayList<>();
    final AtomicInteger connections = new AtomicInteger();
    /** By the path: what is written as it is, after which the connection ends; others are answered with their path. */
    final Map<String, byte[]> answers = new ConcurrentHashMap<>();
    /** Paths that are answered before their body is read. */
    final List<String> hasty = new CopyOnWriteArrayList<>();

    private final SSLServerSocket server;
    private final X509Certificate certificate;

    private TlsOrigin(SSLServerSocket server, X509Certificate certificate) {
        this.server = server;
        this.certificate = certificate;
        thread(this::accept);
    }

    /** Made once for each name. */
    private static final Map<String, ServerKeys> KEYS = new ConcurrentHashMap<>();

    /** @param directory for its keys */
    static TlsOrigin open(Path directory, String name) throws Exception {
        ServerKeys keys = KEYS.get(name);
        if (keys == null) {
            keys = ServerKeys.of(directory, name);
            KEYS.put(name, keys);
        }
        SSLServerSocket server = (SSLServerSocket) keys.context()
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        return new TlsOrigin(server, keys.certificate());
    }

    int port() {
        return server.getLocalPort();
    }

    X509Certificate certificate() {
        return certificate;
    }

    Asked only() {
        assertEquals(1, asked.size(), asked::toString);
        return asked.get(0);
    }

    private static void thread(Runnable work) {
        Thread thread = new Thread(work, "tls-origin");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                connections.incrementAndGet();
                thread(() -> serve(socket));
            } catch (IOException e) {
                return; // it is closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setSoTimeout(Servers.MILLIS);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            for (String head = head(in); head != null; head = head(in)) {
                if (!answer(head, in, out)) {
                    return;
                }
            }
        } catch (IOException e) {
            return; // the other side was gone first, or did not trust it
        }
    }

    private boolean answer(String head, InputStream in, OutputStream out) throws IOException {
        Asked begun = new Asked(head, new byte[0]);
        String path = begun.line().split(" ")[1];
        if (hasty.contains(path)) {
            asked.add(begun);
            out.write(answers.get(path));
            in.transferTo(OutputStream.nullOutputStream());
            return false;
        }
        byte[] body = body(begun, in);
        asked.add(new Asked(head, body));
        byte[] given = answers.get(path);
        if (given != null) {
            out.write(given);
            return false;
        }
        boolean last = begun.values("Connection").contains("close");
        byte[] text = ("path " + path).getBytes(StandardCharsets.US_ASCII);
        out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + text.length + "\r\n" + (last ? "Connection: close\r\n" : "")
                        + "\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        if (!begun.line().startsWith("HEAD ")) {
            out.write(text);
        }
        return !last;
    }

    private String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int first = in.read();
        if (first < 0) {
            return null;
        }
        head.write(first);
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            head.write(next(in));
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static int next(InputStream in) throws IOException {
        int next = in.read();
        if (next < 0) {
            throw new EOFException();
        }
        return next;
    }

    private static byte[] body(Asked head, InputStream in) throws IOException {
        if (!head.values("Content-Length").isEmpty()) {
            return in.readNBytes(Integer.parseInt(head.values("Content-Length").get(0)));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        if (head.values("Transfer-Encoding").isEmpty()) {
            return body.toByteArray();
        }
        while (true) {
            int size = Integer.parseInt(line(in), 16);
            body.write(in.readNBytes(size));
            assertEquals("", line(in));
            if (size == 0) {
                return body.toByteArray();
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = next(in); c != '\n'; c = next(in)) {
            line.append((char) c);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
