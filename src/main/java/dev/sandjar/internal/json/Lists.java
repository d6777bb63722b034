package dev.sandjar.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.internal.util.Printable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Forms of several values. */
final class Lists {
    private Lists() {}

    static <T> Form<List<T>> of(Form<T> item) {
        return new Form<>() {
            @Override
            public JsonNode write(List<T> value) {
                ArrayNode array = JsonNodeFactory.instance.arrayNode();
                for (T each : value) {
                    try {
                        array.add(item.write(each));
                    } catch (IllegalArgumentException e) {
                        throw JsonRefusal.below(Integer.toString(array.size()), e);
                    }
                }
                return array;
            }

            @Override
            public List<T> read(JsonNode node) {
                if (!node.isArray()) {
                    throw new IllegalArgumentException("not a list");
                }
                List<T> list = new ArrayList<>();
                for (JsonNode each : node) {
                    try {
                        list.add(item.read(each));
                    } catch (IllegalArgumentException e) {
                        throw JsonRefusal.below(Integer.toString(list.size()), e);
                    }
                }
                return list;
            }
        };
    }

    /** A list, whose order says nothing: the same set is always the same text. */
    static <T> Form<Set<T>> ofSet(Form<T> item) {
        return of(item).as(
                        list -> {
                            Set<T> set = new LinkedHashSet<>(list);
                            if (set.size() < list.size()) {
                                throw new IllegalArgumentException("has something twice");
                            }
                            return set;
                        },
                        set -> set.stream()
                                .sorted(Comparator.comparing(
                                        each -> item.write(each).toString()))
                                .toList());
    }

    /** An object whose names are the keys, in their order. */
    static <K, V> Form<Map<K, V>> ofMap(Form<K> key, Form<V> value) {
        return new Form<>() {
            @Override
            public JsonNode write(Map<K, V> map) {
                ObjectNode object = JsonNodeFactory.instance.objectNode();
                map.forEach((k, v) -> {
                    String name = key.write(k).textValue();
                    try {
                        object.set(name, value.write(v));
                    } catch (IllegalArgumentException e) {
                        throw JsonRefusal.below(name, e);
                    }
                });
                return object;
            }

            @Override
            public Map<K, V> read(JsonNode node) {
                if (!node.isObject()) {
                    throw new IllegalArgumentException("not an object");
                }
                Map<K, V> map = new LinkedHashMap<>();
                node.properties().forEach(field -> {
                    K name;
                    try {
                        name = key.read(JsonNodeFactory.instance.textNode(field.getKey()));
                        if (map.put(name, value.read(field.getValue())) != null) {
                            throw new IllegalArgumentException(Printable.quote(field.getKey()) + " is there twice");
                        }
                    } catch (IllegalArgumentException e) {
                        throw JsonRefusal.below(field.getKey(), e);
                    }
                });
                return map;
            }
        };
    }
}
