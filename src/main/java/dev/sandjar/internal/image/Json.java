package dev.sandjar.internal.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sandjar.image.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON of images: hostile, so bounded in size and depth, and every field is of the right type or refused. */
final class Json {
    /** What registries and other tools allow for a manifest or a configuration. */
    static final int MAX = 4 << 20;

    private static final int DEPTH = 64;
    /** A tree takes some 100 bytes for each, whose text may have two. */
    private static final int TOKENS_MAX = 1_000_000;

    private static final JsonMapper MAPPER = JsonMapper.builder(com.fasterxml.jackson.core.JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEPTH)
                            .maxTokenCount(TOKENS_MAX)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    static JsonNode parse(byte[] text, String subject) throws IOException {
        try {
            JsonNode node = MAPPER.readTree(text);
            if (node == null || !node.isObject()) {
                throw new ImageException(subject, "it is not a JSON object", "");
            }
            return node;
        } catch (JsonProcessingException e) {
            ImageException failure = new ImageException(subject, "it is not JSON: " + e.getOriginalMessage(), "");
            failure.initCause(e);
            throw failure;
        }
    }

    static JsonNode array(byte[] text, String subject) throws IOException {
        try {
            JsonNode node = MAPPER.readTree(text);
            if (node == null || !node.isArray()) {
                throw new ImageException(subject, "it is not a JSON array", "");
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new ImageException(subject, "it is not JSON: " + e.getOriginalMessage(), "");
        }
    }

    static byte[] write(Object value) throws IOException {
        return MAPPER.writeValueAsBytes(value);
    }

    static JsonMapper mapper() {
        return MAPPER;
    }

    /** A text; {@code otherwise} where it is missing or null. */
    static String text(JsonNode node, String field, String otherwise, String subject) throws ImageException {
        JsonNode value = node.get(field);
        if (value == null || value.isNull()) {
            return otherwise;
        }
        if (!value.isTextual()) {
            throw new ImageException(subject, "its field " + field + " is not a string", "");
        }
        return value.textValue();
    }

    static long number(JsonNode node, String field, String subject) throws ImageException {
        JsonNode value = node.get(field);
        if (value == null || !value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw new ImageException(subject, "its field " + field + " is not a number, or out of range", "");
        }
        return value.longValue();
    }

    /** Elements of an array; none where it is missing or null. */
    static List<JsonNode> list(JsonNode node, String field, String subject) throws ImageException {
        JsonNode value = node.get(field);
        List<JsonNode> all = new ArrayList<>();
        if (value == null || value.isNull()) {
            return all;
        }
        if (!value.isArray()) {
            throw new ImageException(subject, "its field " + field + " is not an array", "");
        }
        value.forEach(all::add);
        return all;
    }

    static List<String> texts(JsonNode node, String field, String subject) throws ImageException {
        List<String> all = new ArrayList<>();
        for (JsonNode element : list(node, field, subject)) {
            if (!element.isTextual()) {
                throw new ImageException(subject, "its field " + field + " holds something that is not a string", "");
            }
            all.add(element.textValue());
        }
        return all;
    }

    static Map<String, String> map(JsonNode node, String field, String subject) throws ImageException {
        Map<String, String> all = new LinkedHashMap<>();
        JsonNode value = object(node, field, subject);
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
            if (!entry.getValue().isTextual()) {
                throw new ImageException(subject, "its field " + field + " holds something that is not a string", "");
            }
            all.put(entry.getKey(), entry.getValue().textValue());
        }
        return all;
    }

    /** An object; an empty one where it is missing or null. */
    static JsonNode object(JsonNode node, String field, String subject) throws ImageException {
        JsonNode value = node.get(field);
        if (value == null || value.isNull()) {
            return MAPPER.createObjectNode();
        }
        if (!value.isObject()) {
            throw new ImageException(subject, "its field " + field + " is not an object", "");
        }
        return value;
    }
}
