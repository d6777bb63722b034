package dev.sandjar.internal.plugin.host;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sandjar.internal.plugin.wire.BytesShape;
import dev.sandjar.internal.plugin.wire.CodecLimits;
import dev.sandjar.internal.plugin.wire.CollectionShape;
import dev.sandjar.internal.plugin.wire.EnumShape;
import dev.sandjar.internal.plugin.wire.MapShape;
import dev.sandjar.internal.plugin.wire.NothingShape;
import dev.sandjar.internal.plugin.wire.OptionalShape;
import dev.sandjar.internal.plugin.wire.RecordShape;
import dev.sandjar.internal.plugin.wire.ScalarShape;
import dev.sandjar.internal.plugin.wire.SealedShape;
import dev.sandjar.internal.plugin.wire.Shape;
import dev.sandjar.internal.plugin.wire.TextShape;
import dev.sandjar.internal.plugin.wire.WireException;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads values of a contract from one message, token by token: what the contract has no place for is refused where it stands, so that a
 * hostile message takes no more memory than an honest one. A value is of exactly the type that the contract has, or a
 * {@link WireException}.
 */
final class JsonInput {
    private static final String TYPE = "type";
    private static final Pattern WHOLE = Pattern.compile("0|-?[1-9][0-9]{0,18}");
    /** How often the text of a message may be read once more for the type of an object that does not begin with it. */
    private static final int LOOKS_AHEAD = 4;

    private final JsonFactory factory;
    private final CodecLimits limits;
    private final String text;
    private final JsonParser in;
    private long ahead;
    private int elements;

    /** @param in reads {@code text} */
    JsonInput(JsonFactory factory, CodecLimits limits, String text, JsonParser in) {
        this.factory = factory;
        this.limits = limits;
        this.text = text;
        this.in = in;
        this.ahead = (long) LOOKS_AHEAD * text.length();
    }

    /** The value that begins with the present token; of {@code missing}, where there is none. */
    @Nullable
    Object read(Shape shape, boolean missing) throws IOException {
        JsonToken token = missing ? JsonToken.VALUE_NULL : in.currentToken();
        if (shape instanceof NothingShape) {
            if (!missing) {
                in.skipChildren();
            }
            return null;
        }
        if (shape instanceof OptionalShape optional) {
            return Optional.ofNullable(token == JsonToken.VALUE_NULL ? null : read(optional.content(), false));
        }
        if (token == JsonToken.VALUE_NULL) {
            if (shape instanceof ScalarShape scalar && !scalar.isBoxed()) {
                throw missing ? new WireException("a value of type " + shape + " is missing") : wrong(shape);
            }
            return null;
        }
        if (shape instanceof ScalarShape scalar) {
            return scalar(scalar);
        } else if (shape instanceof TextShape && token == JsonToken.VALUE_STRING) {
            return in.getText();
        } else if (shape instanceof BytesShape && token == JsonToken.VALUE_STRING) {
            return bytes(in.getText());
        } else if (shape instanceof EnumShape constants && token == JsonToken.VALUE_STRING) {
            return constant(constants, in.getText());
        } else if (shape instanceof RecordShape record && token == JsonToken.START_OBJECT) {
            return record(record, false);
        } else if (shape instanceof SealedShape sealed && token == JsonToken.START_OBJECT) {
            return sealed(sealed);
        } else if (shape instanceof CollectionShape collection && token == JsonToken.START_ARRAY) {
            return collection(collection);
        } else if (shape instanceof MapShape map) {
            if (JsonValues.isName(map.key()) && token == JsonToken.START_OBJECT) {
                return object(map);
            } else if (!JsonValues.isName(map.key()) && token == JsonToken.START_ARRAY) {
                return pairs(map);
            }
        }
        throw wrong(shape);
    }

    private void count() {
        if (++elements > limits.elements()) {
            throw new WireException("the collections have more than " + limits.elements() + " elements");
        }
    }

    private Object collection(CollectionShape shape) throws IOException {
        List<@Nullable Object> values = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            count();
            values.add(read(shape.element(), false));
        }
        return shape.finish(values);
    }

    private Object object(MapShape shape) throws IOException {
        Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            count();
            in.nextToken();
            shape.put(map, name(shape.key(), name), read(shape.value(), false));
        }
        return Collections.unmodifiableMap(map);
    }

    private static Object name(Shape key, String name) {
        if (key instanceof TextShape) {
            return name;
        } else if (key instanceof EnumShape constants) {
            return constant(constants, name);
        }
        // One name for each number: not +1, 01 or the digits of other scripts.
        if (!WHOLE.matcher(name).matches()) {
            throw new WireException("a name of an object is no " + key);
        }
        try {
            return whole((ScalarShape) key, Long.parseLong(name));
        } catch (NumberFormatException e) {
            throw new WireException("a name of an object can't be of type " + key);
        }
    }

    private Object pairs(MapShape shape) throws IOException {
        Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            count();
            if (in.currentToken() != JsonToken.START_ARRAY) {
                throw wrong(shape);
            }
            Object key = half(shape, shape.key());
            Object value = half(shape, shape.value());
            if (in.nextToken() != JsonToken.END_ARRAY) {
                throw new WireException("an array of a map has more than a key and a value");
            }
            shape.put(map, key, value);
        }
        return Collections.unmodifiableMap(map);
    }

    private @Nullable Object half(MapShape shape, Shape part) throws IOException {
        if (in.nextToken() == JsonToken.END_ARRAY) {
            throw new WireException("an array of " + shape + " has less than a key and a value");
        }
        return read(part, false);
    }

    /** @param named whether there may be the field that tells the type */
    private Object record(RecordShape shape, boolean named) throws IOException {
        List<Shape> components = shape.components();
        @Nullable Object[] values = new Object[components.size()];
        boolean[] found = new boolean[values.length];
        boolean typed = false;
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            in.nextToken();
            int i = index(shape, name);
            boolean again = i >= 0 ? found[i] : typed;
            if (again || (i < 0 && !(named && name.equals(TYPE)))) {
                throw new WireException(
                        again ? "an object has a field twice" : "an object has more than the components of " + shape);
            }
            if (i >= 0) {
                found[i] = true;
                values[i] = read(components.get(i), false);
            } else {
                typed = true;
                in.skipChildren();
            }
        }
        for (int i = 0; i < values.length; i++) {
            if (!found[i]) {
                values[i] = read(components.get(i), true);
            }
        }
        return shape.make(values);
    }

    private static int index(RecordShape shape, String name) {
        for (int i = 0; i < shape.components().size(); i++) {
            if (shape.componentName(i).equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private Object sealed(SealedShape shape) throws IOException {
        String type = type();
        for (RecordShape record : shape.permitted()) {
            if (record.type().getSimpleName().equals(type)) {
                return record(record, true);
            }
        }
        throw new WireException(shape + " permits no such type");
    }

    /** What the object that begins here says it is, wherever in it that stands. */
    private @Nullable String type() throws IOException {
        StringReader rest = new StringReader(text);
        if (rest.skip(in.currentTokenLocation().getCharOffset()) < 0) {
            throw new IllegalStateException("before the text");
        }
        try (JsonParser look = factory.createParser(rest)) {
            look.nextToken();
            String name = look.nextFieldName();
            while (name != null && !name.equals(TYPE)) {
                look.nextToken();
                look.skipChildren();
                name = look.nextFieldName();
                if (look.currentLocation().getCharOffset() > ahead) {
                    throw new WireException("objects of sealed interfaces do not begin with their type");
                }
            }
            ahead -= look.currentLocation().getCharOffset();
            return name == null || look.nextToken() != JsonToken.VALUE_STRING ? null : look.getText();
        }
    }

    private static Object bytes(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new WireException("a text is not base64");
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

    private Object scalar(ScalarShape shape) throws IOException {
        JsonToken token = in.currentToken();
        return switch (shape.kind()) {
            case BOOLEAN -> {
                if (!token.isBoolean()) {
                    throw wrong(shape);
                }
                yield in.getBooleanValue();
            }
            case CHAR -> {
                if (token != JsonToken.VALUE_STRING || in.getTextLength() != 1) {
                    throw wrong(shape);
                }
                yield in.getText().charAt(0);
            }
            case FLOAT -> (Object) single(shape);
            case DOUBLE -> real(shape);
            default -> {
                if (token != JsonToken.VALUE_NUMBER_INT || in.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                    throw wrong(shape);
                }
                yield whole(shape, in.getLongValue());
            }
        };
    }

    private float single(ScalarShape shape) throws IOException {
        double value = real(shape);
        float narrow = (float) value;
        if (Float.isInfinite(narrow) && !Double.isInfinite(value)) {
            throw tooLarge(shape);
        }
        return narrow;
    }

    private static WireException tooLarge(ScalarShape shape) {
        return new WireException("a number is too large for " + shape);
    }

    /** What has no end is a text, and never what a number that is too large becomes. */
    private double real(ScalarShape shape) throws IOException {
        if (in.currentToken().isNumeric()) {
            double value = in.getDoubleValue();
            if (Double.isInfinite(value)) {
                throw tooLarge(shape);
            }
            return value;
        }
        if (in.currentToken() != JsonToken.VALUE_STRING) {
            throw wrong(shape);
        }
        return switch (in.getText()) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw wrong(shape);
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
            throw new WireException(value + " can't be of type " + shape);
        }
        return narrow;
    }

    private WireException wrong(Shape shape) {
        String token = String.valueOf(in.currentToken()).toLowerCase(Locale.ROOT);
        return new WireException(token.replace("value_", "").replace("start_", "") + " can't be of type " + shape);
    }
}
