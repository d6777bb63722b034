package dev.sandjar.internal.json;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** An object that is being written. */
final class Out {
    private final ObjectNode node = JsonNodeFactory.instance.objectNode();

    <T> Out put(String name, Form<T> form, T value) {
        try {
            node.set(name, form.write(value));
            return this;
        } catch (IllegalArgumentException e) {
            throw JsonRefusal.below(name, e);
        }
    }

    /** Leaves it out if it is absent. */
    <T> Out put(String name, Form<T> form, Optional<? extends T> value) {
        value.ifPresent(present -> put(name, form, present));
        return this;
    }

    /** Leaves it out if it is false. */
    Out flag(String name, boolean value) {
        return value ? put(name, Scalars.BOOL, true) : this;
    }

    ObjectNode node() {
        return node;
    }
}
