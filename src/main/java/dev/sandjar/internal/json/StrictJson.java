package dev.sandjar.internal.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads JSON that may have been written to be misunderstood: two readers of one text must not see different things. */
public final class StrictJson {
    private static final int DEPTH_MAX = 32;
    /** A tree takes some 100 bytes for each, whose text may have two. */
    private static final int TOKENS_MAX = 1_000_000;

    private static final int NAME_MAX = 1 << 20;
    private static final int NUMBER_MAX = 64;

    private static final Pattern SOURCE =
            Pattern.compile(" *\\(start marker at \\[Source: [^]]*]\\)| *\\[Source: [^]]*]");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectMapper WRITER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private StrictJson() {}

    /**
     * The object that a text is.
     *
     * @param bytes UTF-8
     * @param most how many bytes it may have
     * @param longest how many characters a string in it may have
     * @throws JsonRefusal if it is none, or may be read in two ways
     */
    public static ObjectNode read(byte[] bytes, int most, int longest) {
        if (bytes.length > most) {
            throw new JsonRefusal("", "more than " + most + " bytes");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new JsonRefusal("", "not UTF-8");
        }
        try (JsonParser parser = factory(longest).createParser(text)) {
            JsonNode root = value(parser, parser.nextToken(), null);
            if (parser.nextToken() != null) {
                throw new JsonRefusal("", "something follows the object");
            }
            if (root instanceof ObjectNode object) {
                return object;
            }
            throw new JsonRefusal("", "not an object");
        } catch (JsonProcessingException e) {
            throw new JsonRefusal(
                    "",
                    "not JSON: " + Printable.line(words(e)) + " at line "
                            + (e.getLocation() == null ? "?" : e.getLocation().getLineNr()));
        } catch (IOException e) {
            throw new IllegalStateException("a text can be read", e);
        }
    }

    private static JsonFactory factory(int longest) {
        return JsonFactory.builder()
                // Names are read once: a table of them, and of the whole JVM, would only grow.
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEPTH_MAX)
                        .maxTokenCount(TOKENS_MAX)
                        .maxStringLength(longest)
                        .maxNameLength(NAME_MAX)
                        .maxNumberLength(NUMBER_MAX)
                        .build())
                .build();
    }

    /** Without the names that the parser has for its input, which has none. */
    private static String words(JsonProcessingException e) {
        return SOURCE.matcher(String.valueOf(e.getOriginalMessage())).replaceAll("");
    }

    /** The way to a value, whose text is made for an exception only: it can be as long as the file, for each of its values. */
    private record Place(@Nullable Place above, String name, int index) {
        static String text(@Nullable Place place) {
            StringBuilder text = new StringBuilder();
            for (Place at = place; at != null; at = at.above) {
                text.insert(0, "/" + (at.index < 0 ? escaped(at.name) : Integer.toString(at.index)));
            }
            return text.toString();
        }
    }

    private static JsonRefusal invalid(@Nullable Place place, String why) {
        return new JsonRefusal(Place.text(place), why);
    }

    private static JsonNode value(JsonParser parser, @Nullable JsonToken token, @Nullable Place path)
            throws IOException {
        if (token == null) {
            throw invalid(path, "not JSON: it ends too early");
        }
        return switch (token) {
            case START_OBJECT -> object(parser, path);
            case START_ARRAY -> array(parser, path);
            case VALUE_STRING -> NODES.textNode(clean(parser.getText(), path));
            case VALUE_NUMBER_INT -> NODES.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> decimal(parser, path);
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NODES.nullNode();
            default -> throw invalid(path, "not JSON");
        };
    }

    /** An exponent has a range of its own, which the parser leaves to whoever wants the number. */
    private static JsonNode decimal(JsonParser parser, @Nullable Place path) throws IOException {
        try {
            return NODES.numberNode(parser.getDecimalValue());
        } catch (NumberFormatException | ArithmeticException e) {
            throw invalid(path, "a number with too large an exponent");
        }
    }

    private static ObjectNode object(JsonParser parser, @Nullable Place path) throws IOException {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = clean(parser.currentName(), path);
            Place below = new Place(path, name, -1);
            if (object.has(name)) {
                throw invalid(below, "is there twice");
            }
            object.set(name, value(parser, parser.nextToken(), below));
        }
        return object;
    }

    private static ArrayNode array(JsonParser parser, @Nullable Place path) throws IOException {
        ArrayNode array = NODES.arrayNode();
        JsonToken token = parser.nextToken();
        while (token != JsonToken.END_ARRAY) {
            array.add(value(parser, token, new Place(path, "", array.size())));
            token = parser.nextToken();
        }
        return array;
    }

    /** Neither what ends a string for the kernel, nor what has no bytes in UTF-8. */
    private static String clean(String text, @Nullable Place path) {
        if (text.indexOf(0) >= 0) {
            throw invalid(path, "has a NUL character");
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw invalid(path, "has half a surrogate pair");
            }
        }
        return text;
    }

    /** A name in a JSON Pointer; control characters don't get into messages. */
    public static String escaped(String name) {
        return Printable.line(name).replace("~", "~0").replace("/", "~1");
    }

    public static String write(ObjectNode object) {
        try {
            return WRITER.writeValueAsString(object) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can be written", e);
        }
    }
}
