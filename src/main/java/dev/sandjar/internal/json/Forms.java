package dev.sandjar.internal.json;

import dev.sandjar.DataSize;
import dev.sandjar.Mount;
import dev.sandjar.image.Image;
import dev.sandjar.linux.DeviceRule;
import dev.sandjar.linux.IoLimit;
import dev.sandjar.linux.Scheduling;
import dev.sandjar.seccomp.SeccompAction;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The form of each type of value that a policy has. */
final class Forms {
    /** Suppliers, since some are made of others. */
    private static final Map<Class<?>, Supplier<Form<?>>> OWN = Map.ofEntries(
            Map.entry(String.class, () -> Scalars.TEXT),
            Map.entry(boolean.class, () -> Scalars.BOOL),
            Map.entry(Boolean.class, () -> Scalars.BOOL),
            Map.entry(int.class, () -> Scalars.INT),
            Map.entry(Integer.class, () -> Scalars.INT),
            Map.entry(long.class, () -> Scalars.LONG),
            Map.entry(Long.class, () -> Scalars.LONG),
            Map.entry(double.class, () -> Scalars.DOUBLE),
            Map.entry(Double.class, () -> Scalars.DOUBLE),
            Map.entry(byte[].class, () -> Scalars.BYTES),
            Map.entry(Path.class, () -> Scalars.PATH),
            Map.entry(DataSize.class, () -> Scalars.SIZE),
            Map.entry(Duration.class, () -> Scalars.DURATION),
            Map.entry(Image.class, () -> Values.IMAGE),
            Map.entry(Mount.class, () -> Values.MOUNT),
            Map.entry(IoLimit.class, () -> Values.IO_LIMIT),
            Map.entry(DeviceRule.class, () -> Values.DEVICE_RULE),
            Map.entry(Scheduling.class, () -> Values.SCHEDULING),
            Map.entry(SeccompAction.class, () -> SeccompForms.ACTION));

    private Forms() {}

    @SuppressWarnings("unchecked") // who asks by a type gives values of that type
    static Form<Object> of(Type type) {
        return (Form<Object>) find(type);
    }

    /** The form of an object, as a kind of a sealed interface. */
    static StructForm<?> struct(Class<?> type) {
        return (StructForm<?>) find(type);
    }

    static <T> Form<List<T>> list(Class<T> item) {
        return Lists.of(typed(item));
    }

    static <T> Form<Set<T>> set(Class<T> item) {
        return Lists.ofSet(typed(item));
    }

    @SuppressWarnings("unchecked") // each class has the form of its own values
    static <T> Form<T> typed(Class<T> type) {
        return (Form<T>) find(type);
    }

    private static Form<?> find(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            Class<?> raw = (Class<?>) generic.getRawType();
            if (raw == List.class) {
                return Lists.of(of(arguments[0]));
            } else if (raw == Set.class) {
                return Lists.ofSet(of(arguments[0]));
            } else if (Map.class.isAssignableFrom(raw)) {
                return Lists.ofMap(of(arguments[0]), of(arguments[1]));
            }
        } else if (type instanceof Class<?> raw) {
            Supplier<Form<?>> own = OWN.get(raw);
            if (own != null) {
                return own.get();
            } else if (raw.isEnum()) {
                return ofEnum(raw);
            } else if (raw.isRecord()) {
                return Records.of(raw);
            } else if (raw.isSealed()) {
                return Records.ofSealed(raw);
            }
        }
        throw new IllegalStateException("values of " + type + " have no form in JSON");
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // it is an enum
    private static Form<?> ofEnum(Class<?> type) {
        return Scalars.ofEnum((Class) type);
    }
}
