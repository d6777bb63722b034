package dev.sandjar.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.DataSize;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.internal.util.Utf8;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Function;
import java.util.function.Predicate;

/** Forms of what has no parts. */
final class Scalars {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String BASE64 = "base64";

    static final Form<String> TEXT =
            scalar("a string", JsonNode::isTextual, JsonNode::textValue, text -> NODES.textNode(checked(text)));
    static final Form<Boolean> BOOL =
            scalar("true or false", JsonNode::isBoolean, JsonNode::booleanValue, NODES::booleanNode);
    static final Form<Double> DOUBLE = scalar("a number", JsonNode::isNumber, JsonNode::doubleValue, NODES::numberNode);
    static final Form<Long> LONG = scalar(
            "an integer",
            JsonNode::isIntegralNumber,
            node -> between(node.bigIntegerValue(), Long.MIN_VALUE, Long.MAX_VALUE),
            NODES::numberNode);
    static final Form<Integer> INT = scalar(
            "an integer",
            JsonNode::isIntegralNumber,
            node -> (int) between(node.bigIntegerValue(), Integer.MIN_VALUE, Integer.MAX_VALUE),
            NODES::numberNode);
    static final Form<DataSize> SIZE = TEXT.as(DataSize::parse, DataSize::toString);
    static final Form<Duration> DURATION = TEXT.as(Scalars::duration, Duration::toString);

    /** A string if they are UTF-8 that JSON can hold, else an object with their base64. */
    static final Form<byte[]> BYTES = new Form<>() {
        @Override
        public JsonNode write(byte[] value) {
            try {
                String text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(value))
                        .toString();
                if (text.indexOf(0) < 0) {
                    return NODES.textNode(text);
                }
            } catch (CharacterCodingException e) {
                return base64(value);
            }
            return base64(value);
        }

        @Override
        public byte[] read(JsonNode node) {
            if (node.isTextual()) {
                return node.textValue().getBytes(StandardCharsets.UTF_8);
            }
            Struct object = new Struct(node);
            byte[] bytes =
                    object.need(BASE64, TEXT.as(Base64.getDecoder()::decode, Base64.getEncoder()::encodeToString));
            object.end();
            return bytes;
        }
    };

    /** Of the host, absolute. */
    static final Form<Path> PATH = BYTES.as(Scalars::path, PathBytes::of);

    private Scalars() {}

    static <E extends Enum<E>> Form<E> ofEnum(Class<E> type) {
        return TEXT.as(
                name -> Arrays.stream(type.getEnumConstants())
                        .filter(each -> each.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(Printable.quote(name) + " is none of "
                                + Arrays.stream(type.getEnumConstants())
                                        .map(Enum::name)
                                        .toList())),
                Enum::name);
    }

    private static <T> Form<T> scalar(
            String what, Predicate<JsonNode> is, Function<JsonNode, T> in, Function<T, JsonNode> out) {
        return new Form<>() {
            @Override
            public JsonNode write(T value) {
                return out.apply(value);
            }

            @Override
            public T read(JsonNode node) {
                if (!is.test(node)) {
                    throw new IllegalArgumentException("not " + what);
                }
                return in.apply(node);
            }
        };
    }

    private static JsonNode base64(byte[] value) {
        ObjectNode object = NODES.objectNode();
        return object.put(BASE64, Base64.getEncoder().encodeToString(value));
    }

    /** What a reader would refuse is not written. */
    private static String checked(String text) {
        int unused = Utf8.lengthUnquoted(() -> "a text", text);
        return text;
    }

    private static long between(BigInteger value, long min, long max) {
        if (value.compareTo(BigInteger.valueOf(min)) < 0 || value.compareTo(BigInteger.valueOf(max)) > 0) {
            throw new IllegalArgumentException("is " + value + ", allowed is " + min + " to " + max);
        }
        return value.longValue();
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    Printable.quote(text) + " is not a duration of ISO 8601, such as \"PT1M30S\"", e);
        }
    }

    private static Path path(byte[] name) {
        if (name.length == 0 || name[0] != '/') {
            throw new IllegalArgumentException("a path of the host has to be absolute");
        }
        return PathBytes.path(name);
    }
}
