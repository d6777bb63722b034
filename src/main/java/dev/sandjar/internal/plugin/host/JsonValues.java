package dev.sandjar.internal.plugin.host;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.internal.plugin.wire.BytesShape;
import dev.sandjar.internal.plugin.wire.CodecLimits;
import dev.sandjar.internal.plugin.wire.CollectionShape;
import dev.sandjar.internal.plugin.wire.EnumShape;
import dev.sandjar.internal.plugin.wire.MapShape;
import dev.sandjar.internal.plugin.wire.OptionalShape;
import dev.sandjar.internal.plugin.wire.RecordShape;
import dev.sandjar.internal.plugin.wire.ScalarShape;
import dev.sandjar.internal.plugin.wire.SealedShape;
import dev.sandjar.internal.plugin.wire.Shape;
import dev.sandjar.internal.plugin.wire.TextShape;
import dev.sandjar.internal.plugin.wire.WireException;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Values of a contract as JSON. */
final class JsonValues {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final CodecLimits limits;

    JsonValues(CodecLimits limits) {
        this.limits = limits;
    }

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

    /** Whether it can be the name of a field, so that a map is an object. */
    static boolean isName(Shape key) {
        return key instanceof TextShape
                || key instanceof EnumShape
                || (key instanceof ScalarShape scalar
                        && switch (scalar.kind()) {
                            case BYTE, SHORT, INT, LONG -> true;
                            default -> false;
                        });
    }
}
