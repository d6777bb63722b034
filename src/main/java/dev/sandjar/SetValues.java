package dev.sandjar;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The values that are set in a group of settings, by what they are for, and which of them a preset has brought. Each change makes a new
 * one. Immutable.
 */
final class SetValues<K extends Enum<K>> {
    private final Class<K> type;
    private final Map<K, Object> values;
    private final Set<K> presets;

    private SetValues(Class<K> type, Map<K, Object> values, Set<K> presets) {
        this.type = type;
        this.values = values;
        this.presets = presets;
    }

    static <K extends Enum<K>> SetValues<K> none(Class<K> type) {
        return new SetValues<>(type, new EnumMap<>(type), EnumSet.noneOf(type));
    }

    /** The same with this one; a list or a map has to be immutable. */
    SetValues<K> with(K key, Object value) {
        Map<K, Object> changed = copy();
        changed.put(key, value);
        return new SetValues<>(type, changed, presetsWithout(Set.of(key)));
    }

    SetValues<K> without(Collection<K> keys) {
        Map<K, Object> changed = copy();
        changed.keySet().removeAll(keys);
        return new SetValues<>(type, changed, presetsWithout(keys));
    }

    /** These, and those of {@code base} that are not set here; of a map, each entry is set by itself. */
    SetValues<K> over(SetValues<K> base) {
        Map<K, Object> all = base.copy();
        values.forEach((key, value) -> all.merge(key, value, SetValues::merged));
        Set<K> remaining = base.presetsWithout(values.keySet());
        remaining.addAll(presets);
        return new SetValues<>(type, all, remaining);
    }

    /** The same, with all that is set so far brought by a preset. */
    SetValues<K> asPreset() {
        Set<K> all = EnumSet.noneOf(type);
        all.addAll(values.keySet());
        return new SetValues<>(type, values, all);
    }

    private Set<K> presetsWithout(Collection<K> keys) {
        Set<K> remaining = EnumSet.noneOf(type);
        remaining.addAll(presets);
        remaining.removeAll(keys);
        return remaining;
    }

    private static Object merged(Object before, Object after) {
        if (!(before instanceof Map<?, ?> some && after instanceof Map<?, ?> more)) {
            return after;
        }
        Map<Object, Object> all = new TreeMap<>(some);
        all.putAll(more);
        return Collections.unmodifiableMap(all);
    }

    private Map<K, Object> copy() {
        Map<K, Object> copy = new EnumMap<>(type);
        copy.putAll(values);
        return copy;
    }

    Set<K> keys() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /** Those that a preset has brought and nobody has set since. */
    Set<K> presets() {
        return Collections.unmodifiableSet(presets);
    }

    boolean has(K key) {
        return values.containsKey(key);
    }

    <T> Optional<T> get(K key, Class<T> of) {
        return Optional.ofNullable(values.get(key)).map(of::cast);
    }

    OptionalInt number(K key) {
        return get(key, Integer.class).map(OptionalInt::of).orElse(OptionalInt.empty());
    }

    /** Empty if it is not set. */
    <T> List<T> list(K key, Class<T> of) {
        List<T> list = new ArrayList<>();
        get(key, List.class).ifPresent(items -> {
            for (Object item : items) {
                list.add(of.cast(item));
            }
        });
        return Collections.unmodifiableList(list);
    }

    /** A copy; empty if it is not set. */
    <A extends Comparable<A>, B> SortedMap<A, B> map(K key, Class<A> of, Class<B> to) {
        SortedMap<A, B> map = new TreeMap<>();
        if (values.get(key) instanceof Map<?, ?> set) {
            set.forEach((one, other) -> map.put(of.cast(one), to.cast(other)));
        }
        return map;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SetValues<?> that && values.equals(that.values) && presets.equals(that.presets);
    }

    @Override
    public int hashCode() {
        return Objects.hash(values, presets);
    }

    /** Such as "memory limit 64 MiB, CPU limit 1.0 by a preset". */
    String text(Function<K, String> name) {
        return values.entrySet().stream()
                .map(entry -> name.apply(entry.getKey()) + " " + entry.getValue()
                        + (presets.contains(entry.getKey()) ? " by a preset" : ""))
                .collect(Collectors.joining(", "));
    }

    @Override
    public String toString() {
        return text(Enum::name);
    }
}
