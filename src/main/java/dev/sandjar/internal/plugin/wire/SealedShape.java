package dev.sandjar.internal.plugin.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One of the records that a sealed interface permits, or null; which one, its position says. */
public final class SealedShape extends Shape {
    private RecordShape[] permitted = {};

    SealedShape(Class<?> type) {
        super(type.getName());
    }

    void complete(RecordShape[] shapes) {
        permitted = shapes;
    }

    public List<RecordShape> permitted() {
        return List.of(permitted);
    }

    public int indexOf(Object value) {
        for (int i = 0; i < permitted.length; i++) {
            if (permitted[i].type() == value.getClass()) {
                return i;
            }
        }
        throw new WireException("a " + value.getClass().getName() + " can't be of type " + this);
    }

    @Override
    public void write(Encoder out, @Nullable Object value) {
        if (!out.present(value) || value == null) {
            return;
        }
        int index = indexOf(value);
        out.u16(index);
        permitted[index].write(out, value);
    }

    @Override
    public @Nullable Object read(Decoder in) {
        if (!in.present()) {
            return null;
        }
        int index = in.u16();
        if (index >= permitted.length) {
            throw new WireException(this + " permits no record " + index);
        }
        return permitted[index].read(in);
    }
}
