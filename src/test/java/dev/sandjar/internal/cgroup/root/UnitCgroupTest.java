package dev.sandjar.internal.cgroup.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.cgroup.OwnGroup;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The lock of a cgroup that several JVMs are in, on a directory that is none: each opens it for itself, as JVMs do. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class UnitCgroupTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    Path directory;

    private Kernel kernel;
    private Path unit;

    @BeforeEach
    void make() throws IOException {
        kernel = Kernel.get();
        unit = Files.createDirectory(directory.resolve("some.service"));
        Files.createDirectory(unit.resolve(UnitCgroup.HOST));
    }

    private UnitCgroup unit(Path own, Duration patience) {
        return UnitCgroup.of(kernel, new OwnGroup(2, Set.of(), directory, own, false, false), patience);
    }

    /** Also a JVM that has been moved to the side by another one: of the same cgroup there is one lock. */
    @Test
    void whoeverKeepsItKeepsOthersOut() throws Exception {
        Path moved = unit.resolve(UnitCgroup.HOST);
        int held = unit(unit, LONG).lock();
        try {
            for (Path own : new Path[] {unit, moved}) {
                UnitCgroup.LockedException failure = assertThrows(
                        UnitCgroup.LockedException.class, () -> unit(own, SHORT).lock());
                assertTrue(Errno.EAGAIN.is(failure.errno()), failure.toString());
                assertTrue(failure.toString().contains(unit.toString()), failure.toString());
                assertTrue(failure.toString().contains("lsof(8)"), failure.toString());
            }
            assertEquals(1, opened(), "who failed has let go of it");
        } finally {
            kernel.close(held);
        }
        kernel.close(unit(moved, LONG).lock());
        assertEquals(0, opened());
    }

    /** How many descriptors of this process are of the cgroup. */
    private long opened() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(fd -> {
                        try {
                            return Files.readSymbolicLink(fd).equals(unit);
                        } catch (NoSuchFileException e) {
                            return false; // that of the listing itself
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .count();
        }
    }

    @Test
    void whoWaitsHasItNext() throws Exception {
        int held = unit(unit, LONG).lock();
        CompletableFuture<Integer> next = CompletableFuture.supplyAsync(this::taken);
        try {
            assertThrows(TimeoutException.class, () -> next.get(SHORT.toMillis(), TimeUnit.MILLISECONDS));
        } finally {
            kernel.close(held);
        }
        kernel.close(next.get(LONG.toSeconds(), TimeUnit.SECONDS));
    }

    private int taken() {
        try {
            return unit(unit, LONG).lock();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void oneHasItAtATime() throws Exception {
        int threads = 8;
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch begin = new CountDownLatch(1);
        CompletableFuture<?>[] all = new CompletableFuture<?>[threads];
        for (int i = 0; i < threads; i++) {
            all[i] = CompletableFuture.runAsync(
                    () -> {
                        try {
                            begin.await();
                            for (int turn = 0; turn < 20; turn++) {
                                int fd = taken();
                                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                                Thread.yield();
                                inside.decrementAndGet();
                                kernel.close(fd);
                            }
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    task -> new Thread(task).start());
        }
        begin.countDown();
        try {
            CompletableFuture.allOf(all).get(LONG.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
        assertEquals(1, most.get());
    }

    @Test
    void itIsTheUnitsOwnDirectory() {
        Path moved = unit.resolve(UnitCgroup.HOST);
        assertEquals(unit, unit(moved, LONG).top());
        assertEquals(unit, unit(unit, LONG).top());
        assertFalse(unit(unit.resolve("other"), LONG).top().equals(unit));
    }
}
