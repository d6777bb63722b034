package dev.sandjar.internal.plugin.host;

import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.internal.plugin.wire.Frame;
import dev.sandjar.internal.plugin.wire.WireException;
import dev.sandjar.internal.stdio.ChannelPipes;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.plugin.PluginException;
import dev.sandjar.plugin.PluginException.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Calls to one worker and their replies. A caller reads its reply itself, since handing it over between threads would cost more than
 * most calls do; a call that takes longer is waited for by a thread for all of them, so that its caller can be interrupted.
 */
final class Channel implements CallbackTable.Answers {
    /** How long a caller reads, during which it does not notice an interrupt. */
    private static final long LEAD_NANOS = 2_000_000;

    private static final long READER_NANOS = 500_000_000;
    private static final long ANSWER_NANOS = 10_000_000_000L;

    /** What to do about a worker that can't be used any more. */
    interface Owner {
        void failed(Fault fault);
    }

    private final ChannelPipes pipes;
    private final Protocol protocol;
    private final Owner owner;
    private final CallbackTable callbacks;
    private final Semaphore inFlight;
    private final Map<Integer, Pending> pending = new ConcurrentHashMap<>();
    private final AtomicInteger lastId = new AtomicInteger();
    private final ReentrantLock writing = new ReentrantLock();
    /** Who reads; only that thread touches the inbox. */
    private final AtomicReference<@Nullable Object> leader = new AtomicReference<>();

    private final Inbox inbox = new Inbox();
    private final AtomicReference<@Nullable Fault> fault = new AtomicReference<>();
    /** The worker's first message. */
    private final CompletableFuture<Incoming> greeting = new CompletableFuture<>();

    Channel(ChannelPipes pipes, Protocol protocol, HostLimits limits, Owner owner) {
        this.pipes = pipes;
        this.protocol = protocol;
        this.owner = owner;
        this.callbacks = new CallbackTable(limits, this);
        this.inFlight = new Semaphore(limits.inFlight());
    }

    @Nullable
    Fault fault() {
        return fault.get();
    }

    /** Whether the worker is at nothing. */
    boolean isQuiet() {
        return pending.isEmpty();
    }

    /** The worker's first message, if it comes in time. */
    @Nullable
    Incoming greeting(long deadline) {
        if (leader.compareAndSet(null, this)) {
            try {
                while (!greeting.isDone() && fault.get() == null && deadline - System.nanoTime() > 0) {
                    readOnce(Math.min(deadline - System.nanoTime(), READER_NANOS), false);
                }
            } finally {
                stepDown();
            }
        }
        return greeting.getNow(null);
    }

    /** Reads until the worker has answered everything, or the time is over. */
    boolean settle(long deadline) {
        while (!pending.isEmpty() && fault.get() == null && deadline - System.nanoTime() > 0) {
            ensureReader();
            LockSupport.parkNanos(1_000_000);
        }
        return pending.isEmpty() && fault.get() == null;
    }

    /** @param timeout that the deadline comes from, to be told */
    @Nullable
    Object call(ContractMethod method, @Nullable Object @Nullable [] arguments, long deadline, Duration timeout)
            throws Throwable {
        acquire(deadline);
        int id = lastId.incrementAndGet();
        Pending call = new Pending();
        CallbackReferences references = method.passesCapabilities() ? new CallbackReferences(callbacks) : null;
        boolean sent = false;
        try {
            List<byte[]> frame = encode(id, method, arguments, references);
            pending.put(id, call);
            sent = true;
            write(frame, deadline, "the call");
            await(call, id, method, deadline, timeout);
            return result(call, method, references);
        } finally {
            if (references != null) {
                references.close();
            }
            if (!sent) {
                inFlight.release();
            }
        }
    }

    private void acquire(long deadline) {
        try {
            if (!inFlight.tryAcquire() && !inFlight.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                throw failure(Reason.BUSY, "the worker had as many calls as the limits allow until the time was over");
            }
        } catch (InterruptedException e) {
            throw cancelled();
        }
    }

    private List<byte[]> encode(
            int id,
            ContractMethod method,
            @Nullable Object @Nullable [] arguments,
            @Nullable CallbackReferences references) {
        try {
            return protocol.call(id, method, arguments, references);
        } catch (WireException e) {
            throw failure(Reason.REFUSED, "the arguments can't be sent: " + e.getMessage());
        }
    }

    private static PluginException failure(Reason reason, String message) {
        return new PluginException(reason, message, null, null, null, null);
    }

    private static PluginException cancelled() {
        Thread.currentThread().interrupt();
        return failure(Reason.CANCELLED, "the calling thread was interrupted");
    }

    private void write(List<byte[]> frame, long deadline, String what) {
        if (!lockWriting(deadline)) {
            fail(new Fault(Reason.TIMED_OUT, "the worker did not read " + what + " in time"));
            return;
        }
        try {
            for (byte[] piece : frame) {
                if (!pipes.write(piece, 0, piece.length, deadline)) {
                    fail(new Fault(Reason.TIMED_OUT, "the worker did not read " + what + " in time"));
                    return;
                }
            }
        } catch (IOException e) {
            fail(ended());
        } finally {
            writing.unlock();
        }
    }

    /** An interrupt is left for {@link #await} to see: then the call is known, and can be cancelled. */
    private boolean lockWriting(long deadline) {
        boolean interrupted = false;
        try {
            for (; ; ) {
                try {
                    return writing.tryLock() || writing.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static Fault ended() {
        return new Fault(Reason.WORKER_ENDED, "the worker has ended");
    }

    private void await(Pending call, int id, ContractMethod method, long deadline, Duration timeout) {
        if (leader.compareAndSet(null, call)) {
            try {
                long until = Math.min(deadline, System.nanoTime() + LEAD_NANOS);
                while (call.reply == null && fault.get() == null && until - System.nanoTime() > 0) {
                    readOnce(until - System.nanoTime(), true);
                }
            } finally {
                stepDown();
            }
        }
        while (call.reply == null && fault.get() == null) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                abandon(call, id);
                throw failure(
                        Reason.TIMED_OUT,
                        method.method().getName() + " gave no result within the call timeout of " + timeout);
            }
            if (Thread.interrupted()) {
                abandon(call, id);
                throw cancelled();
            }
            LockSupport.parkNanos(this, left);
        }
    }

    /** The worker is informed; whether it heeds that is for its owner to see. */
    private void abandon(Pending call, int id) {
        call.abandoned = true;
        byte[] cancel = protocol.cancel(id);
        if (cancel != null && pending.containsKey(id)) {
            write(List.of(cancel), System.nanoTime() + LEAD_NANOS, "a cancellation");
        }
    }

    private @Nullable Object result(Pending call, ContractMethod method, @Nullable CallbackReferences references)
            throws Throwable {
        Incoming reply = call.reply;
        if (reply == null) {
            Fault found = fault.get();
            if (found == null) {
                throw new IllegalStateException("neither a reply nor a fault");
            }
            throw failure(found.reason(), found.message());
        }
        try {
            return protocol.result(reply, method);
        } catch (WireException e) {
            violated(String.valueOf(e.getMessage()));
            throw failure(Reason.PROTOCOL_VIOLATION, String.valueOf(e.getMessage()));
        } catch (Throwable thrown) {
            throw references == null ? thrown : references.caused(thrown);
        }
    }

    // ---- reading

    private void stepDown() {
        leader.set(null);
        ensureReader();
    }

    private void ensureReader() {
        if (!pending.isEmpty() && fault.get() == null && leader.compareAndSet(null, this)) {
            IoThreads.background(() -> {
                try {
                    while (!pending.isEmpty() && fault.get() == null) {
                        readOnce(READER_NANOS, false);
                    }
                } finally {
                    // Somebody may have come after the last look, and found a leader.
                    stepDown();
                }
            });
        }
    }

    private void readOnce(long nanos, boolean soon) {
        try {
            int n = pipes.read(inbox.bytes, inbox.end, inbox.bytes.length - inbox.end, nanos, soon);
            if (n < 0) {
                fail(ended());
                return;
            }
            inbox.end += n;
            for (Incoming message = protocol.next(inbox); message != null; message = protocol.next(inbox)) {
                dispatch(message);
            }
        } catch (WireException e) {
            violated(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            fail(ended());
        }
    }

    private void dispatch(Incoming message) {
        switch (message.type()) {
            case Frame.REPLY, Frame.THROW -> {
                Pending call = pending.remove(message.id());
                if (call == null) {
                    throw new WireException(
                            "a reply to call " + Integer.toUnsignedString(message.id()) + ", which nobody has made");
                }
                inFlight.release();
                if (call.abandoned) {
                    protocol.discard(message);
                } else {
                    call.reply = message;
                    LockSupport.unpark(call.caller);
                }
            }
            case Frame.BACK_CALL -> callbacks.serve(message);
            case Frame.HELLO, Frame.FAILED -> {
                if (!greeting.complete(message)) {
                    throw new WireException("a second greeting");
                }
            }
            default -> throw new WireException("a frame of type " + message.type());
        }
    }

    // ---- the end

    @Override
    public void violated(String what) {
        fail(new Fault(Reason.PROTOCOL_VIOLATION, what));
    }

    @Override
    public void send(List<byte[]> frame) {
        write(frame, System.nanoTime() + ANSWER_NANOS, "an answer");
    }

    /** The first fault counts; everybody who waits learns of it. */
    void fail(Fault found) {
        if (fault.compareAndSet(null, found)) {
            for (Pending call : pending.values()) {
                LockSupport.unpark(call.caller);
            }
            owner.failed(found);
        }
    }

    /** When its process has ended. */
    void close() {
        fail(new Fault(Reason.WORKER_ENDED, "the worker was closed"));
        pipes.close();
    }
}
