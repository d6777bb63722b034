package dev.sandjar.internal.image;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A registry of one image, {@code r:1}, on loopback, which answers as a test has it. Also a proxy to itself. */
final class FakeRegistry implements AutoCloseable {
    /** Another answer than the right one. */
    interface Reply {
        void to(HttpExchange exchange) throws IOException;
    }

    final List<String> requests = new CopyOnWriteArrayList<>();
    final Map<String, byte[]> contents = new ConcurrentHashMap<>();
    final String manifest;

    private final HttpServer server;
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final Map<String, Queue<Reply>> replies = new ConcurrentHashMap<>();
    /** Who may read: the value of a header, or null for all. */
    private volatile @Nullable String wanted;

    private volatile String challenge = "";

    FakeRegistry(Path layout) throws IOException {
        this(layout, null);
    }

    FakeRegistry(Path layout, @Nullable SSLContext tls) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (tls == null) {
            server = HttpServer.create(address, 0);
        } else {
            HttpsServer secure = HttpsServer.create(address, 0);
            secure.setHttpsConfigurator(new HttpsConfigurator(tls));
            server = secure;
        }
        server.setExecutor(workers);
        server.createContext("/", this::answer);
        server.start();
        try (DirectoryStream<Path> blobs = Files.newDirectoryStream(layout.resolve("blobs/sha256"))) {
            for (Path blob : blobs) {
                contents.put("blobs/sha256:" + blob.getFileName(), Files.readAllBytes(blob));
            }
        }
        manifest = Manifests.index(Json.parse(Files.readAllBytes(layout.resolve("index.json")), "t"), "t")
                .get(0)
                .digest()
                .toString();
        contents.put("manifests/1", contents.get("blobs/" + manifest));
    }

    int port() {
        return server.getAddress().getPort();
    }

    String host() {
        return "127.0.0.1:" + port();
    }

    /** What is answered next to a path ("manifests/1", "blobs/sha256:..." or "/token"), before all is as it should be. */
    void next(String path, Reply... some) {
        replies.computeIfAbsent(path, p -> new ConcurrentLinkedQueue<>()).addAll(Arrays.asList(some));
    }

    void wants(String authorization, String with) {
        wanted = authorization;
        challenge = with;
    }

    static Reply status(int status, String body, String... headers) {
        return exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
            }
            respond(exchange, status, body.getBytes(StandardCharsets.UTF_8));
        };
    }

    /** The beginning of what is right. */
    Reply cut(int bytes) {
        return exchange -> {
            byte[] content = contents.get(path(exchange));
            exchange.sendResponseHeaders(200, content.length);
            OutputStream body = exchange.getResponseBody();
            body.write(content, 0, bytes);
            body.flush();
            throw new IOException("cut off");
        };
    }

    static String path(HttpExchange exchange) {
        return exchange.getRequestURI().getPath().replaceFirst("^/v2/r/", "");
    }

    private void answer(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        String proxy = exchange.getRequestHeaders().getFirst("Proxy-Authorization");
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI()
                + (range == null ? "" : " " + range)
                + (given == null ? "" : " " + given)
                + (proxy == null ? "" : " proxy " + proxy));
        try (exchange) {
            Queue<Reply> some = replies.get(path(exchange));
            Reply reply = some == null ? null : some.poll();
            if (reply != null) {
                reply.to(exchange);
                return;
            }
            String only = wanted;
            if (only != null && !only.equals(given)) {
                exchange.getResponseHeaders().add("WWW-Authenticate", challenge);
                respond(
                        exchange,
                        401,
                        "{\"errors\":[{\"message\":\"who are you?\"}]}".getBytes(StandardCharsets.UTF_8));
                return;
            }
            byte[] content = contents.get(path(exchange));
            if (content == null) {
                respond(
                        exchange,
                        404,
                        "{\"errors\":[{\"code\":\"UNKNOWN\",\"message\":\"not here\"}]}"
                                .getBytes(StandardCharsets.UTF_8));
                return;
            }
            int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
            if (from > 0) {
                exchange.getResponseHeaders()
                        .add("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
            }
            byte[] rest = Arrays.copyOfRange(content, from, content.length);
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, rest.length);
            exchange.getResponseBody().write(rest);
        }
    }

    static void respond(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
