package dev.sandjar.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Limit;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

/** Starts, streams and waits on virtual threads: they let go of the threads that carry them. */
@KernelTest
@NeedsHost(Feature.USERNS)
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "no virtual threads before Java 21")
class VirtualThreadIT {
    private static final Duration LONG = Duration.ofSeconds(2);

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
                            .submit(() -> sandbox.run("sleep", "6").exitValue()));
                }
                for (Future<Integer> code : codes) {
                    assertEquals(0, code.get(120, TimeUnit.SECONDS));
                }
            }
            return null;
        });
        assertTrue(pinned.isEmpty(), pinned::toString);
    }

    /** A class that is being initialized holds its thread, on any release so far. */
    private static final class Held {
        static final long PARKED = park();

        /** Once without a break for long enough: any park may end early. */
        private static long park() {
            long most = LONG.multipliedBy(2).toNanos();
            long parked = 0;
            while (parked < most) {
                long begin = System.nanoTime();
                LockSupport.parkNanos(most);
                parked = System.nanoTime() - begin;
            }
            return parked;
        }
    }

    @Test
    void theRecorderTellsOfOneThatIsHeld(@TempDir Path directory) throws Exception {
        List<RecordedEvent> pinned = pinnedIn(directory.resolve("run.jfr"), () -> {
            try (Threads threads = new Threads(virtualThreads())) {
                assertTrue(threads.executor().submit(() -> Held.PARKED).get(120, TimeUnit.SECONDS) != 0);
            }
            return null;
        });
        assertFalse(pinned.isEmpty(), "nothing is told of it");
    }

    private static final int SILENT = 4 * Runtime.getRuntime().availableProcessors();

    private static final int ROUNDS = 20;

    private interface Use {
        void of(Process process) throws Exception;
    }

    /** Until somebody cares, each on a virtual thread, a thread that has nothing to do with them looks how long it has to wait. */
    private static long longestPause(Callable<Process> start, Use use, ExecutorService threads) throws Exception {
        List<Process> processes = new ArrayList<>();
        List<Future<Void>> uses = new ArrayList<>();
        try {
            for (int i = 0; i < SILENT; i++) {
                processes.add(start.call());
            }
            for (Process process : processes) {
                uses.add(threads.submit(() -> {
                    use.of(process);
                    return null;
                }));
            }
            Future<Long> pause = threads.submit(() -> {
                long longest = 0;
                long last = System.nanoTime();
                for (int i = 0; i < 50; i++) {
                    LockSupport.parkNanos(1_000_000);
                    long now = System.nanoTime();
                    longest = Math.max(longest, now - last);
                    last = now;
                }
                return longest;
            });
            return pause.get(20, TimeUnit.SECONDS);
        } finally {
            processes.forEach(Process::destroyForcibly);
            for (Process process : processes) {
                process.waitFor();
            }
            for (Future<Void> end : uses) {
                end.get(20, TimeUnit.SECONDS);
            }
            for (Process process : processes) {
                if (process instanceof SandboxProcess sandboxed) {
                    sandboxed.close();
                }
            }
        }
    }

    private static long median(List<Long> nanos) {
        return nanos.stream().sorted().toList().get(nanos.size() / 2);
    }

    /** ProcessBuilder makes up for each thread that is held; one that only parks needs no such thing. */
    @Test
    void silentProgramsHoldNobodyUp() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().without(Limit.values()).build();
        List<Long> plain = new ArrayList<>();
        List<Long> sandboxed = new ArrayList<>();
        Use reading = process -> process.getInputStream().read();
        try (Threads threads = new Threads(virtualThreads())) {
            for (int i = 0; i < ROUNDS; i++) {
                plain.add(longestPause(() -> new ProcessBuilder("sleep", "60").start(), reading, threads.executor()));
                sandboxed.add(longestPause(() -> sandbox.start("sleep", "60"), reading, threads.executor()));
            }
        }
        // What is shorter than that is the scheduler's of a busy machine: whoever waits for a held thread waits until
        // the programs end.
        long noise = 2_000_000_000;
        assertTrue(
                median(sandboxed) <= Math.max(noise, median(plain) * 3 / 2),
                () -> "medians " + median(sandboxed) + " and " + median(plain) + ": " + sandboxed + " and " + plain);
    }

    private static final class FullPipe {
        private static final byte[] MUCH = new byte[1 << 20];

        static void write(Process process) throws Exception {
            try {
                process.getOutputStream().write(MUCH);
            } catch (IOException e) {
                return; // it has ended
            }
        }
    }

    @Test
    void nothingElseThatWaitsForAProgramHoldsAnybodyUp() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        Command silent = Command.of("sleep", "60");
        Map<String, Use> uses = Map.of(
                "write", FullPipe::write,
                "errors", process -> process.getErrorStream().read(),
                "line", process -> process.inputReader().readLine(),
                "waitFor", Process::waitFor,
                "onExit", process -> process.onExit().join(),
                "report", process -> ((SandboxProcess) process).waitForReport());
        try (Threads threads = new Threads(virtualThreads())) {
            for (Map.Entry<String, Use> use : uses.entrySet()) {
                longestPause(() -> sandbox.start(silent), use.getValue(), threads.executor());
            }
            longestPause(
                    () -> sandbox.start(silent.pty(24, 80)),
                    process -> process.getInputStream().read(),
                    threads.executor());
        }
    }

    /** An executor that is closed on Java 17 too, as far as the compiler is concerned. */
    private record Threads(ExecutorService executor) implements AutoCloseable {
        @Override
        public void close() {
            executor.shutdown();
        }
    }
}
