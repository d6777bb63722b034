package dev.sandjar.internal.systemd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Reads such values; the alignment counts from where the buffer begins. Anything that can't be is an IOException. */
final class Unmarshal {
    private final ByteBuffer in;

    /** @param in from 0 on, in its byte order */
    Unmarshal(ByteBuffer in) {
        this.in = in;
    }

    boolean hasMore() {
        return in.hasRemaining();
    }

    Unmarshal align(int size) throws IOException {
        while (in.position() % size != 0) {
            need(1).get();
        }
        return this;
    }

    int u8() throws IOException {
        return need(1).get() & 0xff;
    }

    int u32() throws IOException {
        align(4);
        return need(4).getInt();
    }

    String string() throws IOException {
        return text(u32());
    }

    String signature() throws IOException {
        return text(u8());
    }

    private String text(int length) throws IOException {
        if (length < 0 || length >= in.remaining()) {
            throw new IOException("a text of " + length + " bytes does not fit into the message of the bus");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        in.get();
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private ByteBuffer need(int bytes) throws IOException {
        if (in.remaining() < bytes) {
            throw new IOException("a message of the bus is too short");
        }
        return in;
    }
}
