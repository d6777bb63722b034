package dev.sandjar.internal.plugin.wire;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Map or null; what is read can't be changed, and has the order in which it was written. */
public final class MapShape extends Shape {
    private final Shape key;
    private final Shape value;

    MapShape(String name, Shape key, Shape value) {
        super(name);
        this.key = key;
        this.value = value;
    }

    public Shape key() {
        return key;
    }

    public Shape value() {
        return value;
    }

    @Override
    public void write(Encoder out, @Nullable Object map) {
        if (!out.present(map) || map == null) {
            return;
        }
        Object[] entries = ((Map<?, ?>) map).entrySet().toArray();
        out.enter();
        out.count(entries.length);
        for (Object entry : entries) {
            key.write(out, ((Map.Entry<?, ?>) entry).getKey());
            value.write(out, ((Map.Entry<?, ?>) entry).getValue());
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
        CollectionShape.checkKeys(key, count);
        Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            put(map, key.read(in), value.read(in));
        }
        in.leave();
        return Collections.unmodifiableMap(map);
    }

    /** Refuses what is there already. */
    public void put(Map<@Nullable Object, @Nullable Object> map, @Nullable Object k, @Nullable Object v) {
        if (map.containsKey(k)) {
            throw new WireException("a map has a key twice");
        }
        map.put(k, v);
        CollectionShape.checkKeys(key, map.size());
    }
}
