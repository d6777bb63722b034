package dev.sandjar.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** An object that is being read. What nobody has asked for is unknown. */
final class Struct {
    private final JsonNode node;
    private final SortedSet<String> known = new TreeSet<>();

    Struct(JsonNode node) {
        if (!node.isObject()) {
            throw new IllegalArgumentException("not an object");
        }
        this.node = node;
    }

    <T> Optional<T> get(String name, Form<T> form) {
        known.add(name);
        JsonNode value = node.get(name);
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(form.read(value));
        } catch (IllegalArgumentException e) {
            throw JsonRefusal.below(name, e);
        }
    }

    <T> T need(String name, Form<T> form) {
        return get(name, form).orElseThrow(() -> JsonRefusal.below(name, new IllegalArgumentException("is missing")));
    }

    /** Refuses what is left. */
    void end() {
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw JsonRefusal.below(name, new IllegalArgumentException("unknown field; there are " + known));
            }
        });
    }
}
