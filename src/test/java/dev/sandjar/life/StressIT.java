package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many at once, in a host that has much open. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
@Tag("heavy")
class StressIT {
    private static final int THREADS = 64;
    private static final int DESCRIPTORS = 2048;
    /** The shell opens the directory as 3 to list it. */
    private static final String SCRIPT = "echo /proc/self/fd/*; exit $0";

    private static final String CLEAN = "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n";

    @Test
    void twoHundredSandboxes() throws Exception {
        startMany(200);
    }

    @Tag("slow")
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    @Test
    void twoThousandSandboxes() throws Exception {
        startMany(2000);
    }

    @Test
    void theLauncherDoesNotGrow() throws Exception {
        growth(200, 300);
    }

    @Tag("slow")
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    @Test
    void theLauncherDoesNotGrowInFiveThousandStarts() throws Exception {
        growth(500, 4500);
    }

    private static void startMany(int count) throws Exception {
        Sandbox[] sandboxes = {Kind.UNTRUSTED.sandbox(), Kind.PLAIN.sandbox()};
        long launcher = Launcher.get().pid();
        List<FileInputStream> open = new ArrayList<>();
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            openDescriptors(open);
            for (int i = 0; i < 6; i++) {
                sandboxes[i % 2].run("true"); // until each has its template, which holds a descriptor
            }
            int baseline = descriptors(launcher);
            CountDownLatch go = new CountDownLatch(1);
            List<Future<RunResult>> results = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Sandbox sandbox = sandboxes[i % 4 == 0 ? 1 : 0];
                String code = Integer.toString(i % 256);
                results.add(pool.submit(() -> {
                    go.await();
                    return sandbox.run("/bin/sh", "-c", SCRIPT, code);
                }));
            }
            go.countDown();
            for (int i = 0; i < count; i++) {
                RunResult result = results.get(i).get(60, TimeUnit.SECONDS);
                assertEquals(CLEAN, result.stdout(), result.stderr());
                assertEquals(i % 256, result.exitValue());
            }
            assertEquals(launcher, Launcher.get().pid());
            Launcher.get().trim(); // a template that was not there yet when they were counted has one
            assertTrue(
                    Await.within(Duration.ofSeconds(10), () -> descriptors(launcher) <= baseline),
                    () -> descriptors(launcher) + " descriptors of the launcher, not " + baseline);
        } finally {
            pool.shutdownNow();
            for (FileInputStream stream : open) {
                stream.close();
            }
        }
    }

    private static void openDescriptors(List<FileInputStream> open) {
        try {
            while (open.size() < DESCRIPTORS) {
                open.add(new FileInputStream("/dev/null"));
            }
        } catch (IOException e) {
            assumeTrue(false, "only " + open.size() + " descriptors can be opened: " + e.getMessage());
        }
    }

    private static void growth(int warmUp, int count) throws Exception {
        Sandbox sandbox = Kind.UNTRUSTED.sandbox();
        long launcher = Launcher.get().pid();
        for (int i = 0; i < warmUp; i++) {
            sandbox.run("/bin/true");
        }
        long before = residentKilobytes(launcher);
        for (int i = 0; i < count; i++) {
            sandbox.run("/bin/true");
        }
        long after = residentKilobytes(launcher);
        assertTrue(after - before < 512, () -> "from " + before + " KiB to " + after + " KiB");
    }

    private static int descriptors(long pid) {
        try (var entries = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return (int) entries.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static long residentKilobytes(long pid) throws IOException {
        String line = Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(l -> l.startsWith("VmRSS:"))
                .findAny()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("\\D", ""));
    }
}
