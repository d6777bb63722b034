package dev.sandjar.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.internal.json.StrictJson;
import dev.sandjar.internal.util.Printable;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A value of the configuration that knows its place: what is wrong with it is reported with that. */
final class JsonAt {
    private static final long UINT32_MAX = 0xffffffffL;
    private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

    private final JsonNode node;
    private final String path;

    /** Of the type that its caller has: a class whose methods convert types of Jackson's can't be loaded without Jackson. */
    static JsonAt root(ObjectNode node) {
        return new JsonAt(node, "");
    }

    JsonAt(JsonNode node, String path) {
        this.node = node;
        this.path = path;
    }

    InvalidBundleException refused(String reason) {
        return new InvalidBundleException(path, reason);
    }

    InvalidBundleException refused(String field, String reason) {
        return new InvalidBundleException(path + "/" + field, reason);
    }

    /** What a builder or a value may refuse. */
    @FunctionalInterface
    interface Action<T> {
        T get() throws InvalidBundleException;
    }

    /** Does something whose refusals are about this value. */
    <T> T checked(Action<T> action) throws InvalidBundleException {
        try {
            return action.get();
        } catch (IllegalArgumentException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Other readers match names whatever their case (Go's do), and would see a field where this one sees none.
     *
     * @param names those that are read
     */
    JsonAt knowing(String... names) throws InvalidBundleException {
        if (!node.isObject()) {
            throw refused("not an object");
        }
        for (Iterator<String> i = node.fieldNames(); i.hasNext(); ) {
            String field = i.next();
            for (String name : names) {
                if (field.equalsIgnoreCase(name) && !field.equals(name)) {
                    throw refused(StrictJson.escaped(field), "is spelled \"" + name + "\"");
                }
            }
        }
        return this;
    }

    /** Null is nothing for other readers, and for some writers too. */
    Optional<JsonAt> field(String name) {
        JsonNode value = node.get(name);
        return value == null || value.isNull()
                ? Optional.empty()
                : Optional.of(new JsonAt(value, path + "/" + StrictJson.escaped(name)));
    }

    JsonAt required(String name) throws InvalidBundleException {
        return field(name).orElseThrow(() -> refused(name, "is missing"));
    }

    /** All fields in their order. */
    List<String> names() throws InvalidBundleException {
        if (!node.isObject()) {
            throw refused("not an object");
        }
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    List<JsonAt> items() throws InvalidBundleException {
        if (!node.isArray()) {
            throw refused("not a list");
        }
        List<JsonAt> items = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            items.add(new JsonAt(node.get(i), path + "/" + i));
        }
        return items;
    }

    String text() throws InvalidBundleException {
        if (!node.isTextual()) {
            throw refused("not a string");
        }
        return node.textValue();
    }

    boolean bool() throws InvalidBundleException {
        if (!node.isBoolean()) {
            throw refused("not true or false");
        }
        return node.booleanValue();
    }

    BigInteger integer() throws InvalidBundleException {
        if (!node.isIntegralNumber()) {
            throw refused("not an integer");
        }
        return node.bigIntegerValue();
    }

    long number(long min, long max) throws InvalidBundleException {
        BigInteger value = integer();
        boolean fits = value.compareTo(LONG_MIN) >= 0 && value.compareTo(LONG_MAX) <= 0;
        if (!fits || value.longValue() < min || value.longValue() > max) {
            throw refused("is " + value + ", allowed is " + min + " to " + max);
        }
        return value.longValue();
    }

    long uint32() throws InvalidBundleException {
        return number(0, UINT32_MAX);
    }

    // ---- fields of an object

    List<JsonAt> list(String name) throws InvalidBundleException {
        Optional<JsonAt> list = field(name);
        return list.isPresent() ? list.get().items() : List.of();
    }

    List<String> texts(String name) throws InvalidBundleException {
        List<String> texts = new ArrayList<>();
        for (JsonAt item : list(name)) {
            texts.add(item.text());
        }
        return texts;
    }

    /** Strings by name, in their order. */
    Map<String, String> map(String name) throws InvalidBundleException {
        Map<String, String> map = new LinkedHashMap<>();
        Optional<JsonAt> object = field(name);
        if (object.isPresent()) {
            for (String key : object.get().names()) {
                map.put(key, object.get().required(key).text());
            }
        }
        return map;
    }

    /** Empty for what is not there and for "", which writers use for the same. */
    Optional<JsonAt> filled(String name) throws InvalidBundleException {
        Optional<JsonAt> text = field(name);
        return text.isPresent() && text.get().text().isEmpty() ? Optional.empty() : text;
    }

    boolean bool(String name) throws InvalidBundleException {
        Optional<JsonAt> value = field(name);
        return value.isPresent() && value.get().bool();
    }

    Optional<Long> number(String name, long min, long max) throws InvalidBundleException {
        Optional<JsonAt> value = field(name);
        return value.isPresent() ? Optional.of(value.get().number(min, max)) : Optional.empty();
    }

    /** Refuses a field that asks for something; an empty text, list or object doesn't. */
    void without(String name, String reason) throws InvalidBundleException {
        Optional<JsonAt> value = field(name);
        if (value.isEmpty()) {
            return;
        }
        JsonNode inside = value.get().node;
        boolean nothing = (inside.isContainerNode() && inside.isEmpty())
                || (inside.isTextual() && inside.textValue().isEmpty());
        if (!nothing) {
            throw value.get().refused(reason);
        }
    }

    /** The value as JSON text. */
    String json() {
        return node.toString();
    }

    String path() {
        return path;
    }

    @Override
    public String toString() {
        return path + " " + Printable.line(node.toString());
    }
}
