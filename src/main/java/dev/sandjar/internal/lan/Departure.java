package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.launcher.UnsentSockets;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.util.IoThreads;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is left of a sandbox that has ended while something which it had sent is still under way: its network namespace and its places, as
 * the kernel of a host goes on for a program that has ended. Thread-safe.
 */
final class Departure {
    private static final Logger LOG = LoggerFactory.getLogger(Departure.class);

    /** However long the other side takes. */
    private static final Duration MOST = Duration.ofSeconds(5);

    /** Where the kernel does not tell what is under way. */
    private static final Duration UNKNOWN = Duration.ofMillis(250);

    /** For who is to have its place. */
    static final Duration PATIENCE = Duration.ofMillis(200);

    private static final Duration FIRST_LOOK = Duration.ofMillis(5);
    private static final Duration LAST_LOOK = Duration.ofMillis(50);

    private final Keeper keeper;
    private final long namespace;
    private final Runnable end;
    private final long begun = System.nanoTime();
    /** Whether something was under way when it was last looked for. */
    private volatile boolean unsent;

    private final AtomicBoolean ended = new AtomicBoolean();
    private final CompletableFuture<@Nullable Void> gone = new CompletableFuture<>();

    /**
     * @param namespace which the keeper keeps
     * @param end frees it and its places
     */
    Departure(Keeper keeper, long namespace, Runnable end) {
        this.keeper = keeper;
        this.namespace = namespace;
        this.end = end;
    }

    /** Whether there is nothing to wait for, or no more time. */
    boolean isOver() {
        Duration time = Duration.ofNanos(System.nanoTime() - begun);
        try {
            unsent = new UnsentSockets(keeper, namespace).any("look for what a sandbox had sent at its end");
            return !unsent || time.compareTo(MOST) >= 0;
        } catch (SandboxException | ProtocolException e) {
            LOG.debug("What a sandbox had sent at its end is not known", e);
            return time.compareTo(UNKNOWN) >= 0 || keeper.isEnded();
        }
    }

    /** Ends by itself. */
    void begin() {
        lookAfter(FIRST_LOOK);
    }

    private void lookAfter(Duration delay) {
        var unused = IoThreads.later(delay, () -> {
            if (ended.get()) {
                return;
            }
            if (isOver()) {
                end();
            } else {
                Duration twice = delay.multipliedBy(2);
                lookAfter(twice.compareTo(LAST_LOOK) < 0 ? twice : LAST_LOOK);
            }
        });
    }

    void end() {
        if (ended.compareAndSet(false, true)) {
            try {
                if (unsent) {
                    giveUp();
                }
                end.run();
            } finally {
                gone.complete(null);
            }
        }
    }

    /** Else the kernel would try for minutes, and the machine has a number of such sockets. */
    private void giveUp() {
        String step = "give up what a sandbox had sent at its end";
        try {
            new UnsentSockets(keeper, namespace).drop(step);
        } catch (SandboxException | ProtocolException e) {
            LOG.debug("The kernel goes on with what a sandbox had sent, for a while", e);
            giveUpSoon(step);
        }
    }

    private void giveUpSoon(String step) {
        try {
            keeper.sysctl(namespace, "ipv4/tcp_orphan_retries", "1", step);
        } catch (SandboxException | ProtocolException e) {
            LOG.debug("The kernel goes on with what a sandbox had sent", e);
        }
    }

    /** Ends it when {@code patience} has passed, if it has not ended by then; at once for who is interrupted. */
    void end(Duration patience) {
        try {
            gone.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            return;
        } catch (TimeoutException e) {
            LOG.debug("Another one needs the place of a sandbox that has ended: what it had sent may be lost");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // it never fails
        }
        end();
        Void unused = gone.join();
    }
}
