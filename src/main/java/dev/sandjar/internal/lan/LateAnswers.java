package dev.sandjar.internal.lan;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Answers of a name server that are sent later than they could be. A delay that becomes shorter is that of those which wait, too. So they are due
 * in the order in which they were asked for. Not thread-safe.
 */
final class LateAnswers {
    /** More than that is lost, as by a server that is overloaded. */
    static final int MOST = 5000;

    /** Of one address: nobody takes the places of all others. */
    static final int MOST_OF_ONE = 500;

    private static final long NANOS_OF_MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int SOCKET_ADDRESS_OF_IPV4 = 16;

    private final Out out;
    private final LongSupplier nanoTime;
    private final Queue<Late> waiting = new ArrayDeque<>();
    private final Map<ByteBuffer, Integer> askers = new HashMap<>();

    /** Sends an answer: who does not take it asks again. */
    interface Out {
        void send(int socket, byte[] answer, byte[] asker, int size);
    }

    private static final class Late {
        private final long asked;
        private long delay;
        private final int socket;
        private final byte[] answer;
        private final byte[] asker;
        private final int size;

        Late(long asked, long delay, int socket, byte[] answer, byte[] asker, int size) {
            this.asked = asked;
            this.delay = delay;
            this.socket = socket;
            this.answer = answer;
            this.asker = asker;
            this.size = size;
        }
    }

    /** @param nanoTime a clock as {@link System#nanoTime()} */
    LateAnswers(Out out, LongSupplier nanoTime) {
        this.out = out;
        this.nanoTime = nanoTime;
    }

    /**
     * Answers now, or after the delay.
     *
     * @param asker a socket address, of which {@code size} bytes count
     */
    void add(long delayNanos, int socket, byte[] answer, byte[] asker, int size) {
        if (delayNanos == 0) {
            out.send(socket, answer, asker, size);
            return;
        }
        ByteBuffer address = address(asker, size);
        int before = askers.getOrDefault(address, 0);
        if (waiting.size() < MOST && before < MOST_OF_ONE) {
            askers.put(address, before + 1);
            waiting.add(new Late(nanoTime.getAsLong(), delayNanos, socket, answer, asker.clone(), size));
        }
    }

    /** Whatever its port is, and, of IPv6, what it calls the flow. */
    private static ByteBuffer address(byte[] asker, int size) {
        return ByteBuffer.wrap(
                size <= SOCKET_ADDRESS_OF_IPV4 ? Arrays.copyOfRange(asker, 4, 8) : Arrays.copyOfRange(asker, 8, 24));
    }

    /** The delay is another one now. */
    void delayIs(long nanos) {
        for (Late late : waiting) {
            late.delay = Math.min(late.delay, nanos);
        }
    }

    private static long left(Late late, long now) {
        return late.delay - (now - late.asked);
    }

    /** Sends what is due. */
    void send() {
        for (Late first = waiting.peek();
                first != null && left(first, nanoTime.getAsLong()) <= 0;
                first = waiting.peek()) {
            out.send(first.socket, first.answer, first.asker, first.size);
            waiting.remove();
            ByteBuffer address = address(first.asker, first.size);
            int others = askers.getOrDefault(address, 1) - 1;
            if (others == 0) {
                askers.remove(address);
            } else {
                askers.put(address, others);
            }
        }
    }

    /** How long there is nothing to send, -1 for ever. */
    int millis() {
        Late first = waiting.peek();
        return first == null
                ? -1
                : (int) Math.min(
                        Integer.MAX_VALUE,
                        (Math.max(0, left(first, nanoTime.getAsLong())) + NANOS_OF_MILLI - 1) / NANOS_OF_MILLI);
    }
}
