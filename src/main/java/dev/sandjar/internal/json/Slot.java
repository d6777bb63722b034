package dev.sandjar.internal.json;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A field of a type that can say that there is nothing, in JSON by leaving it out: Optional, false, and what has no items.
 *
 * @param nothing what is said then; null if the field has to be there
 */
record Slot(Form<Object> form, Class<?> type, @Nullable Object nothing) {
    static Slot of(Type type) {
        Class<?> raw = type instanceof ParameterizedType generic ? (Class<?>) generic.getRawType() : (Class<?>) type;
        if (raw == OptionalInt.class) {
            return new Slot(Forms.of(int.class), raw, OptionalInt.empty());
        } else if (raw == OptionalLong.class) {
            return new Slot(Forms.of(long.class), raw, OptionalLong.empty());
        } else if (raw == OptionalDouble.class) {
            return new Slot(Forms.of(double.class), raw, OptionalDouble.empty());
        } else if (raw == Optional.class) {
            return new Slot(Forms.of(((ParameterizedType) type).getActualTypeArguments()[0]), raw, Optional.empty());
        }
        Object nothing = raw == boolean.class
                ? false
                : raw == List.class
                        ? List.of()
                        : raw == Set.class ? Set.of() : Map.class.isAssignableFrom(raw) ? Map.of() : null;
        return new Slot(Forms.of(type), raw, nothing);
    }

    void write(Out out, String name, Object value) {
        Object inside = inside(value);
        if (inside != null) {
            out.put(name, form, inside);
        }
    }

    /** Null if there is nothing. */
    @Nullable
    Object inside(Object value) {
        if (value instanceof Optional<?> optional) {
            return optional.orElse(null);
        } else if (value instanceof OptionalInt optional) {
            return optional.isPresent() ? optional.getAsInt() : null;
        } else if (value instanceof OptionalLong optional) {
            return optional.isPresent() ? optional.getAsLong() : null;
        } else if (value instanceof OptionalDouble optional) {
            return optional.isPresent() ? optional.getAsDouble() : null;
        }
        boolean empty = value.equals(false)
                || (value instanceof Collection<?> items && items.isEmpty())
                || (value instanceof Map<?, ?> map && map.isEmpty());
        return empty ? null : value;
    }

    Object read(Struct in, String name) {
        if (nothing == null) {
            return in.need(name, form);
        }
        Optional<Object> value = in.get(name, form);
        return value.isEmpty() ? nothing : outside(value.get());
    }

    private Object outside(Object value) {
        if (type == OptionalInt.class) {
            return OptionalInt.of((Integer) value);
        } else if (type == OptionalLong.class) {
            return OptionalLong.of((Long) value);
        } else if (type == OptionalDouble.class) {
            return OptionalDouble.of((Double) value);
        }
        return type == Optional.class ? Optional.of(value) : value;
    }
}
