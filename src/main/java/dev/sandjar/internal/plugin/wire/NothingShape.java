package dev.sandjar.internal.plugin.wire;

import org.jspecify.annotations.Nullable;

/** The result of a void method. */
public final class NothingShape extends Shape {
    NothingShape() {
        super("void");
    }

    @Override
    public void write(Encoder out, @Nullable Object value) {}

    @Override
    public @Nullable Object read(Decoder in) {
        return null;
    }
}
