package dev.sandjar.internal.plugin.wire;

import org.jspecify.annotations.Nullable;

/** A constant of an enum or null, by its position. */
public final class EnumShape extends Shape {
    private final Object[] constants;

    EnumShape(Class<?> type) {
        super(type.getName());
        this.constants = type.getEnumConstants();
    }

    public Object[] constants() {
        return constants.clone();
    }

    @Override
    boolean isOrdered() {
        return true;
    }

    @Override
    @SuppressWarnings("EnumOrdinal") // both sides have the same enum: the fingerprint has its constants in order
    public void write(Encoder out, @Nullable Object value) {
        if (out.present(value) && value != null) {
            out.i32(((Enum<?>) value).ordinal());
        }
    }

    @Override
    public @Nullable Object read(Decoder in) {
        if (!in.present()) {
            return null;
        }
        int ordinal = in.i32();
        if (ordinal < 0 || ordinal >= constants.length) {
            throw new WireException(this + " has no constant " + ordinal);
        }
        return constants[ordinal];
    }
}
