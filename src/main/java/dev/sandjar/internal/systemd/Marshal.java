package dev.sandjar.internal.systemd;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes values as the D-Bus specification's "Message Protocol" has them: little endian, each aligned to its size. */
final class Marshal {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Marshal align(int size) {
        while (out.size() % size != 0) {
            out.write(0);
        }
        return this;
    }

    Marshal u8(int value) {
        out.write(value);
        return this;
    }

    Marshal u32(int value) {
        align(4);
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            out.write(value >>> shift);
        }
        return this;
    }

    Marshal bool(boolean value) {
        return u32(value ? 1 : 0);
    }

    Marshal string(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        u32(bytes.length);
        out.writeBytes(bytes);
        return u8(0);
    }

    Marshal signature(String value) {
        u8(value.length());
        out.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
        return u8(0);
    }

    /** What is written by {@code items}, with its length before it; the first item begins at a multiple of {@code alignment}. */
    Marshal array(int alignment, Runnable items) {
        u32(0);
        int length = out.size() - 4;
        align(alignment);
        int first = out.size();
        items.run();
        byte[] all = out.toByteArray();
        int size = all.length - first;
        for (int i = 0; i < 4; i++) {
            all[length + i] = (byte) (size >>> (i * Byte.SIZE));
        }
        out.reset();
        out.writeBytes(all);
        return this;
    }

    Marshal raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
