package dev.sandjar.internal.plugin.wire;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A List or a Set, or null; what is read can't be changed. */
public final class CollectionShape extends Shape {
    private final Shape element;
    private final boolean set;

    CollectionShape(String name, Shape element, boolean set) {
        super(name);
        this.element = element;
        this.set = set;
    }

    public Shape element() {
        return element;
    }

    @Override
    public void write(Encoder out, @Nullable Object value) {
        if (!out.present(value) || value == null) {
            return;
        }
        // One look at it: a collection that changes meanwhile must not contradict its own count.
        Object[] elements = ((Collection<?>) value).toArray();
        out.enter();
        out.count(elements.length);
        for (Object each : elements) {
            element.write(out, each);
        }
        out.leave();
    }

    @Override
    public @Nullable Object read(Decoder in) {
        if (!in.present()) {
            return null;
        }
        in.enter();
        int count = in.count();
        List<@Nullable Object> elements = new ArrayList<>(Math.min(count, 1024));
        if (set) {
            checkKeys(element, count);
        }
        for (int i = 0; i < count; i++) {
            elements.add(element.read(in));
        }
        in.leave();
        return finish(elements);
    }

    /** What was read, as the type that the contract has. */
    public Collection<@Nullable Object> finish(List<@Nullable Object> elements) {
        if (!set) {
            return Collections.unmodifiableList(elements);
        }
        checkKeys(element, elements.size());
        Set<@Nullable Object> distinct = new LinkedHashSet<>(elements);
        if (distinct.size() < elements.size()) {
            throw new WireException("a set has an element twice");
        }
        return Collections.unmodifiableSet(distinct);
    }

    static void checkKeys(Shape key, int count) {
        if (!key.isOrdered() && count > CodecLimits.UNORDERED_KEYS) {
            throw new WireException(
                    "a set or map has " + count + " keys of type " + key + ", more than " + CodecLimits.UNORDERED_KEYS);
        }
    }
}
