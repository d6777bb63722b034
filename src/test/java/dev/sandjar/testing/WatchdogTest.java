package dev.sandjar.testing;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WatchdogTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private final CountDownLatch ended = new CountDownLatch(1);

    @Test
    void aRunInWhichNothingHappensEndsWithTheStateOfItsThreads() throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        Thread stuck = new Thread(
                () -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "stuck-test");
        stuck.start();
        Watchdog watchdog = new Watchdog(LONG, out, ended::countDown);
        watchdog.event("SomeIT.waits", Duration.ofMillis(1));
        assertTrue(ended.await(30, TimeUnit.SECONDS));
        never.countDown();
        stuck.join(TimeUnit.SECONDS.toMillis(30));
        String said = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(said.contains("HANGS: nothing has happened for 0 s after SomeIT.waits\n"), said);
        assertTrue(said.contains("stuck-test"), said);
        assertTrue(said.contains("WatchdogTest"), said);
    }

    @Test
    void itEndsNothingAfterTheRun() throws InterruptedException {
        Watchdog watchdog = new Watchdog(LONG, out, ended::countDown);
        watchdog.stop();
        watchdog.event("SomeIT.waits", Duration.ofMillis(1));
        assertFalse(ended.await(300, TimeUnit.MILLISECONDS));
    }
}
