package dev.sandjar.internal.launcher;

import dev.sandjar.internal.protocol.Event;
import dev.sandjar.internal.protocol.StartFailure;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** One process that was asked for, as the connection knows it: first its start is answered, then its end. */
public final class Run {
    public final long id;
    public final CompletableFuture<Answer> answer = new CompletableFuture<>();
    /** Completed by the reader thread: nothing that a user wrote may depend on it directly. */
    public final CompletableFuture<Event.Exited> end = new CompletableFuture<>();

    private volatile int supervisor;
    private volatile boolean destroyed;

    /** Completed by the reader thread, if it is one that waits for its program. */
    public final CompletableFuture<Event.Ready> ready = new CompletableFuture<>();

    /** To the warm process, null if there is none. */
    private volatile @Nullable CommandChannel channel;

    /** Whether the program was named on the channel: what comes of it is reported there. */
    private volatile boolean runOnChannel;

    /** Completed by the reader thread, if its set-up pauses: the process that holds the sandbox. */
    public final CompletableFuture<Integer> paused = new CompletableFuture<>();

    private volatile @Nullable IntConsumer listener;

    Run(long id, @Nullable IntConsumer listener) {
        this.id = id;
        this.listener = listener;
    }

    /** Of the program that is about to be named. */
    public void listener(@Nullable IntConsumer taker) {
        listener = taker;
    }

    /** Whether somebody has taken the descriptor over. */
    boolean listens(int fd) {
        IntConsumer taker = listener;
        if (taker == null) {
            return false;
        }
        taker.accept(fd);
        return true;
    }

    private volatile @Nullable IntConsumer relay;

    /** Of the sandbox, to which its channel goes, on the reader thread. Before anything is asked for. */
    public void relay(IntConsumer taker) {
        relay = taker;
    }

    /** Whether somebody has taken the descriptor over. */
    boolean channel(int fd) {
        IntConsumer taker = relay;
        if (taker == null) {
            return false;
        }
        taker.accept(fd);
        return true;
    }

    private final Map<Integer, Consumer<Event.Notice>> watches = new ConcurrentHashMap<>();
    private final AtomicInteger lastWatch = new AtomicInteger();

    /** A number for a watch whose notices {@code listener} gets, on the reader thread: it must not run a user's code. */
    public int watch(Consumer<Event.Notice> listener) {
        int number = lastWatch.incrementAndGet();
        watches.put(number, listener);
        return number;
    }

    void notice(Event.Notice notice) {
        Consumer<Event.Notice> listener = watches.get(notice.number());
        if (listener != null) {
            listener.accept(notice);
        }
    }

    /** What came of a start. */
    public sealed interface Answer {}

    /** @param master the terminal, or -1; the receiver's to close */
    public record Running(Event.Started event, int master) implements Answer {}

    public record Refused(StartFailure failure) implements Answer {}

    /** The launcher died before it could tell. */
    record Unknown() implements Answer {}

    /** For the class loader may have been closed when a start fails because the launcher is ended. */
    static void load() {
        try {
            MethodHandles.lookup().ensureInitialized(Refused.class);
            MethodHandles.lookup().ensureInitialized(Unknown.class);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** False for an answer that comes too late. */
    public boolean started(Event.Started event, int master) {
        supervisor = event.supervisor();
        return answer.complete(new Running(event, master));
    }

    void ready(Event.Ready event) {
        Event.Started program = event.program();
        if (program != null) {
            supervisor = program.supervisor();
        }
        ready.complete(event);
    }

    /** Takes the channel over. */
    public void channel(CommandChannel to) {
        channel = to;
    }

    @Nullable
    public CommandChannel channel() {
        return channel;
    }

    public void usesChannel() {
        runOnChannel = true;
    }

    private void closeChannel() {
        CommandChannel used = channel;
        if (used != null && !runOnChannel) {
            used.close();
        }
    }

    void failed(StartFailure failure) {
        closeChannel();
        if (!answer.complete(new Refused(failure)) && runOnChannel) {
            // It was killed between the word and the program: who knows that it runs has to get its end.
            end.complete(
                    failure.isOutOfMemory()
                            ? Event.Exited.outOfMemory()
                            : destroyed ? Event.Exited.asked() : Event.Exited.lost());
        }
    }

    void exited(Event.Exited event) {
        if (!runOnChannel) {
            answer.complete(new Unknown());
        }
        end.complete(event);
    }

    /** @param asked whether the host has ended the launcher */
    void lost(boolean asked) {
        closeChannel();
        answer.complete(new Unknown());
        end.complete(asked ? Event.Exited.asked() : Event.Exited.lost());
    }

    /** Whether its program executes, or has ended. */
    boolean isRunning() {
        return answer.getNow(null) instanceof Running;
    }

    /** The host wants its end. */
    public void destroy() {
        destroyed = true;
    }

    public boolean isDestroyed() {
        return destroyed;
    }

    /** Process id of the process that holds the sandbox together, 0 while unknown. */
    int supervisor() {
        return supervisor;
    }
}
