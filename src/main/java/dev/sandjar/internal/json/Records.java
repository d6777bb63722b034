package dev.sandjar.internal.json;

import dev.sandjar.internal.util.Printable;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Forms of records, by their components, and of sealed interfaces, by their kinds: a new record needs nothing here. */
final class Records {
    private static final String KIND = "kind";

    private Records() {}

    static <T> StructForm<T> of(Class<T> type) {
        RecordComponent[] components = type.getRecordComponents();
        Slot[] slots = Arrays.stream(components)
                .map(each -> Slot.of(each.getGenericType()))
                .toArray(Slot[]::new);
        Constructor<T> constructor;
        try {
            constructor = type.getConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(type + " has no public constructor", e);
        }
        return StructForm.of(
                (out, value) -> {
                    for (int i = 0; i < slots.length; i++) {
                        slots[i].write(out, components[i].getName(), call(components[i].getAccessor(), value));
                    }
                },
                in -> {
                    Object[] arguments = new Object[slots.length];
                    for (int i = 0; i < slots.length; i++) {
                        arguments[i] = slots[i].read(in, components[i].getName());
                    }
                    return make(constructor, arguments);
                });
    }

    /** Each kind by the name of its class, such as "hostReadOnly". */
    static <T> StructForm<T> ofSealed(Class<T> type) {
        Map<String, Class<?>> kinds = new TreeMap<>();
        leaves(type, kinds);
        return StructForm.of(
                (out, value) -> {
                    out.put(KIND, Scalars.TEXT, kind(value.getClass()));
                    write(out, value);
                },
                in -> {
                    String kind = in.need(KIND, Scalars.TEXT);
                    Class<?> leaf = kinds.get(kind);
                    if (leaf == null) {
                        throw JsonRefusal.below(
                                KIND,
                                new IllegalArgumentException(Printable.quote(kind) + " is none of " + kinds.keySet()));
                    }
                    return type.cast(Forms.struct(leaf).read(in));
                });
    }

    @SuppressWarnings("unchecked") // of the class that the value has
    private static <V> void write(Out out, V value) {
        ((StructForm<V>) Forms.struct(value.getClass())).write(out, value);
    }

    private static void leaves(Class<?> type, Map<String, Class<?>> kinds) {
        for (Class<?> permitted : type.getPermittedSubclasses()) {
            if (permitted.isSealed()) {
                leaves(permitted, kinds);
            } else {
                kinds.put(kind(permitted), permitted);
            }
        }
    }

    private static String kind(Class<?> type) {
        String name = type.getSimpleName();
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    private static <T> T make(Constructor<T> constructor, Object[] arguments) {
        try {
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw cause(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    static Object call(Method method, Object target, Object... arguments) {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw cause(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a value refuses, as if it had been called without reflection. */
    private static RuntimeException cause(InvocationTargetException e) {
        if (e.getCause() instanceof RuntimeException unchecked) {
            return unchecked;
        }
        return new IllegalStateException(e);
    }
}
