package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageReference;
import dev.sandjar.testing.KernelTest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pull does when a registry does not answer as it should. Time does not pass in it. */
@KernelTest
@Tag("once")
@Tag("heavy")
class RegistryRetriesIT {
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
    private static final String ERROR = "{\"errors\":[{\"code\":\"TOOMANY\",\"message\":\"slow down\"}]}";

    @TempDir
    Path directory;

    private final List<Duration> waits = new CopyOnWriteArrayList<>();
    private FakeRegistry registry;
    private byte[] layer;
    private String config;

    @BeforeEach
    void serve() throws IOException {
        byte[] noise = new byte[600_000];
        new Random(7).nextBytes(noise);
        layer = Tars.tar()
                .entry("noise", TarEntry.Type.FILE, 0644, "", noise, Map.of())
                .bytes();
        registry = new FakeRegistry(Tars.layout(directory.resolve("layout"), layer));
        byte[] manifest = registry.contents.get("manifests/1");
        config = "blobs/"
                + Manifests.manifest(manifest, ImageLimits.defaults(), "t")
                        .config()
                        .digest();
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private RegistryAccess access() {
        return RegistryAccess.by(Login.ANONYMOUS)
                .withPlain()
                .withProxies(Proxies.NONE)
                .withRetries(new Retries(waits::add, Clock.fixed(NOW, ZoneOffset.UTC)));
    }

    private StoredImage pull(RegistryAccess access) throws Exception {
        return new Store(directory.resolve("store"), ImageLimits.defaults(), null)
                .pull(ImageReference.parse(registry.host() + "/r:1"), access);
    }

    private String failure() {
        return assertThrows(ImageException.class, () -> pull(access())).getMessage();
    }

    private String layerPath() {
        return "blobs/" + Digest.of(layer);
    }

    @Test
    void theServerSaysHowLongToWait() throws Exception {
        FakeRegistry.Reply seconds = FakeRegistry.status(503, ERROR, "Retry-After", "7");
        FakeRegistry.Reply date = FakeRegistry.status(429, ERROR, "Retry-After", "Tue, 1 Jan 2030 00:01:00 GMT");
        registry.next("manifests/1", seconds);
        registry.next(config, date);
        registry.next(layerPath(), seconds, date);
        pull(access());
        List<Integer> least = List.of(7, 60, 7, 60);
        assertEquals(least.size(), waits.size(), waits.toString());
        for (int i = 0; i < least.size(); i++) {
            long millis = waits.get(i).toMillis();
            assertTrue(millis >= least.get(i) * 1000 && millis <= least.get(i) * 1500, waits.toString());
        }
    }

    @Test
    void withoutAWordOfTheServerWaitsGrowAndEnd() {
        registry.next(
                "manifests/1",
                java.util.Collections.nCopies(9, FakeRegistry.status(503, ERROR))
                        .toArray(new FakeRegistry.Reply[0]));
        String message = failure();
        assertTrue(
                message.startsWith("registry " + registry.host()
                        + " repository r manifest 1: it answers 503: slow down (TOOMANY), 5 times"),
                message);
        assertEquals(4, waits.size(), waits.toString());
        for (int i = 0; i < waits.size(); i++) {
            long millis = waits.get(i).toMillis();
            assertTrue(millis >= 500L << i && millis <= 750L << i, waits.toString());
        }
        assertEquals(5, registry.requests.size(), registry.requests.toString());
    }

    /** An hour is nothing that a call waits for. */
    @Test
    void whoIsToWaitTooLongIsTold() {
        registry.next("manifests/1", FakeRegistry.status(429, ERROR, "Retry-After", "3600"));
        String message = failure();
        assertTrue(message.contains("slow down (TOOMANY), and asks to wait for 3600 s"), message);
        assertTrue(waits.isEmpty(), waits.toString());
    }

    @Test
    void tokensAreAskedForAgain() throws Exception {
        registry.wants("Bearer abc", "Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"");
        registry.next("/token", FakeRegistry.status(502, ""), FakeRegistry.status(200, "{\"token\":\"abc\"}"));
        pull(access());
        assertEquals(1, waits.size(), waits.toString());
    }

    @Test
    void whatATokenServerSaysIsShown() {
        registry.wants("Bearer abc", "Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"");
        registry.next("/token", FakeRegistry.status(401, "{\"details\":\"incorrect username or password\"}"));
        String message = failure();
        assertTrue(message.contains("token server: it answers 401: incorrect username or password"), message);
        assertTrue(message.contains("check the credentials"), message);
    }

    @Test
    void refusalsAreShownInWordsAndTamed() {
        registry.next(
                "manifests/1",
                FakeRegistry.status(
                        404,
                        "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"\\u001b[2Jno\\nsuch \\u202e thing "
                                + "x".repeat(1000) + "\"}]}"));
        String message = failure();
        assertTrue(message.contains("it answers 404: \\x1b[2Jno\\nsuch \\u202e thing xxx"), message);
        assertTrue(message.length() < 600, message);
        assertTrue(message.contains("check name and tag"), message);
        assertTrue(waits.isEmpty(), waits.toString());
    }

    @Test
    void aBodyThatIsNoJsonIsLeftOut() {
        registry.next("manifests/1", FakeRegistry.status(403, "<html>\u0007"));
        String message = failure();
        assertTrue(message.contains("it answers 403; remedy: check the credentials"), message);
    }

    @Test
    void truncatedAnswersAreAskedForAgain() throws Exception {
        registry.next("manifests/1", registry.cut(10));
        registry.next(config, registry.cut(0), registry.cut(20));
        registry.next(layerPath(), registry.cut(100_000));
        pull(access());
        assertEquals(4, waits.size(), waits.toString());
    }

    @Test
    void truncatedAnswersNameRegistryAndSubject() {
        for (String path : List.of("manifests/1", config)) {
            FakeRegistry.Reply cut = registry.cut(10);
            registry.next(path, cut, cut, cut, cut, cut);
            String message = failure();
            String subject = path.replace("manifests/", "manifest ").replace("blobs/", "blob ");
            assertTrue(
                    message.startsWith("registry " + registry.host() + " repository r " + subject
                            + ": the answer breaks off after 10 of "),
                    message);
        }
        FakeRegistry.Reply cut = exchange -> {
            throw new IOException("cut off");
        };
        // A connection that was kept may have been closed by right, and is no try.
        registry.next(layerPath(), cut, cut, cut, cut, cut, cut, cut, cut, cut, cut);
        String message = failure();
        assertTrue(
                message.startsWith("registry " + registry.host() + " repository r blob " + Digest.of(layer)
                        + ": the transfer broke off, and 5 times nothing more came, at last: http://"),
                message);
    }

    /** Without a length only the end of the connection says where it ends. */
    @Test
    void truncatedAnswersWithoutALengthNameThemToo() throws Exception {
        byte[] all = registry.contents.get(config);
        registry.next(config, exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(all, 0, 10);
        });
        pull(access());
        assertEquals(1, waits.size(), waits.toString());
        byte[] manifest = registry.contents.get("manifests/1");
        registry.next("manifests/1", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(manifest, 0, 10);
        });
        String message = failure();
        assertTrue(
                message.startsWith("registry " + registry.host() + " repository r manifest 1: it is not JSON"),
                message);
    }

    /** Each piece comes in time, all together take longer than that. */
    @Test
    void whatIsSlowButSteadyGoesOn() throws Exception {
        byte[] manifest = registry.contents.get("manifests/1");
        registry.next("manifests/1", exchange -> drip(exchange, manifest));
        registry.next(layerPath(), exchange -> drip(exchange, layer));
        pull(access().withStall(Duration.ofMillis(1500)));
    }

    private static void drip(HttpExchange exchange, byte[] content) throws IOException {
        int pieces = 10;
        exchange.sendResponseHeaders(200, content.length);
        OutputStream body = exchange.getResponseBody();
        for (int i = 0; i < pieces; i++) {
            body.write(
                    content,
                    content.length * i / pieces,
                    content.length * (i + 1) / pieces - content.length * i / pieces);
            body.flush();
            try {
                Thread.sleep(250); // what is tested is that time passes
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        }
    }

    /** It says nothing until the test is over. */
    @Test
    void whatStallsIsAskedForAgain() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        FakeRegistry.Reply silent = exchange -> {
            try {
                over.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        };
        FakeRegistry.Reply stalls = exchange -> {
            exchange.sendResponseHeaders(200, layer.length);
            exchange.getResponseBody().write(layer, 0, 100_000);
            exchange.getResponseBody().flush();
            silent.to(exchange);
        };
        registry.next("manifests/1", silent);
        registry.next(layerPath(), stalls);
        pull(access().withStall(Duration.ofMillis(1000)));
        over.countDown();
        assertTrue(
                registry.requests.stream()
                        .anyMatch(request -> request.matches("GET /v2/r/" + layerPath() + " bytes=[1-9][0-9]*-")),
                registry.requests.toString());
    }

    @Test
    void aWaitIsInterrupted() throws Exception {
        registry.next("manifests/1", FakeRegistry.status(503, ERROR));
        CountDownLatch waiting = new CountDownLatch(1);
        Retries forever = new Retries(
                time -> {
                    waiting.countDown();
                    new CountDownLatch(1).await();
                },
                Clock.systemUTC());
        FutureTask<StoredImage> work = new FutureTask<>(() -> pull(access().withRetries(forever)));
        Thread thread = new Thread(work);
        thread.start();
        waiting.await();
        thread.interrupt();
        Exception e = assertThrows(java.util.concurrent.ExecutionException.class, work::get);
        assertTrue(e.getCause() instanceof InterruptedException, e.toString());
    }

    @Test
    void anAnswerThatNeverComesIsInterrupted() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        registry.next("manifests/1", exchange -> {
            asked.countDown();
            try {
                over.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        });
        FutureTask<StoredImage> work = new FutureTask<>(() -> pull(access()));
        Thread thread = new Thread(work);
        thread.start();
        asked.await();
        thread.interrupt();
        Exception e = assertThrows(java.util.concurrent.ExecutionException.class, work::get);
        assertTrue(e.getCause() instanceof InterruptedException, e.toString());
        over.countDown();
    }

    /** Nothing of it holds up the next pull, which continues it. */
    @Test
    void aBodyThatStallsIsInterrupted() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        registry.next(layerPath(), exchange -> {
            exchange.sendResponseHeaders(200, layer.length);
            exchange.getResponseBody().write(layer, 0, 300_000);
            exchange.getResponseBody().flush();
            try {
                over.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        });
        CountDownLatch begun = new CountDownLatch(1);
        RegistryAccess access = access().withStall(Duration.ofHours(1)).withProgress((digest, bytes, total) -> {
            if (bytes > 0 && total == layer.length) {
                begun.countDown();
            }
        });
        FutureTask<StoredImage> work = new FutureTask<>(() -> pull(access));
        Thread thread = new Thread(work);
        thread.start();
        begun.await();
        thread.interrupt();
        Exception e = assertThrows(java.util.concurrent.ExecutionException.class, work::get);
        assertTrue(e.getCause() instanceof InterruptedException, e.toString());
        pull(access());
        assertTrue(
                registry.requests.stream()
                        .anyMatch(request -> request.matches("GET /v2/r/" + layerPath() + " bytes=[1-9][0-9]*-")),
                registry.requests.toString());
        over.countDown();
    }

    /** The next one may be another server, which is none of the first one's business. */
    @Test
    void credentialsStayWithTheRegistry() throws Exception {
        String basic = "Basic dTpw";
        registry.wants(basic, "Basic realm=\"x\"");
        try (FakeRegistry elsewhere = new FakeRegistry(directory.resolve("layout"))) {
            registry.next(
                    layerPath(),
                    FakeRegistry.status(307, "", "Location", "http://" + elsewhere.host() + "/v2/r/" + layerPath()));
            pull(access().withLogin(Login.password("u", "p")));
            assertEquals(List.of("GET /v2/r/" + layerPath()), elsewhere.requests);
        }
        assertTrue(
                registry.requests.stream().anyMatch(request -> request.endsWith(basic)), registry.requests.toString());
    }
}
