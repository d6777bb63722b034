package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageStore;
import dev.sandjar.image.Registry;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from Debian's docker-registry, and from a server that does what a good one never does. All on loopback. */
@KernelTest
@Tag("slow")
class RegistryIT {
    /** bcrypt of "secret". */
    private static final String PASSWORDS = "user:$2b$04$f1nd3C0JS8uoiIsvM22SguqkEwXHFo94MuqtiS749Ev5DXFq8ZdLS\n";

    @TempDir
    Path directory;

    private ImageStore store;
    private byte[] layer;
    private Path layout;

    /** How the other server misbehaves. */
    private final Map<String, byte[]> contents = new ConcurrentHashMap<>();

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private ExecutorService workers;
    private volatile String auth = "";
    private volatile int cutAfter = -1;
    private volatile boolean silent;
    private final CountDownLatch left = new CountDownLatch(1);
    private volatile boolean spoke;
    private volatile boolean dries;
    private volatile boolean ignoresRange;

    @BeforeEach
    void make() throws IOException {
        store = ImageStore.open(directory.resolve("store"));
        byte[] noise = new byte[600_000];
        new Random(7).nextBytes(noise);
        layer = Tars.tar()
                .entry("noise", TarEntry.Type.FILE, 0644, "", noise, Map.of())
                .bytes();
        layout = Tars.layout(
                directory.resolve("layout"), layer, Tars.tar().file("f", "x").bytes());
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(0);
            workers.shutdownNow();
        }
    }

    // ---- the real one

    private static final Pattern LISTENS = Pattern.compile("listening on ([0-9.:]+)\"");

    private interface Use {
        void of(String registry) throws Exception;
    }

    private void withRegistry(boolean password, Use use) throws Exception {
        Path config = directory.resolve("registry.yml");
        Path log = directory.resolve("registry.log");
        Files.writeString(directory.resolve("htpasswd"), PASSWORDS);
        Files.writeString(
                config,
                "version: 0.1\nlog: {level: info, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: "
                        + directory.resolve("data") + "}}\nhttp: {addr: \"127.0.0.1:0\", secret: x}\n"
                        + (password
                                ? "auth: {htpasswd: {realm: test, path: " + directory.resolve("htpasswd") + "}}\n"
                                : ""));
        Process process = new ProcessBuilder("docker-registry", "serve", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertTrue(
                    Await.within(Duration.ofSeconds(30), () -> address(log).isPresent()),
                    "docker-registry does not listen");
            use.of(address(log).orElseThrow());
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** Where it listens, as it says itself: a port that was chosen for it could be taken by then. */
    private static Optional<String> address(Path log) {
        try {
            return Optional.of(LISTENS.matcher(Files.readString(log)))
                    .filter(Matcher::find)
                    .map(found -> found.group(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void push(String target, String... options) {
        String words = String.join(" ", options);
        HostProgram.sh(
                // Not the credentials of this host, which may not even be readable.
                "cd \"$1\" && echo '{}' >auth.json && REGISTRY_AUTH_FILE=auth.json skopeo --insecure-policy copy -q --dest-tls-verify=false "
                        + words + " oci:layout docker://\"$2\"",
                directory.toString(),
                target);
    }

    @Test
    void aServerThatIsNotThereIsNamed() throws Exception {
        // Bound and not listening: nobody else gets it meanwhile.
        try (Socket taken = new Socket()) {
            taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            int port = taken.getLocalPort();
            ImageException e =
                    assertThrows(ImageException.class, () -> store.pull("localhost:" + port + "/team/tool:1"));
            assertTrue(
                    e.getMessage()
                            .startsWith("https://localhost:" + port + " does not answer: the connection is refused"),
                    e.getMessage());
        }
    }

    @Test
    @NeedsHost({Feature.DOCKER_REGISTRY, Feature.SKOPEO})
    void anImageIsPulled() throws Exception {
        withRegistry(false, registry -> {
            push(registry + "/team/tool:1");
            List<String> progress = new CopyOnWriteArrayList<>();
            Image image = store.pull(
                    registry + "/team/tool:1",
                    Registry.anonymous().plainHttp().onProgress((digest, have, total) -> progress.add(digest)));
            assertEquals(2, image.layers().size());
            assertEquals(2, progress.stream().distinct().count(), progress.toString());
            assertEquals(image, store.get(registry + "/team/tool:1"));
            Image again = store.pull(
                    registry + "/team/tool@" + image.id(), Registry.anonymous().plainHttp());
            assertEquals(image.id(), again.id());
            ImageException absent = assertThrows(
                    ImageException.class,
                    () -> store.pull(
                            registry + "/team/tool:2", Registry.anonymous().plainHttp()));
            assertTrue(absent.getMessage().contains("404"), absent.getMessage());
            assertThrows(IOException.class, () -> store.pull(registry + "/team/tool:1"), "no plain http unasked");
        });
    }

    @Test
    @NeedsHost({Feature.DOCKER_REGISTRY, Feature.SKOPEO})
    void passwordsAreGivenToARegistryThatAsks() throws Exception {
        withRegistry(true, registry -> {
            push(registry + "/tool:1", "--dest-creds", "user:secret");
            assertEquals(
                    2,
                    store.pull(
                                    registry + "/tool:1",
                                    Registry.anonymous().plainHttp().credentials("user", "secret"))
                            .layers()
                            .size());
            ImageException e = assertThrows(
                    ImageException.class,
                    () -> store.pull(registry + "/tool:1", Registry.anonymous().plainHttp()));
            assertTrue(e.getMessage().contains("401"), e.getMessage());
            assertThrows(
                    ImageException.class,
                    () -> store.pull(
                            registry + "/tool:1",
                            Registry.anonymous().plainHttp().credentials("user", "wrong")));
        });
    }

    // ---- the other one

    private String serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        workers = Executors.newCachedThreadPool();
        server.setExecutor(workers);
        server.createContext("/", this::answer);
        server.start();
        try (DirectoryStream<Path> blobs = Files.newDirectoryStream(layout.resolve("blobs/sha256"))) {
            for (Path blob : blobs) {
                contents.put("blobs/sha256:" + blob.getFileName(), Files.readAllBytes(blob));
            }
        }
        byte[] manifest = contents.get("blobs/" + manifestDigest());
        contents.put("manifests/1", manifest);
        return "127.0.0.1:" + server.getAddress().getPort() + "/r";
    }

    private Digest manifestDigest() throws IOException {
        return Manifests.index(Json.parse(Files.readAllBytes(layout.resolve("index.json")), "t"), "t")
                .get(0)
                .digest();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString();
        String range = exchange.getRequestHeaders().getFirst("Range");
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        requests.add(path + (range == null ? "" : " " + range) + (given == null ? "" : " " + given));
        try (exchange) {
            if (path.startsWith("/token")) {
                respond(exchange, 200, "{\"token\":\"abc\"}".getBytes(StandardCharsets.UTF_8));
                return;
            }
            if (auth.equals("bearer") && !"Bearer abc".equals(given)) {
                exchange.getResponseHeaders()
                        .add(
                                "WWW-Authenticate",
                                "Bearer realm=\"http://"
                                        + exchange.getRequestHeaders().getFirst("Host")
                                        + "/token\",service=\"s\",scope=\"repository:r:pull,push repository:other:pull\"");
                respond(exchange, 401, new byte[0]);
                return;
            }
            byte[] content = contents.get(path.replaceFirst("^/v2/r/", ""));
            if (content == null) {
                respond(exchange, 404, new byte[0]);
                return;
            }
            blob(exchange, content, path.contains("/blobs/") ? range : null, path.contains("/blobs/"));
        }
    }

    private void blob(HttpExchange exchange, byte[] content, String range, boolean mayCut) throws IOException {
        int from = range == null || ignoresRange ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        byte[] rest = Arrays.copyOfRange(content, from, content.length);
        if (from > 0) {
            exchange.getResponseHeaders()
                    .add("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, rest.length);
        OutputStream body = exchange.getResponseBody();
        if (mayCut && cutAfter >= 0 && rest.length > cutAfter) {
            body.write(rest, 0, dries && requests.size() > 6 ? 0 : cutAfter);
            body.flush();
            if (silent) {
                silent = false;
                spoke = !within(left);
            }
            throw new IOException("cut off");
        }
        body.write(rest);
    }

    private static boolean within(CountDownLatch latch) throws IOException {
        try {
            return latch.await(40, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private static void respond(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private Registry plain() {
        return Registry.anonymous().plainHttp();
    }

    /** The challenge of this server names more than what is pulled: that is not asked for. */
    @Test
    void tokensAreFetched() throws Exception {
        auth = "bearer";
        String name = serve();
        store.pull(name + ":1", plain().credentials("u", "p"));
        String basic = "Basic " + Base64.getEncoder().encodeToString("u:p".getBytes(StandardCharsets.UTF_8));
        assertTrue(requests.contains("/token?scope=repository%3Ar%3Apull&service=s " + basic), requests.toString());
        assertTrue(requests.contains("/v2/r/manifests/1 Bearer abc"), requests.toString());
        assertFalse(requests.stream().anyMatch(r -> r.startsWith("/v2") && r.contains("Basic")), requests.toString());
        ImageStore other = ImageStore.open(directory.resolve("other"));
        other.pull(name + ":1", plain().bearer("abc"));
    }

    @Test
    void aTransferThatBreaksOffIsContinued() throws Exception {
        cutAfter = 200_000;
        String name = serve();
        store.pull(name + ":1", plain());
        List<String> asked = requests.stream()
                .filter(r -> r.startsWith("/v2/r/blobs/" + Digest.of(layer)))
                .toList();
        // What is in flight when a connection breaks may be lost with it.
        assertTrue(asked.size() >= 4, asked.toString());
        assertTrue(asked.get(asked.size() - 1).matches(".* bytes=[4-9][0-9]{5}-"), asked.toString());
    }

    @Test
    void aLaterPullContinues() throws Exception {
        cutAfter = 50_000;
        dries = true;
        String name = serve();
        ImageException e = assertThrows(ImageException.class, () -> store.pull(name + ":1", plain()));
        assertTrue(e.getMessage().contains("5 times nothing more came"), e.getMessage());
        requests.clear();
        cutAfter = -1;
        store.pull(name + ":1", plain());
        assertTrue(
                requests.stream().anyMatch(r -> r.matches("/v2/r/blobs/" + Digest.of(layer) + " bytes=[1-9][0-9]+-")),
                requests.toString());
    }

    @Test
    void aServerThatFallsSilentIsLeft() throws Exception {
        cutAfter = 300_000;
        silent = true;
        String name = serve();
        store.pull(name + ":1", plain().stallTimeout(Duration.ofSeconds(1)));
        assertFalse(silent || spoke, "the silence was not waited for");
        left.countDown();
    }

    @Test
    void aServerWithoutRangesIsAskedFromTheBeginning() throws Exception {
        String name = serve();
        Files.createDirectories(store.directory().resolve("locks"));
        Files.createDirectories(store.directory().resolve("downloads"));
        HostProgram.sh("chmod 700 \"$1\"", store.directory().toString());
        Digest digest = Digest.of(layer);
        Files.write(store.directory().resolve("downloads/sha256-" + digest.hex()), Arrays.copyOf(layer, 1000));
        ignoresRange = true;
        assertEquals(2, store.pull(name + ":1", plain()).layers().size());
    }

    @Test
    void whatIsSentIsVerified() throws Exception {
        String name = serve();
        String blob = "blobs/" + Digest.of(layer);
        byte[] wrong = layer.clone();
        wrong[1000] ^= 1;
        contents.put(blob, wrong);
        assertThrows(ImageException.class, () -> store.pull(name + ":1", plain()));
        contents.put(blob, Arrays.copyOf(layer, layer.length + 1));
        assertThrows(ImageException.class, () -> store.pull(name + ":1", plain()));
        contents.put(blob, layer);
        byte[] manifest = contents.get("manifests/1");
        contents.put("manifests/" + manifestDigest(), Arrays.copyOf(manifest, manifest.length - 1));
        assertThrows(ImageException.class, () -> store.pull(name + "@" + manifestDigest(), plain()));
        assertTrue(store.list().isEmpty());
        store.pull(name + ":1", plain());
    }
}
