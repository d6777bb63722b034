package dev.sandjar.internal.launcher;

import dev.sandjar.internal.util.FileNames;
import dev.sandjar.internal.util.Utf8;
import java.util.Arrays;
import java.util.List;

/** Writes the value forms of protocol.h: little-endian integers, str and strv. */
final class BodyWriter {
    private byte[] bytes = new byte[1024];
    private int size;

    BodyWriter u16(int value) {
        room(2);
        bytes[size++] = (byte) value;
        bytes[size++] = (byte) (value >>> 8);
        return this;
    }

    BodyWriter u32(int value) {
        return u16(value).u16(value >>> 16);
    }

    BodyWriter u64(long value) {
        return u32((int) value).u32((int) (value >>> 32));
    }

    BodyWriter str(String value) {
        return str(Utf8.encode("text", value));
    }

    private BodyWriter str(byte[] encoded) {
        u32(encoded.length);
        raw(encoded);
        room(1);
        bytes[size++] = 0;
        return this;
    }

    /** Names of files, as {@link FileNames} decodes them. */
    BodyWriter names(List<String> names) {
        u32(names.size());
        names.forEach(name -> str(FileNames.encode(name)));
        return this;
    }

    BodyWriter strv(List<String> values) {
        u32(values.size());
        values.forEach(this::str);
        return this;
    }

    BodyWriter raw(byte[] value) {
        room(value.length);
        System.arraycopy(value, 0, bytes, size, value.length);
        size += value.length;
        return this;
    }

    byte[] bytes() {
        return Arrays.copyOf(bytes, size);
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), Math.min(bytes.length, 1 << 29) * 2));
        }
    }
}
