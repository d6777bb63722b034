package dev.sandjar.internal.plugin.wire;

import org.jspecify.annotations.Nullable;

/** An object of the host that a plugin may use during one call: a stream, the content of a file, or a callback. */
public final class CapabilityShape extends Shape {
    /** What it is. */
    public enum Kind {
        INPUT,
        OUTPUT,
        FILE,
        CALLBACK
    }

    private final Kind kind;
    private final @Nullable Contract callback;

    CapabilityShape(String name, Kind kind, @Nullable Contract callback) {
        super(name);
        this.kind = kind;
        this.callback = callback;
    }

    public Kind kind() {
        return kind;
    }

    /** Of a callback. */
    public Contract callback() {
        if (callback == null) {
            throw new IllegalStateException(this + " is not a callback");
        }
        return callback;
    }

    @Override
    public void write(Encoder out, @Nullable Object value) {
        if (out.present(value) && value != null) {
            out.i32(out.capability(this, value));
        }
    }

    @Override
    public @Nullable Object read(Decoder in) {
        return in.present() ? in.capability(this) : null;
    }
}
