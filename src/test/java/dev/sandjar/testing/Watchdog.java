package dev.sandjar.testing;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Ends a run of tests in which nothing has happened for too long, and says where its threads are: a test that waits for ever would
 * otherwise use up all time that the whole run has, and nobody would see which one it was. Thread-safe.
 */
final class Watchdog {
    private final PrintStream out;
    private final Runnable end;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private String last = "the start";
    private long since = System.nanoTime();
    private Duration patience;
    private boolean over;

    /**
     * Begins to watch, with a thread that does not keep the JVM alive.
     *
     * @param patience how long nothing may happen before the first event
     * @param out where the state of all threads goes
     * @param end called once, after that
     */
    Watchdog(Duration patience, PrintStream out, Runnable end) {
        this.patience = patience;
        this.out = out;
        this.end = end;
        Thread thread = new Thread(this::watch, "tests-watchdog");
        thread.setDaemon(true);
        thread.start();
    }

    /** Something happened: {@code what} has begun or ended, and until the next event {@code patience} may pass. */
    void event(String what, Duration patience) {
        lock.lock();
        try {
            this.last = what;
            this.patience = patience;
            this.since = System.nanoTime();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** All tests have ended. */
    void stop() {
        lock.lock();
        try {
            over = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void watch() {
        String report;
        lock.lock();
        try {
            while (true) {
                if (over) {
                    return;
                }
                long left = patience.toNanos() - (System.nanoTime() - since);
                if (left <= 0) {
                    report = "HANGS: nothing has happened for " + patience.toSeconds() + " s after " + last;
                    break;
                }
                if (!changed.await(left, TimeUnit.NANOSECONDS)) {
                    continue;
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        } finally {
            lock.unlock();
        }
        out.println(report + "\n" + threads());
        end.run();
    }

    private static String threads() {
        StringBuilder text = new StringBuilder();
        Map<String, StackTraceElement[]> stacks = new TreeMap<>();
        Thread.getAllStackTraces()
                .forEach((thread, stack) ->
                        stacks.put(thread.getName() + " " + thread.getState() + " " + thread.getId(), stack));
        stacks.forEach((name, stack) -> {
            text.append("  ").append(name).append('\n');
            for (StackTraceElement element : stack) {
                text.append("    at ").append(element).append('\n');
            }
        });
        ProcessHandle.current().descendants().forEach(process -> text.append("  process ")
                .append(process.pid())
                .append(' ')
                .append(process.info().commandLine().orElse(""))
                .append('\n'));
        return text.toString();
    }
}
