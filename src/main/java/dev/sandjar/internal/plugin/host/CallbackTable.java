package dev.sandjar.internal.plugin.host;

import dev.sandjar.DataSize;
import dev.sandjar.internal.plugin.wire.CapabilityShape;
import dev.sandjar.internal.plugin.wire.CodecLimits;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.internal.plugin.wire.Decoder;
import dev.sandjar.internal.plugin.wire.Encoder;
import dev.sandjar.internal.plugin.wire.Frame;
import dev.sandjar.internal.plugin.wire.WireException;
import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Objects of the host that a worker may use at the moment, by number, and their use. */
final class CallbackTable {
    private static final Logger LOG = LoggerFactory.getLogger(CallbackTable.class);

    private static final int LATE_USES_MAX = 64;
    private static final long PATIENCE_MILLIS = 200;

    /** How an answer gets to the worker. */
    interface Answers {
        void send(List<byte[]> frame);

        void violated(String what);
    }

    /**
     * @param written to all streams of the same call
     * @param failure what anything passed to the same call has thrown last
     */
    private record Reference(
            CapabilityShape shape,
            Object object,
            AtomicLong written,
            AtomicReference<@Nullable Throwable> failure,
            ReentrantReadWriteLock uses,
            AtomicBoolean revoked) {
        boolean enter() {
            if (!uses.readLock().tryLock()) {
                return false;
            }
            if (revoked.get()) {
                uses.readLock().unlock();
                return false;
            }
            return true;
        }

        void leave() {
            uses.readLock().unlock();
        }

        /** No use begins any more, and those that have begun are over, unless the host's own object takes its time. */
        void revoke() {
            revoked.set(true);
            try {
                if (uses.writeLock().tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                    uses.writeLock().unlock();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private final Map<Integer, Reference> objects = new ConcurrentHashMap<>();
    private final AtomicInteger last = new AtomicInteger();
    /** Uses of what is not there, since something was: a few may come too late. */
    private final AtomicInteger lateUses = new AtomicInteger();

    private final CodecLimits limits;
    private final long streamBytes;
    private final Semaphore free;
    private final Answers answers;

    CallbackTable(HostLimits limits, Answers answers) {
        this.limits = limits.codec();
        this.streamBytes = limits.streamBytes();
        this.free = new Semaphore(limits.callbacksInFlight());
        this.answers = answers;
    }

    int add(CapabilityShape shape, Object object, AtomicLong written, AtomicReference<@Nullable Throwable> failure) {
        lateUses.set(0);
        int handle = last.incrementAndGet();
        objects.put(
                handle,
                new Reference(shape, object, written, failure, new ReentrantReadWriteLock(), new AtomicBoolean()));
        return handle;
    }

    void remove(int handle) {
        Reference reference = objects.remove(handle);
        if (reference != null) {
            reference.revoke();
        }
    }

    /** On a thread of its own, because what the host's objects do may take long; there are at most so many of them. */
    void serve(Incoming call) {
        if (!free.tryAcquire()) {
            throw new WireException("more calls of the host at a time than the limits allow");
        }
        IoThreads.background(() -> {
            try {
                answers.send(answer(call));
            } catch (WireException e) {
                answers.violated(String.valueOf(e.getMessage()));
            } finally {
                free.release();
            }
        });
    }

    private List<byte[]> answer(Incoming call) {
        Decoder in = new Decoder(call.body(), limits);
        int handle = in.i32();
        Reference reference = objects.get(handle);
        if (reference == null || !reference.enter()) {
            if (lateUses.incrementAndGet() > LATE_USES_MAX) {
                throw new WireException("more than " + LATE_USES_MAX + " uses of what no call has passed");
            }
            return refused(call.id(), -1, "the call that passed this is over");
        }
        try {
            return reference.shape().kind() == CapabilityShape.Kind.CALLBACK
                    ? callback(call, reference, in)
                    : stream(call, reference, in);
        } finally {
            reference.leave();
        }
    }

    private List<byte[]> stream(Incoming call, Reference reference, Decoder in) {
        Encoder out = new Encoder(limits);
        try {
            if (call.number() == Frame.STREAM_READ && reference.object() instanceof InputStream source) {
                in.end();
                byte[] piece = new byte[Math.min(Frame.STREAM_CHUNK, limits.messageBytes() - 16)];
                int n = source.read(piece);
                out.bytes(Arrays.copyOf(piece, Math.max(n, 0)));
            } else if (call.number() == Frame.STREAM_WRITE && reference.object() instanceof OutputStream sink) {
                byte[] piece = in.bytes();
                in.end();
                if (reference.written().addAndGet(piece.length) > streamBytes) {
                    throw new WireException("more than " + DataSize.bytes(streamBytes)
                            + " to the streams of one call: PluginLimits.withStreamSize(...) allows more");
                }
                sink.write(piece);
            } else if (call.number() == Frame.STREAM_FLUSH && reference.object() instanceof OutputStream sink) {
                in.end();
                sink.flush();
            } else {
                throw new WireException("a stream can't do " + call.number());
            }
        } catch (IOException | RuntimeException e) {
            if (e instanceof WireException violation) {
                throw violation;
            }
            // What went wrong here is none of the plugin's business.
            reference.failure().set(e);
            LOG.debug("A stream that was passed to a plugin has failed", e);
            return refused(call.id(), -1, "the host's stream has failed");
        }
        return parts(out, Frame.BACK_REPLY, call.id());
    }

    private List<byte[]> callback(Incoming call, Reference reference, Decoder in) {
        List<ContractMethod> methods = reference.shape().callback().methods();
        if (call.number() >= methods.size()) {
            throw new WireException(reference.shape() + " has no method " + call.number());
        }
        ContractMethod method = methods.get(call.number());
        @Nullable Object[] arguments = method.readArguments(in);
        Encoder out = new Encoder(limits);
        try {
            method.writeResult(out, method.method().invoke(reference.object(), arguments));
        } catch (InvocationTargetException e) {
            Throwable thrown = e.getCause() == null ? e : e.getCause();
            int index = method.indexOfException(thrown);
            reference.failure().set(thrown);
            LOG.debug("A callback that was passed to a plugin has failed", thrown);
            return refused(
                    call.id(),
                    index,
                    index < 0 ? "the host's callback has failed" : String.valueOf(thrown.getMessage()));
        } catch (IllegalAccessException | WireException e) {
            reference.failure().set(e);
            LOG.debug("A callback's result can't be sent to a plugin", e);
            return refused(call.id(), -1, "the host's callback has failed");
        }
        return parts(out, Frame.BACK_REPLY, call.id());
    }

    private List<byte[]> refused(int id, int index, String message) {
        Encoder out = new Encoder(limits);
        out.i32(index);
        out.text(message.substring(0, Math.min(message.length(), limits.messageBytes() / 4)));
        return parts(out, Frame.BACK_THROW, id);
    }

    private static List<byte[]> parts(Encoder out, int type, int id) {
        return out.head(type, 0, id).all();
    }
}
