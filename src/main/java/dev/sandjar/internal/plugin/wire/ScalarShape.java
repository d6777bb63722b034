package dev.sandjar.internal.plugin.wire;

import org.jspecify.annotations.Nullable;

/** A primitive, or its box, which may be null. */
public final class ScalarShape extends Shape {
    /** Which primitive. */
    public enum Kind {
        BOOLEAN,
        BYTE,
        SHORT,
        CHAR,
        INT,
        LONG,
        FLOAT,
        DOUBLE
    }

    private final Kind kind;
    private final boolean boxed;

    ScalarShape(String name, Kind kind, boolean boxed) {
        super(name);
        this.kind = kind;
        this.boxed = boxed;
    }

    public Kind kind() {
        return kind;
    }

    public boolean isBoxed() {
        return boxed;
    }

    @Override
    boolean isOrdered() {
        return true;
    }

    @Override
    public void write(Encoder out, @Nullable Object value) {
        if (boxed && !out.present(value)) {
            return;
        }
        if (value == null) {
            throw new WireException("null can't be of type " + this);
        }
        switch (kind) {
            case BOOLEAN -> out.u8((Boolean) value ? 1 : 0);
            case BYTE -> out.u8((Byte) value);
            case SHORT -> out.u16((Short) value);
            case CHAR -> out.u16((Character) value);
            case INT -> out.i32((Integer) value);
            case LONG -> out.i64((Long) value);
            case FLOAT -> out.i32(Float.floatToRawIntBits((Float) value));
            case DOUBLE -> out.i64(Double.doubleToRawLongBits((Double) value));
        }
    }

    @Override
    public @Nullable Object read(Decoder in) {
        if (boxed && !in.present()) {
            return null;
        }
        return switch (kind) {
            case BOOLEAN -> (Object) in.flag("a boolean");
            case BYTE -> (byte) in.u8();
            case SHORT -> (short) in.u16();
            case CHAR -> (char) in.u16();
            case INT -> in.i32();
            case LONG -> in.i64();
            case FLOAT -> Float.intBitsToFloat(in.i32());
            case DOUBLE -> Double.longBitsToDouble(in.i64());
        };
    }
}
