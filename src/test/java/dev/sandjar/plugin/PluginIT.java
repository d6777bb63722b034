package dev.sandjar.plugin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.Verdict;
import dev.sandjar.plugin.Everything.All;
import dev.sandjar.plugin.Everything.Circle;
import dev.sandjar.plugin.Everything.Colour;
import dev.sandjar.plugin.Everything.Square;
import dev.sandjar.plugin.Everything.Tree;
import dev.sandjar.plugin.Everything.Triangle;
import dev.sandjar.plugin.Everything.Unfriendly;
import dev.sandjar.plugin.PluginException.Reason;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of a plugin that means well. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class PluginIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration CALL = Duration.ofSeconds(10);

    @TempDir
    static Path directory;

    private static PluginPool<Everything> pool;

    @BeforeAll
    static void open() throws IOException {
        pool = builder().callTimeout(PATIENCE).cancelGrace(PATIENCE).build();
    }

    @AfterAll
    static void close() {
        pool.close();
    }

    private static PluginPoolBuilder<Everything> builder() throws IOException {
        return PluginPool.builder(Everything.class, Everything.Impl.class.getName())
                .classPath(PluginJars.jar(directory, Everything.Impl.class))
                .classDataArchive(false);
    }

    /** Of its limit, not of the host. */
    @Test
    @NeedsHost({Feature.TWO_CPUS, Feature.CGROUP_MEMORY, Feature.CGROUP_CPU, Feature.CGROUP_PIDS})
    void aWorkerSeesItsProcessors() {
        assertEquals(1, pool.get().processors());
    }

    @Test
    void everyTypeComesBackAsItWas() {
        Tree tree = new Tree("root", List.of(new Tree("leaf", List.of()), new Tree(null, null)));
        All value = new All(
                true,
                Byte.MIN_VALUE,
                Short.MIN_VALUE,
                '\uffff',
                Integer.MIN_VALUE,
                Long.MIN_VALUE,
                Float.MIN_VALUE,
                Double.NaN,
                "latin \u00ff, wide \u20ac, half a pair \ud800, nul \0",
                new byte[] {1, 2, 3},
                Colour.GREEN,
                Arrays.asList(new Circle(1.5), new Square(2), new Triangle(1, null, 3), null),
                Set.of("a", "b"),
                Map.of(Colour.RED, List.of(Optional.of(7L), Optional.empty())),
                Optional.of(tree));
        All back = pool.get().all(value);
        assertArrayEquals(value.bytes(), back.bytes());
        assertEquals(
                value.toString().replaceAll("bytes=[^,]*", ""), back.toString().replaceAll("bytes=[^,]*", ""));
        assertEquals(value.figures(), back.figures());
        assertEquals(value.map(), back.map());
        assertSame(Colour.GREEN, back.colour());
        assertNull(pool.get().nothing());
        assertEquals("default", pool.get().name());
    }

    @Test
    void payloadsOfAllSizes() {
        Random random = new Random(1);
        for (int size : new int[] {0, 1, 64, 8180, 8192, 40_000, 262_143, 262_144, 1 << 20, 5 << 20}) {
            byte[] bytes = new byte[size];
            random.nextBytes(bytes);
            assertArrayEquals(bytes, pool.get().echo(bytes), () -> size + " bytes");
        }
        PluginException e = assertThrows(PluginException.class, () -> pool.get().echo(new byte[(16 << 20) + 1]));
        assertEquals(Reason.REFUSED, e.reason());
    }

    @Test
    void exceptions() {
        Everything plugin = pool.get();
        Unfriendly declared = assertThrows(Unfriendly.class, () -> plugin.fail("declared"));
        assertEquals("no", declared.getMessage());
        assertTrue(((PluginException) declared.getSuppressed()[0])
                .guestTrace()
                .orElse("")
                .contains("Impl.fail"));
        Unfriendly subclass = assertThrows(Unfriendly.class, () -> plugin.fail("subclass"));
        assertSame(Unfriendly.class, subclass.getClass());
        assertTrue(subclass.getMessage().endsWith("MoreUnfriendly: no"), subclass.getMessage());
        assertEquals(
                "disk",
                assertThrows(IOException.class, () -> plugin.fail("other")).getMessage());
        PluginException other = assertThrows(PluginException.class, () -> plugin.fail("unexpected"));
        assertEquals(Reason.THROWN, other.reason());
        assertEquals(Optional.of("java.lang.IllegalStateException"), other.thrownClass());
        assertTrue(other.guestTrace().orElse("").contains("Caused by: java.lang.RuntimeException: inner"));
        assertEquals(Optional.empty(), other.verdict());
    }

    @Test
    void callbacksStreamsAndFiles() throws Exception {
        Everything plugin = pool.get();
        assertEquals("hi ahi a", plugin.callback(name -> "hi " + name, "a"));
        assertEquals(
                "unfriendly: go",
                plugin.callback(
                        name -> {
                            throw new Unfriendly("go");
                        },
                        "a"));
        PluginException e = assertThrows(
                PluginException.class,
                () -> plugin.callback(
                        name -> {
                            throw new IllegalStateException("secret of the host");
                        },
                        "a"));
        assertFalse(e.getMessage().contains("secret"), e.getMessage());
        // It went no further than this virtual machine, whose own exception it is.
        assertEquals("secret of the host", String.valueOf(e.getCause().getMessage()));
        assertEquals(IllegalStateException.class, e.getCause().getClass());
        assertEquals(PluginException.Reason.THROWN, e.reason());
        assertNull(
                assertThrows(PluginException.class, () -> plugin.fail("bad")).getCause(),
                "what the host has thrown in an earlier call is no cause of a later one's end");
        assertEquals(300_000, plugin.read(new ByteArrayInputStream(new byte[300_000])));
        IOException broken = assertThrows(
                IOException.class,
                () -> plugin.read(new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("broken");
                    }
                }));
        assertEquals("broken", String.valueOf(broken.getCause().getMessage()), "the host's own");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        plugin.write(out, 200_000);
        assertEquals(200_000, out.size());
        Path file = Files.writeString(directory.resolve("file"), "content");
        assertEquals("content", plugin.file(file));
        for (Path wrong : List.of(directory, directory.resolve("missing"), Path.of("/dev/zero"))) {
            assertEquals(
                    Reason.REFUSED,
                    assertThrows(PluginException.class, () -> plugin.file(wrong))
                            .reason());
        }
    }

    /** What a guest has left in a directory that it could write to is followed neither for a plugin nor for the host. */
    @Test
    void filesThatAreLinksOfAGuestAreNotLent() throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "secret");
        Path results = Files.createDirectory(directory.resolve("results"));
        Files.setPosixFilePermissions(results, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertEquals(
                "secret",
                pool.get().file(Files.createSymbolicLink(directory.resolve("own"), secret)),
                "the control: a link of the host's own");
        Sandbox.untrusted()
                .allowDegraded(Isolation.CGROUP_LIMITS)
                .bind(results, "/results")
                .build()
                .run("ln", "-s", secret.toString(), "/results/planted")
                .orThrow();
        Path planted = results.resolve("planted");
        assertTrue(Files.isRegularFile(planted), "it leads to the secret");
        PluginException e = assertThrows(PluginException.class, () -> pool.get().file(planted));
        assertEquals(Reason.REFUSED, e.reason());
        assertTrue(e.getMessage().contains("planted"), e.getMessage());
    }

    /** A disk is full sooner than a plugin has written all that it could. */
    @Test
    void streamsOfACallHaveABound() throws Exception {
        PluginLimits limits = PluginLimits.standard().withStreamSize(DataSize.kibibytes(256));
        try (PluginPool<Everything> bounded =
                builder().limits(limits).callTimeout(Duration.ofSeconds(20)).build()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            bounded.get().write(out, 200_000);
            bounded.get().write(out, 200_000);
            assertEquals(400_000, out.size());
            out.reset();
            PluginException e =
                    assertThrows(PluginException.class, () -> bounded.get().write(out, 50_000_000));
            assertEquals(Reason.PROTOCOL_VIOLATION, e.reason());
            assertTrue(e.getMessage().contains("withStreamSize"), e.getMessage());
            assertTrue(out.size() <= 256 << 10, () -> "the host took " + out.size());
            bounded.get().write(out, 7);
        }
    }

    /** A callback that the plugin has kept means nothing after the call. */
    @Test
    void whatWasLentIsTakenBack() {
        int[] calls = new int[1];
        try (Plugin<Everything> plugin = pool.take()) {
            plugin.get().callback(name -> "" + calls[0]++, "a");
            PluginException e =
                    assertThrows(PluginException.class, () -> plugin.get().fail("late"));
            assertTrue(e.getMessage().contains("is over"), e.getMessage());
        }
        assertEquals(2, calls[0]);
    }

    @Test
    void callsAtTheSameTime() throws Exception {
        try (Plugin<Everything> plugin = pool.take()) {
            CompletableFuture<Void> blocked = CompletableFuture.runAsync(() -> sleep(plugin.get(), -1));
            for (int i = 0; i < 50; i++) {
                byte[] bytes = new byte[100_000];
                bytes[0] = (byte) i;
                assertArrayEquals(bytes, plugin.get().echo(bytes));
            }
            assertFalse(blocked.isDone());
            // A callback that calls the plugin again, while its own call waits.
            assertEquals("1a1a", plugin.get().callback(name -> plugin.get().release() + name, "a"));
            blocked.join();
        }
    }

    private static void sleep(Everything plugin, long millis) {
        try {
            plugin.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anInterruptCancels() throws Exception {
        try (Plugin<Everything> plugin = pool.take()) {
            long pid = plugin.pid();
            CountDownLatch begun = new CountDownLatch(1);
            CompletableFuture<PluginException> failure = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                begun.countDown();
                failure.complete(
                        assertThrows(PluginException.class, () -> plugin.get().sleep(60_000)));
            });
            caller.start();
            begun.await();
            while (plugin.get().count() < 2) {
                Thread.onSpinWait();
            }
            caller.interrupt();
            assertEquals(Reason.CANCELLED, failure.get().reason());
            caller.join();
            // The worker's thread was interrupted, too, so that it can go on.
            assertEquals(1, plugin.get().echo(new byte[1]).length);
            assertEquals(pid, plugin.pid());
        }
    }

    @Test
    @Tag("heavy")
    void aCallThatTakesTooLong() throws Exception {
        try (PluginPool<Everything> impatient = builder()
                .callTimeout(CALL)
                .cancelGrace(PATIENCE)
                .warm(1)
                .maxWorkers(1)
                .build()) {
            // The start of a worker is no part of what is measured here.
            assertTrue(Await.within(PATIENCE, () -> impatient.statistics().idle() == 1), impatient::toString);
            assertEquals(1, impatient.get().count());
            long start = System.nanoTime();
            PluginException e =
                    assertThrows(PluginException.class, () -> impatient.get().sleep(60_000));
            assertEquals(Reason.TIMED_OUT, e.reason());
            assertTrue(e.toString().contains("sleep gave no result within the call timeout of " + CALL), e::toString);
            assertEquals(Optional.of(Verdict.TIMED_OUT), e.verdict());
            assertTrue(System.nanoTime() - start < PATIENCE.multipliedBy(3).toNanos());
            // It heeded the interrupt: the same worker, with what it remembers.
            assertEquals(3, impatient.get().count());
            assertEquals(0, impatient.statistics().replaced());
        }
    }

    @Test
    void looksInside() throws Exception {
        try (Plugin<Everything> plugin = pool.take()) {
            String threads = plugin.threadDump();
            assertTrue(threads.contains("WorkerMain.main"), threads);
            String heap = plugin.heapHistogram();
            assertTrue(heap.contains("Everything$Impl"), heap);
            // CPU time of what runs is told by cgroups, which not everybody has.
            assertTrue(plugin.usage().wallTime().compareTo(Duration.ZERO) > 0);
        }
        Plugin<Everything> closed = pool.take();
        closed.close();
        assertThrows(IllegalStateException.class, () -> closed.get().count());
        assertThrows(IllegalStateException.class, closed::threadDump);
    }

    /** Its jars, its Java and nothing else: neither files nor the host's class path. */
    @Test
    void theHostIsNotVisible() throws IOException {
        try (PluginPool<Prisoner> prison = PluginPool.builder(Prisoner.class, Prisoner.Impl.class.getName())
                .classPath(PluginJars.jar(directory, Prisoner.Impl.class))
                .classDataArchive(false)
                .build()) {
            Prisoner prisoner = prison.get();
            Prisoner.Impl outside = new Prisoner.Impl();
            String home = System.getProperty("java.class.path").split(":")[0];
            for (String path : List.of(home, directory.toString(), "/etc/machine-id", "/root")) {
                assertEquals("", prisoner.list(path), path);
            }
            assertTrue(outside.list(directory.toString()).contains("Prisoner.jar")
                    || outside.list(directory.toString()).contains("Impl.jar"));
            assertEquals("ClassNotFoundException", prisoner.load("dev.sandjar.Sandbox"));
            assertEquals("ClassNotFoundException", prisoner.load("org.junit.jupiter.api.Test"));
            assertEquals("loaded", outside.load("dev.sandjar.Sandbox"));
            assertTrue(prisoner.write("/sandjar/0.jar").contains("Read-only")
                    || prisoner.write("/sandjar/0.jar").contains("Permission"));
            assertEquals("", prisoner.environment());
        }
    }
}
