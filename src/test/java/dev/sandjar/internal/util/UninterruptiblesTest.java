package dev.sandjar.internal.util;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class UninterruptiblesTest {
    @Test
    void anInterruptStaysSetAndCutsNothingShort() {
        CompletableFuture<String> value = new CompletableFuture<>();
        Thread.currentThread().interrupt();
        assertNull(Uninterruptibles.join(value, Duration.ofMillis(30)));
        assertTrue(Thread.interrupted());
        Thread.currentThread().interrupt();
        value.complete("x");
        assertEquals("x", Uninterruptibles.join(value, Duration.ofSeconds(10)));
        assertTrue(Thread.interrupted());
    }

    @Test
    void aFailureIsThrown() {
        CompletableFuture<String> value = CompletableFuture.failedFuture(new IllegalStateException("no"));
        CompletionException e =
                assertThrows(CompletionException.class, () -> Uninterruptibles.join(value, Duration.ofSeconds(10)));
        assertEquals("no", e.getCause().getMessage());
    }
}
