package dev.sandjar.internal.plugin.wire;

import org.jspecify.annotations.Nullable;

/** A String or null. */
public final class TextShape extends Shape {
    TextShape() {
        super("String");
    }

    @Override
    boolean isOrdered() {
        return true;
    }

    @Override
    public void write(Encoder out, @Nullable Object value) {
        if (out.present(value) && value != null) {
            out.text((String) value);
        }
    }

    @Override
    public @Nullable Object read(Decoder in) {
        return in.present() ? in.text() : null;
    }
}
