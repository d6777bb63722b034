package dev.sandjar.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** That the check for leaks sees each kind of leak. */
@KernelTest
class LeakCheckIT {
    private static void sees(Snapshot before, String what) {
        List<String> leaks = Snapshot.take().beyond(before);
        assertTrue(leaks.stream().anyMatch(leak -> leak.strip().startsWith(what)), what + " in " + leaks);
    }

    private static void seesNothing(Snapshot before) {
        assertTrue(
                Await.within(Duration.ofSeconds(60), () -> {
                    System.gc(); // plans hold descriptors until they are collected
                    return Snapshot.take().beyond(before).isEmpty();
                }),
                () -> Snapshot.take().beyond(before).toString());
    }

    @Test
    void aRunningSandbox() throws Exception {
        Snapshot before = Snapshot.take();
        try (SandboxProcess process = Sandbox.builder().build().start("cat")) {
            sees(before, "process");
            sees(before, "descriptor of the JVM");
            sees(before, "descriptor of the launcher");
            assertTrue(process.isAlive());
        }
        seesNothing(before);
    }

    @Test
    void anOpenFile() throws Exception {
        Snapshot before = Snapshot.take();
        try (InputStream stream = Files.newInputStream(Path.of("/etc/passwd"))) {
            assertTrue(stream.read() >= 0);
            sees(before, "descriptor of the JVM");
        }
        seesNothing(before);
    }

    @Test
    void aTemporaryFile() throws Exception {
        Snapshot before = Snapshot.take();
        Path file = Files.createTempFile("sandjar-", "");
        sees(before, "temporary file " + file);
        Files.delete(file);
        seesNothing(before);
    }

    /** Those of a run beside this one, as the same user, are its own business; those of a process that has ended are somebody's here. */
    @Test
    void aScratchDirectory() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Snapshot before = Snapshot.take();
        Path directory = Path.of(System.getProperty("java.io.tmpdir"));
        for (long pid : new long[] {ProcessHandle.current().pid(), ended.pid()}) {
            Path scratch = Files.createDirectory(directory.resolve("sandjar-scratch-" + pid + "-0000000a"));
            sees(before, "temporary file " + scratch);
            Files.delete(scratch);
        }
        Path beside = Files.createDirectory(directory.resolve("sandjar-scratch-1-0000000a"));
        if (directory.equals(Path.of("/tmp"))) { // elsewhere everything is of this run
            seesNothing(before);
        } else {
            sees(before, "temporary file " + beside);
        }
        Files.delete(beside);
        seesNothing(before);
    }

    @Test
    void aThread() throws Exception {
        Snapshot before = Snapshot.take();
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Thread thread = new Thread(
                () -> {
                    running.countDown();
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "left behind");
        thread.start();
        running.await();
        sees(before, "thread left behind");
        end.countDown();
        thread.join();
        seesNothing(before);
        assertEquals(Thread.State.TERMINATED, thread.getState());
    }
}
