package dev.sandjar.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.Sandbox;
import dev.sandjar.Signal;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.Verdict;
import dev.sandjar.plugin.PluginException.Reason;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.LeakCheck;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Workers that lie, flood, stall and die: the right exception in time, heap and threads of the host bounded, and the next call served. What the
 * host does about them does not depend on who it is, so that one identity is enough.
 */
@ExtendWith(LeakCheck.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@NeedsHost({Feature.USERNS, Feature.PROC})
@Tag("heavy")
class HostileWorkerIT {
    private static final long HEAP_MOST = 64L << 20;
    private static final int THREADS_MOST = 40;
    private static final Duration MOST = Duration.ofSeconds(180);

    @TempDir
    static Path directory;

    private static PluginPool<Hostile> pool;
    private static PluginPool<Hostile> impatient;

    @BeforeAll
    static void open() throws IOException {
        // From the archive, so that there is a test in which every worker starts from one.
        pool = builder().callTimeout(Duration.ofSeconds(10)).warm(1).build();
        impatient = builder().callTimeout(Duration.ofSeconds(3)).warm(1).build();
    }

    @AfterAll
    static void close() {
        pool.close();
        impatient.close();
    }

    private static PluginPoolBuilder<Hostile> builder() throws IOException {
        return PluginPool.builder(Hostile.class, Hostile.Impl.class.getName())
                .classPath(PluginJars.jar(directory, Hostile.Impl.class))
                .maxWorkers(2)
                .limits(new PluginLimits(DataSize.mebibytes(1), 64, 10_000, 8, 8, DataSize.mebibytes(1)))
                .cancelGrace(Duration.ofMillis(100));
    }

    private interface Action {
        void run() throws Exception;
    }

    /** What it throws, with the host no worse than before. */
    private static PluginException bounded(PluginPool<Hostile> pool, Action action) {
        System.gc();
        long heap = heap();
        greet(pool);
        long start = System.nanoTime();
        PluginException e = assertThrows(PluginException.class, action::run);
        // Far above what a busy machine makes of it, and far below for ever; that a call has its time is told by the
        // reasons.
        assertTrue(System.nanoTime() - start < MOST.toNanos(), "took long");
        System.gc();
        assertTrue(heap() - heap < HEAP_MOST, () -> "heap grew by " + (heap() - heap));
        assertTrue(
                Thread.activeCount() < THREADS_MOST,
                () -> Thread.getAllStackTraces().keySet().toString());
        assertTrue(String.valueOf(e.getMessage()).length() < 200_000);
        assertFalse(String.valueOf(e.getMessage()).contains("\u001b"));
        return e;
    }

    /** So that the attack meets a worker that is there, and the next attack's is made. */
    private static void greet(PluginPool<Hostile> pool) {
        long deadline = System.nanoTime() + 90_000_000_000L;
        for (; ; ) {
            try {
                assertEquals(5, pool.get().add(2, 3));
                return;
            } catch (PluginException e) {
                // An impatient pool on a machine that has much to do.
                assertTrue(System.nanoTime() - deadline < 0, e::toString);
            }
        }
    }

    private static long heap() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static PluginException attack(String how) {
        return bounded(pool, () -> pool.get().attack(how));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "negative length",
                "largest length",
                "length beyond the limit",
                "wrong id",
                "wrong type",
                "wrong flags",
                "second greeting",
                "empty reply",
                "bytes too many",
                "array of 2^31",
                "array that is not there",
                "presence of 7",
                "unknown exception",
                "shared slot 99",
                "shared length 2^31",
                "shared beyond the slot",
                "shared garbage",
                "flood of zeros",
                "flood of callbacks",
                "flood of large frames"
            })
    void lies(String how) {
        PluginException e = attack(how);
        assertEquals(Reason.PROTOCOL_VIOLATION, e.reason(), e::toString);
        assertEquals(Optional.of(Verdict.DESTROYED), e.verdict(), e::toString);
    }

    /** The control: a reader that believes the same frames ends its JVM's thread, its heap, or both. */
    @Test
    void whoBelievesThemFalls() {
        assertThrows(OutOfMemoryError.class, () -> believe(Hostile.Impl.head(Integer.MAX_VALUE, 4, 0, 0, 1, 0)));
        assertThrows(
                NegativeArraySizeException.class, () -> believe(Hostile.Impl.head(Integer.MIN_VALUE, 4, 0, 0, 1, 0)));
        int depth = 100_000;
        ByteBuffer deep = ByteBuffer.allocate(depth * 6);
        for (int i = 0; i < depth; i++) {
            deep.put((byte) 1).put((byte) 1).putInt(1);
        }
        assertThrows(StackOverflowError.class, () -> believeNode(deep.flip()));
    }

    private static byte[] believe(ByteBuffer frame) {
        return new byte[frame.flip().getInt()];
    }

    private static Hostile.Node believeNode(ByteBuffer in) {
        boolean node = in.get() != 0;
        boolean list = in.get() != 0;
        if (!node || !list) {
            return new Hostile.Node(null);
        }
        Hostile.Node[] children = new Hostile.Node[in.getInt()];
        for (int i = 0; i < children.length; i++) {
            children[i] = believeNode(in);
        }
        return new Hostile.Node(List.of(children));
    }

    @ParameterizedTest
    @ValueSource(strings = {"deep by hand", "wide by hand", "count of 2^31"})
    void structuresThatLie(String how) {
        assertEquals(
                Reason.PROTOCOL_VIOLATION,
                bounded(pool, () -> pool.get().deep(how)).reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"honest", "cyclic", "wide"})
    void structuresThatAreTooMuch(String how) {
        PluginException e = bounded(pool, () -> pool.get().deep(how));
        assertEquals(Reason.THROWN, e.reason());
        assertTrue(e.thrownClass().orElse("").endsWith("WireException"), e::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"half a head", "half a frame", "silence", "spin", "stop"})
    void stalls(String how) {
        PluginException e = bounded(impatient, () -> impatient.get().attack(how));
        assertEquals(Reason.TIMED_OUT, e.reason(), e::toString);
        assertEquals(Optional.of(Verdict.TIMED_OUT), e.verdict());
    }

    @ParameterizedTest
    @CsvSource({"exit, 7", "half a frame and exit, 8", "forked child keeps the channel, 9"})
    void exits(String how, int code) {
        PluginException e = attack(how);
        assertEquals(Reason.WORKER_ENDED, e.reason(), e::toString);
        assertEquals(Optional.of(Verdict.EXITED), e.verdict(), e::toString);
        assertEquals(code, e.report().orElseThrow().exitValue());
    }

    @Test
    void isKilled() {
        PluginException e = attack("kill");
        assertEquals(Reason.WORKER_ENDED, e.reason());
        assertEquals(Optional.of(Verdict.SIGNALED), e.verdict(), e::toString);
        assertEquals(Optional.of(Signal.KILL), e.report().orElseThrow().signal());
    }

    @ParameterizedTest
    @ValueSource(strings = {"huge exception", "huge exception by hand", "exception that throws", "too large a result"})
    void throwsTooMuch(String how) {
        PluginException e = attack(how);
        assertEquals(Reason.THROWN, e.reason(), e::toString);
        assertTrue(e.guestTrace().orElse("").length() <= 32 * 1024);
        assertFalse(e.guestTrace().orElse("").contains("\u001b"));
    }

    @Test
    void standardOutputIsNotTheChannel() throws Exception {
        greet(pool);
        assertEquals(1, pool.get().attack("standard output").length);
    }

    @Test
    void exhaustsItsHeap() {
        PluginException e = attack("heap");
        assertEquals(Reason.WORKER_ENDED, e.reason());
        assertTrue(e.getMessage().contains("heap is full (-Xmx"), e::toString);
    }

    @Test
    void exceedsItsLimits() throws Exception {
        try (PluginPool<Hostile> small = builder()
                .memoryLimit(DataSize.mebibytes(128))
                .jvmOptions("-XX:MaxDirectMemorySize=1g", "-Xmx32m")
                .classDataArchive(false)
                .build()) {
            PluginException e = bounded(small, () -> small.get().attack("memory"));
            assertEquals(Reason.WORKER_ENDED, e.reason(), e::toString);
            assertEquals(Optional.of(Verdict.OOM_KILLED), e.verdict(), e::toString);
        } catch (PluginException e) {
            // A host without cgroups refuses to be asked.
            assertTrue(e.getCause() instanceof UnsupportedIsolationException, e::toString);
        }
        Sandbox short1 = Sandbox.untrusted()
                .without(Limit.TIMEOUT)
                .bounds(b ->
                        b.cpuTime(Duration.ofSeconds(4))) // of which a JVM has used one to start, where all is slow
                .outputLimit(DataSize.mebibytes(2))
                .build();
        try (PluginPool<Hostile> brief = builder()
                .sandbox(short1)
                .callTimeout(Duration.ofSeconds(60))
                .classDataArchive(false)
                .build()) {
            PluginException spun = bounded(brief, () -> brief.get().attack("spin"));
            assertEquals(Optional.of(Verdict.CPU_TIME_EXCEEDED), spun.verdict(), spun::toString);
            PluginException flooded = bounded(brief, () -> brief.get().attack("output without end"));
            assertEquals(Optional.of(Verdict.OUTPUT_LIMIT_EXCEEDED), flooded.verdict(), flooded::toString);
        }
    }
}
