package dev.sandjar.plugin.host;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.internal.Nullable;
import dev.sandjar.plugin.wire.BytesShape;
import dev.sandjar.plugin.wire.CodecLimits;
import dev.sandjar.plugin.wire.CollectionShape;
import dev.sandjar.plugin.wire.EnumShape;
import dev.sandjar.plugin.wire.MapShape;
import dev.sandjar.plugin.wire.NothingShape;
import dev.sandjar.plugin.wire.OptionalShape;
import dev.sandjar.plugin.wire.RecordShape;
import dev.sandjar.plugin.wire.ScalarShape;
import dev.sandjar.plugin.wire.SealedShape;
import dev.sandjar.plugin.wire.Shape;
import dev.sandjar.plugin.wire.TextShape;
import dev.sandjar.plugin.wire.WireException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Values of a contract as JSON. What is read is of exactly the type that the contract has, or a {@link WireException}. */
final class JsonValues {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final CodecLimits limits;

    JsonValues(CodecLimits limits) {
        this.limits = limits;
    }

    // ---- writing

    JsonNode write(Shape shape, @Nullable Object value) {
        try {
            return write(shape, value, 0);
        } catch (ClassCastException e) {
            throw new WireException("a value is not of the type that the contract has: " + e.getMessage());
        }
    }

    private JsonNode write(Shape shape, @Nullable Object value, int depth) {
        if (depth > limits.depth()) {
            throw new WireException("the value is deeper than " + limits.depth() + ", or contains itself");
        }
        if (value == null) {
            return NODES.nullNode();
        }
        if (shape instanceof ScalarShape scalar) {
            return scalar(scalar, value);
        } else if (shape instanceof TextShape) {
            return NODES.textNode((String) value);
        } else if (shape instanceof BytesShape) {
            return NODES.textNode(Base64.getEncoder().encodeToString((byte[]) value));
        } else if (shape instanceof EnumShape) {
            return NODES.textNode(((Enum<?>) value).name());
        } else if (shape instanceof RecordShape record) {
            return record(record, value, depth);
        } else if (shape instanceof SealedShape sealed) {
            RecordShape record = sealed.permitted().get(sealed.indexOf(value));
            ObjectNode node = NODES.objectNode().put("type", record.type().getSimpleName());
            node.setAll(record(record, value, depth));
            return node;
        } else if (shape instanceof CollectionShape collection) {
            ArrayNode array = NODES.arrayNode();
            for (Object each : (Collection<?>) value) {
                array.add(write(collection.element(), each, depth + 1));
            }
            return array;
        } else if (shape instanceof MapShape map) {
            return map(map, (Map<?, ?>) value, depth);
        } else if (shape instanceof OptionalShape optional) {
            return write(optional.content(), ((Optional<?>) value).orElse(null), depth + 1);
        }
        throw new WireException(shape + " can't be JSON");
    }

    private static JsonNode scalar(ScalarShape shape, Object value) {
        return switch (shape.kind()) {
            case BOOLEAN -> NODES.booleanNode((Boolean) value);
            case CHAR -> NODES.textNode(value.toString());
            case FLOAT ->
                Float.isFinite((Float) value) ? NODES.numberNode((Float) value) : NODES.textNode(value.toString());
            case DOUBLE ->
                Double.isFinite((Double) value) ? NODES.numberNode((Double) value) : NODES.textNode(value.toString());
            default -> NODES.numberNode(((Number) value).longValue());
        };
    }

    private ObjectNode record(RecordShape shape, Object value, int depth) {
        ObjectNode node = NODES.objectNode();
        List<Shape> components = shape.components();
        for (int i = 0; i < components.size(); i++) {
            node.set(shape.componentName(i), write(components.get(i), shape.get(value, i), depth + 1));
        }
        return node;
    }

    private JsonNode map(MapShape shape, Map<?, ?> value, int depth) {
        if (isName(shape.key())) {
            ObjectNode object = NODES.objectNode();
            for (Map.Entry<?, ?> each : value.entrySet()) {
                JsonNode key = write(shape.key(), each.getKey(), depth + 1);
                if (key.isNull()) {
                    throw new WireException("null can't be a key in JSON");
                }
                object.set(key.asText(), write(shape.value(), each.getValue(), depth + 1));
            }
            return object;
        }
        ArrayNode pairs = NODES.arrayNode();
        for (Map.Entry<?, ?> each : value.entrySet()) {
            pairs.addArray()
                    .add(write(shape.key(), each.getKey(), depth + 1))
                    .add(write(shape.value(), each.getValue(), depth + 1));
        }
        return pairs;
    }

    private static boolean isName(Shape key) {
        return key instanceof TextShape
                || key instanceof EnumShape
                || (key instanceof ScalarShape scalar
                        && switch (scalar.kind()) {
                            case BYTE, SHORT, INT, LONG -> true;
                            default -> false;
                        });
    }

    // ---- reading

    @Nullable
    Object read(Shape shape, @Nullable JsonNode node) {
        return new Reading().read(shape, node);
    }

    /** One message. */
    private final class Reading {
        private int elements;

        @Nullable
        Object read(Shape shape, @Nullable JsonNode node) {
            if (shape instanceof NothingShape) {
                return null;
            }
            if (shape instanceof OptionalShape optional) {
                Object content = node == null || node.isNull() ? null : read(optional.content(), node);
                return Optional.ofNullable(content);
            }
            if (node == null || node.isNull()) {
                if (shape instanceof ScalarShape scalar && !scalar.isBoxed()) {
                    throw wrong(shape, node);
                }
                return null;
            }
            if (shape instanceof ScalarShape scalar) {
                return scalar(scalar, node);
            } else if (shape instanceof TextShape && node.isTextual()) {
                return node.textValue();
            } else if (shape instanceof BytesShape && node.isTextual()) {
                return bytes(node.textValue());
            } else if (shape instanceof EnumShape constants && node.isTextual()) {
                return constant(constants, node.textValue());
            } else if (shape instanceof RecordShape record && node.isObject()) {
                return record(record, node, 0);
            } else if (shape instanceof SealedShape sealed && node.isObject()) {
                return sealed(sealed, node);
            } else if (shape instanceof CollectionShape collection && node.isArray()) {
                count(node.size());
                List<@Nullable Object> values = new ArrayList<>(node.size());
                for (JsonNode each : node) {
                    values.add(read(collection.element(), each));
                }
                return collection.finish(values);
            } else if (shape instanceof MapShape map && (isName(map.key()) ? node.isObject() : node.isArray())) {
                return map(map, node);
            }
            throw wrong(shape, node);
        }

        private void count(int more) {
            elements += more;
            if (elements > limits.elements()) {
                throw new WireException("the collections have more than " + limits.elements() + " elements");
            }
        }

        private Map<@Nullable Object, @Nullable Object> map(MapShape shape, JsonNode node) {
            count(node.size());
            Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
            if (node.isObject()) {
                for (Map.Entry<String, JsonNode> each : node.properties()) {
                    shape.put(map, name(shape.key(), each.getKey()), read(shape.value(), each.getValue()));
                }
            } else {
                for (JsonNode pair : node) {
                    if (!pair.isArray() || pair.size() != 2) {
                        throw wrong(shape, pair);
                    }
                    shape.put(map, read(shape.key(), pair.get(0)), read(shape.value(), pair.get(1)));
                }
            }
            return Collections.unmodifiableMap(map);
        }

        private @Nullable Object name(Shape key, String name) {
            if (!(key instanceof ScalarShape)) {
                return read(key, NODES.textNode(name));
            }
            try {
                return read(key, NODES.numberNode(Long.parseLong(name)));
            } catch (NumberFormatException e) {
                throw wrong(key, NODES.textNode(name));
            }
        }

        private Object record(RecordShape shape, JsonNode node, int more) {
            List<Shape> components = shape.components();
            @Nullable Object[] values = new Object[components.size()];
            int found = 0;
            for (int i = 0; i < values.length; i++) {
                JsonNode part = node.get(shape.componentName(i));
                found += part == null ? 0 : 1;
                values[i] = read(components.get(i), part);
            }
            if (found + more < node.size()) {
                throw new WireException("an object has more than the components of " + shape);
            }
            return shape.make(values);
        }

        private Object sealed(SealedShape shape, JsonNode node) {
            JsonNode type = node.get("type");
            for (RecordShape record : shape.permitted()) {
                if (type != null && record.type().getSimpleName().equals(type.textValue())) {
                    return record(record, node, 1);
                }
            }
            throw new WireException(shape + " permits no such type");
        }
    }

    private static Object bytes(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new WireException("a text is no base64");
        }
    }

    private static Object constant(EnumShape shape, String name) {
        for (Object each : shape.constants()) {
            if (((Enum<?>) each).name().equals(name)) {
                return each;
            }
        }
        throw new WireException(shape + " has no such constant");
    }

    private static Object scalar(ScalarShape shape, JsonNode node) {
        return switch (shape.kind()) {
            case BOOLEAN -> {
                if (!node.isBoolean()) {
                    throw wrong(shape, node);
                }
                yield node.booleanValue();
            }
            case CHAR -> {
                if (!node.isTextual() || node.textValue().length() != 1) {
                    throw wrong(shape, node);
                }
                yield node.textValue().charAt(0);
            }
            case FLOAT -> (Object) (float) real(shape, node);
            case DOUBLE -> real(shape, node);
            default -> {
                if (!node.isIntegralNumber() || !node.canConvertToLong()) {
                    throw wrong(shape, node);
                }
                yield whole(shape, node.longValue());
            }
        };
    }

    private static double real(ScalarShape shape, JsonNode node) {
        if (node.isNumber()) {
            return node.doubleValue();
        }
        return switch (node.asText()) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw wrong(shape, node);
        };
    }

    private static Object whole(ScalarShape shape, long value) {
        Number narrow =
                switch (shape.kind()) {
                    case BYTE -> (Number) (byte) value;
                    case SHORT -> (short) value;
                    case INT -> (int) value;
                    default -> value;
                };
        if (narrow.longValue() != value) {
            throw new WireException(value + " is no " + shape);
        }
        return narrow;
    }

    private static WireException wrong(Shape shape, @Nullable JsonNode node) {
        return new WireException(
                (node == null ? "nothing" : node.getNodeType().toString().toLowerCase(java.util.Locale.ROOT))
                        + " is no " + shape);
    }
}
