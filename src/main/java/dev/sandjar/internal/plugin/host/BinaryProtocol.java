package dev.sandjar.internal.plugin.host;

import dev.sandjar.internal.kernel.SharedFile;
import dev.sandjar.internal.plugin.wire.CodecLimits;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.internal.plugin.wire.Decoder;
import dev.sandjar.internal.plugin.wire.Encoder;
import dev.sandjar.internal.plugin.wire.Frame;
import dev.sandjar.internal.plugin.wire.SharedSlots;
import dev.sandjar.internal.plugin.wire.WireException;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.plugin.PluginException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Frames to and from a worker of ours. */
final class BinaryProtocol implements Protocol {
    private static final int TRACE_MAX = 32 * 1024;

    private final CodecLimits limits;
    private final SharedFile file;
    private final int slotSize;
    private @Nullable SharedSlots slots;

    BinaryProtocol(CodecLimits limits, SharedFile file, int slotSize) {
        this.limits = limits;
        this.file = file;
        this.slotSize = slotSize;
    }

    /** Mapped when the first large message needs it. */
    private synchronized SharedSlots slots() {
        SharedSlots found = slots;
        if (found == null) {
            try {
                found = new SharedSlots(file.map(), slotSize, true);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            slots = found;
        }
        return found;
    }

    @Override
    public List<byte[]> call(
            int id,
            ContractMethod method,
            @Nullable Object @Nullable [] arguments,
            @Nullable CallbackReferences references) {
        Encoder out = new Encoder(limits, references);
        method.writeArguments(out, arguments);
        if (out.size() >= Frame.SHARED_FROM) {
            int slot = slots().take();
            if (slot >= 0) {
                slots().fill(slot, out);
                return List.of(Encoder.shared(Frame.CALL, method.index(), id, slot, out.size()));
            }
        }
        return out.head(Frame.CALL, method.index(), id).all();
    }

    @Override
    public byte[] cancel(int id) {
        return Encoder.empty(Frame.CANCEL, 0, id);
    }

    @Override
    public @Nullable Incoming next(Inbox inbox) {
        if (inbox.size() < Frame.HEAD) {
            inbox.prepare(Frame.HEAD);
            return null;
        }
        byte[] bytes = inbox.bytes;
        int at = inbox.start;
        int length = Frame.getInt(bytes, at);
        int type = bytes[at + 4];
        int flags = bytes[at + 5];
        if (length < 0 || length > limits.messageBytes()) {
            throw new WireException(
                    "a frame of " + Integer.toUnsignedString(length) + " bytes, more than " + limits.messageBytes());
        }
        if ((flags & ~Frame.SHARED) != 0) {
            throw new WireException("a frame with flags " + flags);
        }
        if (inbox.size() - Frame.HEAD < length) {
            inbox.prepare(Frame.HEAD + length);
            return null;
        }
        int number = Frame.getShort(bytes, at + 6);
        int id = Frame.getInt(bytes, at + 8);
        at += Frame.HEAD;
        // A copy, for the thread that waits for it: this one goes on reading into the same place.
        ByteBuffer body = ByteBuffer.wrap(Arrays.copyOfRange(bytes, at, at + length));
        inbox.start = at + length;
        if (flags == 0) {
            return new Incoming(type, number, id, body, -1);
        }
        if (length != 8 || type != Frame.REPLY) {
            throw new WireException(
                    "a frame of type " + type + " with " + length + " bytes says that it is in shared memory");
        }
        int slot = body.getInt();
        return new Incoming(type, number, id, slots().body(slot, body.getInt()), slot);
    }

    @Override
    public void discard(Incoming reply) {
        if (reply.slot() >= 0) {
            slots().release(reply.slot());
        }
    }

    @Override
    public @Nullable Object result(Incoming reply, ContractMethod method) throws Throwable {
        Decoder in = new Decoder(reply.body(), limits);
        if (reply.type() == Frame.REPLY) {
            Object result = method.readResult(in);
            if (reply.slot() >= 0) {
                slots().release(reply.slot());
            }
            return result;
        }
        int index = in.i32();
        String name = shortened(in.text(), false);
        String message = in.u8() == 0 ? null : shortened(in.text(), true);
        String trace = shortened(in.text(), true);
        in.end();
        if (index < -1 || index >= method.exceptions().size()) {
            throw new WireException(method.method().getName() + " declares no exception " + index);
        }
        if (index >= 0) {
            throw DeclaredExceptions.exception(method.exceptions().get(index), name, message, trace);
        }
        throw thrown(PluginException.Reason.THROWN, name, message, trace);
    }

    static PluginException thrown(PluginException.Reason reason, String name, @Nullable String message, String trace) {
        return new PluginException(
                reason,
                "the plugin has thrown " + name + (message == null ? "" : ": " + message),
                null,
                name,
                trace,
                null);
    }

    /** Escaped, and no longer than an honest worker would have it. */
    static String shortened(String text, boolean lines) {
        String cut = text.length() > TRACE_MAX ? text.substring(0, TRACE_MAX) : text;
        String printable = lines ? Printable.lines(cut) : Printable.line(cut);
        return printable.length() > TRACE_MAX ? printable.substring(0, TRACE_MAX) : printable;
    }
}
