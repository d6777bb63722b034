package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.protocol.WireWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One step for the launcher.
 *
 * @param body bytes, given the first host id of the sandbox's private block
 * @param step what it does, for people
 * @param isolation what is missing where the kernel refuses it, null if that is not its fault
 */
record Operation(Opcode code, int flags, LongFunction<byte[]> body, String step, @Nullable Isolation isolation) {
    static Operation of(Opcode code, int flags, WireWriter body, String step, @Nullable Isolation isolation) {
        byte[] bytes = body.bytes();
        return new Operation(code, flags, base -> bytes, step, isolation);
    }

    /** The same, for each sandbox alone. */
    Operation fresh() {
        return new Operation(code, flags | Opcode.PER_SANDBOX, body, step, isolation);
    }

    /** The same with other flags. */
    Operation with(int newFlags) {
        return new Operation(code, newFlags, body, step, isolation);
    }

    /** The same with {@code text} in place of the str at that place of the body. */
    Operation withText(int at, String text) {
        byte[] bytes = body.apply(0);
        int end = at
                + Integer.BYTES
                + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at)
                + 1;
        WireWriter changed = new WireWriter()
                .raw(Arrays.copyOf(bytes, at))
                .str(text)
                .raw(Arrays.copyOfRange(bytes, end, bytes.length));
        return of(code, flags, changed, step, isolation);
    }

    /** The u32 at that place of the body. */
    int number(int at) {
        return ByteBuffer.wrap(body.apply(0)).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
    }

    /** The str of protocol.h at that place of the body: length, bytes, NUL. */
    String text(int at) {
        return new String(name(at), StandardCharsets.UTF_8);
    }

    /** The bytes of {@link #text}. */
    byte[] name(int at) {
        ByteBuffer bytes = ByteBuffer.wrap(body.apply(0)).order(ByteOrder.LITTLE_ENDIAN);
        int from = at + Integer.BYTES;
        return Arrays.copyOfRange(bytes.array(), from, from + bytes.getInt(at));
    }

    void encode(WireWriter out, long base) {
        byte[] bytes = body.apply(base);
        out.u16(code.number).u16(flags).u32(bytes.length).raw(bytes);
    }
}
