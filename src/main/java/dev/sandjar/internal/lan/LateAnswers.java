package dev.sandjar.internal.lan;

import dev.sandjar.internal.kernel.Kernel;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/** Answers of a name server that are sent later than they could be. Not thread-safe. */
final class LateAnswers {
    /** More than that is lost, as by a server that is overloaded. */
    private static final int MOST = 5000;

    private static final long NANOS_OF_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final Kernel kernel;
    private final PriorityQueue<Late> waiting = new PriorityQueue<>(
            Comparator.comparingLong((Late late) -> late.due).thenComparingLong(late -> late.order));
    private final long begin = System.nanoTime();
    private long order;

    /** @param due after the begin, in nanoseconds */
    @SuppressWarnings("ArrayRecordComponent") // made to be sent once
    private record Late(long due, long order, int socket, byte[] answer, byte[] asker, int size) {}

    LateAnswers(Kernel kernel) {
        this.kernel = kernel;
    }

    private long now() {
        return System.nanoTime() - begin;
    }

    void add(long delayNanos, int socket, byte[] answer, byte[] asker, int size) {
        if (waiting.size() < MOST) {
            waiting.add(new Late(now() + delayNanos, order++, socket, answer, asker.clone(), size));
        }
    }

    /** Sends what is due. */
    void send() {
        for (Late first = waiting.peek(); first != null && first.due <= now(); first = waiting.peek()) {
            // Who does not take it asks again.
            int unused = kernel.sendTo(first.socket, first.answer, first.answer.length, first.asker, first.size);
            waiting.remove();
        }
    }

    /** How long there is nothing to send, -1 for ever. */
    int millis() {
        Late first = waiting.peek();
        return first == null
                ? -1
                : (int) Math.min(
                        Integer.MAX_VALUE, (Math.max(0, first.due - now()) + NANOS_OF_MILLI - 1) / NANOS_OF_MILLI);
    }
}
