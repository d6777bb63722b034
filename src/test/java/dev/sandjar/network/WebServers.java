package dev.sandjar.network;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.sandjar.testing.ServerKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Servers of the web on the host's loopback: each answers with the host that it was asked for, or with a file of a directory. */
final class WebServers implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "web-server");
        thread.setDaemon(true);
        return thread;
    });

    private WebServers(HttpServer server, @Nullable Path files) {
        this.server = server;
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(exchange, files));
        server.start();
    }

    private static InetSocketAddress anyPort() throws IOException {
        return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
    }

    static WebServers plain() throws IOException {
        return new WebServers(HttpServer.create(anyPort(), 50), null);
    }

    static WebServers of(Path files) throws IOException {
        return new WebServers(HttpServer.create(anyPort(), 50), files);
    }

    /** With a key that nobody knows, made in the directory. */
    static WebServers tls(Path directory) throws Exception {
        SSLContext context = ServerKeys.of(directory, "server.test").context();
        HttpsServer server = HttpsServer.create(anyPort(), 50);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        return new WebServers(server, null);
    }

    private static void answer(HttpExchange exchange, @Nullable Path files) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            byte[] body = ("host " + exchange.getRequestHeaders().getFirst("Host")).getBytes(StandardCharsets.UTF_8);
            int status = 200;
            if (files != null) {
                Path file = files.resolve(path.substring(1)).normalize();
                boolean there = file.startsWith(files) && Files.isRegularFile(file);
                status = there ? 200 : 404;
                body = there ? Files.readAllBytes(file) : new byte[] {'-'};
            }
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
