package dev.sandjar.internal.plugin.wire;

import org.jspecify.annotations.Nullable;

/** One type of a contract: how its values are written and read. */
public abstract class Shape {
    private final String name;

    Shape(String name) {
        this.name = name;
    }

    /** A value of another type, which only an unchecked cast can have brought here, is a {@link ClassCastException}. */
    public abstract void write(Encoder out, @Nullable Object value);

    /** Anything but what was written by {@link #write} is a {@link WireException}. */
    public abstract @Nullable Object read(Decoder in);

    /** Whether elements can be distinguished in good time however they were chosen. */
    boolean isOrdered() {
        return false;
    }

    @Override
    public final String toString() {
        return name;
    }
}
