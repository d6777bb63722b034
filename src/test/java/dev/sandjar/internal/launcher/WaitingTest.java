package dev.sandjar.internal.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class WaitingTest {
    @Test
    void anInterruptStaysSetAndCutsNothingShort() {
        CompletableFuture<String> value = new CompletableFuture<>();
        Thread.currentThread().interrupt();
        assertNull(Waiting.join(value, Duration.ofMillis(30)));
        assertTrue(Thread.interrupted());
        Thread.currentThread().interrupt();
        value.complete("x");
        assertEquals("x", Waiting.join(value, Duration.ofSeconds(10)));
        assertTrue(Thread.interrupted());
    }

    @Test
    void aFailureIsThrown() {
        CompletableFuture<String> value = CompletableFuture.failedFuture(new IllegalStateException("no"));
        CompletionException e =
                assertThrows(CompletionException.class, () -> Waiting.join(value, Duration.ofSeconds(10)));
        assertEquals("no", e.getCause().getMessage());
    }

    @Test
    void onlySupervisorsAreWaitedForAsOrphans() {
        // Neither no process, nor one that has gone, nor one that is no supervisor.
        Orphans.awaitEnd(List.of(0, 4_194_305, (int) ProcessHandle.current().pid()));
    }
}
