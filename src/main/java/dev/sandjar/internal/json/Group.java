package dev.sandjar.internal.json;

import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a value whose methods tell and set its parts by the same name, as {@code umask()} and {@code umask(int)} do: one more
 * part of it needs nothing here. Of a map, such as {@code hugetlb()}, each entry is set by itself.
 */
final class Group<T> {
    private record Part(Slot slot, Method get, Method set) {}

    private final T none;
    private final Map<String, Part> parts = new TreeMap<>();

    /** @param except what others write and read */
    Group(Class<T> type, T none, Set<String> except) {
        this.none = none;
        for (Method get : type.getMethods()) {
            Method set = get.getDeclaringClass() == type && get.getParameterCount() == 0 ? setter(type, get) : null;
            if (set != null && !except.contains(get.getName())) {
                parts.put(get.getName(), new Part(Slot.of(get.getGenericReturnType()), get, set));
            }
        }
    }

    private static @Nullable Method setter(Class<?> type, Method get) {
        boolean map = Map.class.isAssignableFrom(get.getReturnType());
        String name = get.getName();
        return Arrays.stream(type.getMethods())
                .filter(each -> each.getReturnType() == type && !Modifier.isStatic(each.getModifiers()))
                .filter(each -> each.getName().equals(name) || (map && (each.getName() + "s").equals(name)))
                .filter(each -> map ? takesEntries(each, get.getGenericReturnType()) : each.getParameterCount() == 1)
                .findFirst()
                .orElse(null);
    }

    private static boolean takesEntries(Method set, Type map) {
        return map instanceof ParameterizedType generic
                && Arrays.equals(set.getParameterTypes(), generic.getActualTypeArguments());
    }

    void write(Out out, T value) {
        parts.forEach((name, part) -> {
            Object said = Records.call(part.get, value);
            if (!said.equals(Records.call(part.get, none))) {
                part.slot.write(out, name, said);
            }
        });
    }

    T read(Struct in, T base) {
        T value = base;
        for (Map.Entry<String, Part> entry : parts.entrySet()) {
            Part part = entry.getValue();
            T before = value;
            value = in.get(entry.getKey(), part.slot.form().as(given -> set(part.set, before, given), said -> said))
                    .orElse(before);
        }
        return value;
    }

    @SuppressWarnings("unchecked") // what changes a value returns one of the same type
    private T set(Method set, T value, Object given) {
        if (set.getParameterCount() == 2) {
            Object changed = value;
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) given).entrySet()) {
                changed = Records.call(set, changed, entry.getKey(), entry.getValue());
            }
            return (T) changed;
        }
        Class<?> type = set.getParameterTypes()[0];
        return (T) Records.call(set, value, type.isArray() ? array(type.getComponentType(), (List<?>) given) : given);
    }

    private static Object array(Class<?> of, List<?> items) {
        Object array = Array.newInstance(of, items.size());
        for (int i = 0; i < items.size(); i++) {
            Array.set(array, i, items.get(i));
        }
        return array;
    }
}
