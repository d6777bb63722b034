package dev.sandjar.internal.plan;

import dev.sandjar.internal.util.PathBytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Writes the value forms of protocol.h: little-endian integers, str, strv and blob. */
final class WireWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(64);

    WireWriter u16(int value) {
        out.write(value);
        out.write(value >>> 8);
        return this;
    }

    WireWriter u32(long value) {
        return u16((int) value).u16((int) (value >>> 16));
    }

    WireWriter u64(long value) {
        return u32(value).u32(value >>> 32);
    }

    WireWriter str(String value) {
        return str(value.getBytes(StandardCharsets.UTF_8));
    }

    WireWriter str(byte[] value) {
        u32(value.length);
        out.writeBytes(value);
        out.write(0);
        return this;
    }

    /** A path of the host, by its own bytes. */
    WireWriter str(Path path) {
        return str(PathBytes.of(path));
    }

    WireWriter strv(List<String> values) {
        u32(values.size());
        values.forEach(this::str);
        return this;
    }

    WireWriter blob(byte[] value) {
        u32(value.length);
        return raw(value);
    }

    WireWriter raw(byte[] value) {
        out.writeBytes(value);
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
