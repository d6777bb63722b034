package dev.sandjar.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Limit;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** Starts and waits on virtual threads: they let go of the threads that carry them. */
@KernelTest
@NeedsHost(Feature.USERNS)
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "no virtual threads before Java 21")
class VirtualThreadIT {
    private static final Duration LONG = Duration.ofMillis(200);

    private static final String PINNED = "jdk.VirtualThreadPinned";

    private static ExecutorService virtualThreads() throws ReflectiveOperationException {
        return (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    }

    private static List<RecordedEvent> pinnedIn(Path file, Callable<Void> work) throws Exception {
        try (Recording recording = new Recording()) {
            recording.enable(PINNED).withThreshold(LONG);
            recording.start();
            work.call();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(PINNED))
                .toList();
    }

    @Test
    void manyStartsAndWaitsDoNotPinTheirCarriersForLong(@TempDir Path directory) throws Exception {
        Sandbox sandbox = Sandbox.untrusted().without(Limit.values()).build();
        List<RecordedEvent> pinned = pinnedIn(directory.resolve("run.jfr"), () -> {
            try (Threads threads = new Threads(virtualThreads())) {
                List<Future<Integer>> codes = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    codes.add(threads.executor()
                            .submit(() -> sandbox.run("sleep", "0.5").exitValue()));
                }
                for (Future<Integer> code : codes) {
                    assertEquals(0, code.get(60, TimeUnit.SECONDS));
                }
            }
            return null;
        });
        assertTrue(pinned.isEmpty(), pinned::toString);
    }

    /** A class that is being initialized holds its thread, on any release so far. */
    private static final class Held {
        static final long UNTIL = System.nanoTime() + LONG.multipliedBy(2).toNanos();

        static {
            while (System.nanoTime() < UNTIL) {
                LockSupport.parkNanos(UNTIL - System.nanoTime());
            }
        }
    }

    @Test
    void theRecorderTellsOfOneThatIsHeld(@TempDir Path directory) throws Exception {
        List<RecordedEvent> pinned = pinnedIn(directory.resolve("run.jfr"), () -> {
            try (Threads threads = new Threads(virtualThreads())) {
                assertTrue(threads.executor().submit(() -> Held.UNTIL).get(60, TimeUnit.SECONDS) != 0);
            }
            return null;
        });
        assertEquals(1, pinned.size(), pinned::toString);
    }

    /** An executor that is closed on Java 17 too, as far as the compiler is concerned. */
    private record Threads(ExecutorService executor) implements AutoCloseable {
        @Override
        public void close() {
            executor.shutdown();
        }
    }
}
