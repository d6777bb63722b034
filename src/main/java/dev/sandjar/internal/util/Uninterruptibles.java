package dev.sandjar.internal.util;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Waiting that an interrupt does not cut short but leaves set, as starts and ends of processes want it. */
public final class Uninterruptibles {
    private Uninterruptibles() {}

    /** The value, or null if it has not come in time. */
    public static <T> @Nullable T join(CompletableFuture<T> future, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    return null;
                } catch (ExecutionException e) {
                    throw new CompletionException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Lets so much time pass; a virtual thread holds no carrier meanwhile. */
    public static void pause(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        boolean interrupted = false;
        long left = time.toNanos();
        while (left > 0) {
            LockSupport.parkNanos(left);
            // Parking returns at once as long as the thread is interrupted.
            interrupted |= Thread.interrupted();
            left = end - System.nanoTime();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
