package dev.sandjar.internal.protocol;

import dev.sandjar.internal.util.FileNames;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.Utf8;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Writes the value forms of protocol.h: little-endian integers, str, strv and blob. */
public final class WireWriter {
    private byte[] bytes = new byte[256];
    private int size;

    public WireWriter u16(int value) {
        room(2);
        bytes[size++] = (byte) value;
        bytes[size++] = (byte) (value >>> 8);
        return this;
    }

    public WireWriter u32(long value) {
        return u16((int) value).u16((int) (value >>> 16));
    }

    public WireWriter u64(long value) {
        return u32(value).u32(value >>> 32);
    }

    public WireWriter str(String value) {
        return str(Utf8.encode("text", value));
    }

    /** Bytes without a NUL. */
    public WireWriter str(byte[] encoded) {
        u32(encoded.length);
        raw(encoded);
        room(1);
        bytes[size++] = 0;
        return this;
    }

    /** A path of the host, by its own bytes. */
    public WireWriter str(Path path) {
        return str(PathBytes.of(path));
    }

    /** Names of files, as {@link FileNames} decodes them. */
    public WireWriter names(List<String> names) {
        u32(names.size());
        names.forEach(name -> str(FileNames.encode(name)));
        return this;
    }

    public WireWriter strv(List<String> values) {
        u32(values.size());
        values.forEach(this::str);
        return this;
    }

    public WireWriter blob(byte[] value) {
        return u32(value.length).raw(value);
    }

    public WireWriter raw(byte[] value) {
        room(value.length);
        System.arraycopy(value, 0, bytes, size, value.length);
        size += value.length;
        return this;
    }

    public byte[] bytes() {
        return Arrays.copyOf(bytes, size);
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), Math.min(bytes.length, 1 << 29) * 2));
        }
    }
}
