package dev.sandjar.internal.plugin.wire;

import org.jspecify.annotations.Nullable;

/** A byte[] or null. */
public final class BytesShape extends Shape {
    BytesShape() {
        super("byte[]");
    }

    @Override
    public void write(Encoder out, @Nullable Object value) {
        if (out.present(value) && value != null) {
            out.bytes((byte[]) value);
        }
    }

    @Override
    public @Nullable Object read(Decoder in) {
        return in.present() ? in.bytes() : null;
    }
}
