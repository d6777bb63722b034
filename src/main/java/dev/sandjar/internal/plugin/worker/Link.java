package dev.sandjar.internal.plugin.worker;

import dev.sandjar.internal.plugin.wire.CodecLimits;
import dev.sandjar.internal.plugin.wire.Encoder;
import dev.sandjar.internal.plugin.wire.Frame;
import dev.sandjar.internal.plugin.wire.SharedSlots;
import dev.sandjar.internal.plugin.wire.WireException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads and writes the frames of a worker. One thread at a time reads; any may write. */
final class Link {
    /** What the JDK reads without memory of its own. */
    private static final int CHUNK = 8192;

    private static final long AWAKE_NANOS = 50_000;
    private static final int TRUST = 8;
    private static final int DOUBT = 64;

    private final InputStream in;
    private final OutputStream out;
    private final CodecLimits limits;
    private final int slotSize;
    private final byte[] buffer = new byte[CHUNK];
    private int start;
    /** Below 0: so many times it isn't worth while to stay awake. */
    private int trust;

    private int end;
    private @Nullable SharedSlots shared;

    int type;
    int number;
    int id;
    /** Valid until the next frame is read, and before {@link #release}. */
    ByteBuffer body = ByteBuffer.allocate(0);

    private int slot = -1;

    Link(InputStream in, OutputStream out, CodecLimits limits, int slotSize) {
        this.in = in;
        this.out = out;
        this.limits = limits;
        this.slotSize = slotSize;
    }

    CodecLimits limits() {
        return limits;
    }

    /** False at the end. */
    boolean read() throws IOException {
        if (!fill(Frame.HEAD)) {
            return false;
        }
        int length = Frame.getInt(buffer, start);
        type = buffer[start + 4];
        int flags = buffer[start + 5];
        number = Frame.getShort(buffer, start + 6);
        id = Frame.getInt(buffer, start + 8);
        start += Frame.HEAD;
        if (length <= CHUNK - Frame.HEAD) {
            if (!fill(length)) {
                throw new EOFException();
            }
            body = ByteBuffer.wrap(buffer, start, length);
            start += length;
        } else {
            body = ByteBuffer.wrap(large(length));
        }
        slot = -1;
        if ((flags & Frame.SHARED) != 0) {
            slot = body.getInt();
            body = slots().body(slot, body.getInt());
        }
        return true;
    }

    private byte[] large(int length) throws IOException {
        if (length > limits.messageBytes()) {
            throw new WireException("too large");
        }
        byte[] bytes = new byte[length];
        int done = Math.min(end - start, length);
        System.arraycopy(buffer, start, bytes, 0, done);
        start += done;
        if (in.readNBytes(bytes, done, length - done) < length - done) {
            throw new EOFException();
        }
        return bytes;
    }

    private boolean fill(int wanted) throws IOException {
        if (end - start >= wanted) {
            return true;
        }
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        start = 0;
        while (end < wanted) {
            stayAwake();
            int n = in.read(buffer, end, CHUNK - end);
            if (n < 0) {
                return false;
            }
            end += n;
        }
        return true;
    }

    /**
     * Waits a moment for the next call without going to sleep, from which it would take longer to wake up than a short call takes; but not
     * where that was in vain of late.
     */
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on it but time
    private void stayAwake() throws IOException {
        if (trust < 0) {
            trust++;
            return;
        }
        long begin = System.nanoTime();
        do {
            if (in.available() > 0) {
                trust = Math.min(trust + 1, TRUST);
                return;
            }
            Thread.yield();
        } while (System.nanoTime() - begin < AWAKE_NANOS);
        trust = trust > 0 ? trust - TRUST / 2 : -DOUBT;
    }

    /** To be called when the body has been decoded. */
    void release() throws IOException {
        if (slot >= 0) {
            slots().release(slot);
            slot = -1;
        }
    }

    private synchronized SharedSlots slots() throws IOException {
        SharedSlots found = shared;
        if (found == null) {
            found = WorkerMain.shared(slotSize);
            if (found == null) {
                throw new WireException("no shared memory");
            }
            shared = found;
        }
        return found;
    }

    void send(Encoder message, int kind, int method, int of) throws IOException {
        if (slotSize > 0 && message.size() >= Frame.SHARED_FROM) {
            int free = slots().take();
            if (free >= 0) {
                int length = message.size();
                slots().fill(free, message);
                send(Encoder.shared(kind, method, of, free, length));
                return;
            }
        }
        message.head(kind, method, of);
        synchronized (out) {
            write(out, message);
        }
    }

    void send(byte[] frame) throws IOException {
        synchronized (out) {
            out.write(frame, 0, frame.length);
        }
    }

    static void write(OutputStream out, Encoder message) throws IOException {
        byte[] single = message.single();
        if (single != null) {
            out.write(single, 0, message.size() + Frame.HEAD);
            return;
        }
        for (byte[] part : message.all()) {
            out.write(part, 0, part.length);
        }
    }
}
