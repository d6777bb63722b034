package dev.sandjar.internal.plugin.host;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.internal.plugin.wire.CodecLimits;
import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.internal.plugin.wire.Frame;
import dev.sandjar.internal.plugin.wire.Shape;
import dev.sandjar.internal.plugin.wire.WireException;
import dev.sandjar.plugin.PluginException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lines of JSON to and from a program. */
final class JsonProtocol implements Protocol {
    private static final Set<String> ERROR_FIELDS = Set.of("type", "message", "trace");

    private final CodecLimits limits;
    private final JsonFactory factory;
    private final ObjectMapper mapper;
    private final JsonValues values;
    /** How much of the inbox has no end of line. */
    private int looked;

    JsonProtocol(Contract contract, CodecLimits limits) {
        this.limits = limits;
        this.values = new JsonValues(limits);
        this.factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(limits.depth() + 4)
                        .maxStringLength(limits.messageBytes())
                        .maxNumberLength(64)
                        .maxNameLength(limits.messageBytes())
                        .build())
                // Names come from the program: each would stay for ever.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .build();
        this.mapper = new ObjectMapper(factory);
    }

    @Override
    public List<byte[]> call(
            int id,
            ContractMethod method,
            @Nullable Object @Nullable [] arguments,
            @Nullable CallbackReferences references) {
        ObjectNode call = mapper.createObjectNode();
        call.put("id", id);
        call.put("method", method.method().getName());
        ArrayNode parameters = call.putArray("params");
        List<Shape> shapes = method.parameters();
        for (int i = 0; i < shapes.size(); i++) {
            parameters.add(values.write(shapes.get(i), arguments == null ? null : arguments[i]));
        }
        try {
            byte[] line = mapper.writeValueAsBytes(call);
            if (line.length >= limits.messageBytes()) {
                throw new WireException("the call is larger than " + limits.messageBytes() + " bytes");
            }
            byte[] ended = Arrays.copyOf(line, line.length + 1);
            ended[line.length] = '\n';
            return List.of(ended);
        } catch (JsonProcessingException e) {
            throw new WireException("not to be written as JSON: " + e.getOriginalMessage());
        }
    }

    @Override
    public byte @Nullable [] cancel(int id) {
        return null;
    }

    @Override
    public @Nullable Incoming next(Inbox inbox) {
        for (int i = inbox.start + looked; i < inbox.end; i++) {
            if (inbox.bytes[i] == '\n') {
                byte[] line = Arrays.copyOfRange(inbox.bytes, inbox.start, i);
                inbox.start = i + 1;
                looked = 0;
                return reply(line);
            }
        }
        looked = inbox.size();
        if (looked > limits.messageBytes()) {
            throw new WireException("a line of more than " + limits.messageBytes() + " bytes");
        }
        inbox.prepare(looked + 1);
        return null;
    }

    /** Parsed by whoever waits for it; here only its number is found. */
    private Incoming reply(byte[] line) {
        int id = -1;
        int type = Frame.REPLY;
        try (JsonParser parser = factory.createParser(new StringReader(text(line)))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new WireException("a line that is not a JSON object");
            }
            boolean found = false;
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                JsonToken token = parser.nextToken();
                if (!name.equals("id")) {
                    parser.skipChildren();
                } else if (found || token != JsonToken.VALUE_NUMBER_INT) {
                    throw new WireException(found ? "a reply with two ids" : "a reply whose id is not a whole number");
                } else {
                    found = true;
                    id = parser.getIntValue();
                }
            }
        } catch (IOException e) {
            throw noJson(e);
        }
        return new Incoming(type, 0, id, ByteBuffer.wrap(line), -1);
    }

    @Override
    public void discard(Incoming reply) {}

    @Override
    public @Nullable Object result(Incoming reply, ContractMethod method) throws Throwable {
        String line = text(reply.body().array());
        Answer answer;
        try (JsonParser in = factory.createParser(new StringReader(line))) {
            answer = answer(in, new JsonInput(factory, limits, line, in), method);
        } catch (IOException e) {
            throw noJson(e);
        }
        if (answer.error == null) {
            return answer.result;
        }
        String type = answer.error.type;
        for (Class<?> declared : method.exceptions()) {
            if (declared.getSimpleName().equals(type)) {
                throw DeclaredExceptions.exception(
                        declared, declared.getName(), answer.error.message, answer.error.trace);
            }
        }
        throw BinaryProtocol.thrown(
                PluginException.Reason.THROWN,
                type.isEmpty() ? "an error" : type,
                answer.error.message.isEmpty() ? null : answer.error.message,
                answer.error.trace);
    }

    /** Not for the parser to guess: it is UTF-8. */
    private static String text(byte[] line) {
        return new String(line, StandardCharsets.UTF_8);
    }

    private static WireException noJson(IOException e) {
        return new WireException(
                "a line that is not JSON: " + BinaryProtocol.shortened(String.valueOf(e.getMessage()), false));
    }

    /** One of both is there. */
    private record Answer(@Nullable Object result, @Nullable Failure error) {}

    private static final class Failure {
        private String type = "";
        private String message = "";
        private String trace = "";
    }

    private static Answer answer(JsonParser in, JsonInput values, ContractMethod method) throws IOException {
        in.nextToken();
        Object result = null;
        Failure error = null;
        boolean some = false;
        Set<String> fields = new HashSet<>();
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            JsonToken token = in.nextToken();
            boolean isResult = name.equals("result");
            if ((isResult || name.equals("error")) && !fields.add(name)) {
                throw new WireException("a reply with two fields \"" + name + "\"");
            }
            if (token == JsonToken.VALUE_NULL) {
                continue; // as if it were not there
            }
            if (isResult) {
                result = values.read(method.result(), false);
                some = true;
            } else if (name.equals("error")) {
                error = failure(in);
            } else {
                in.skipChildren();
            }
        }
        if (in.nextToken() != null) {
            throw new WireException("a line of more than an object");
        }
        return new Answer(error != null || some ? result : values.read(method.result(), true), error);
    }

    /** What would be lost is refused: whoever has written it would look for it in the exception. */
    private static Failure failure(JsonParser in) throws IOException {
        Failure failure = new Failure();
        if (in.currentToken() == JsonToken.VALUE_STRING) {
            failure.message = errorText(in, "message");
            return failure;
        }
        if (in.currentToken() != JsonToken.START_OBJECT) {
            throw new WireException("an error that is neither an object nor a text");
        }
        Set<String> fields = new HashSet<>();
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            in.nextToken();
            if (!ERROR_FIELDS.contains(name)) {
                in.skipChildren();
                continue;
            }
            if (!fields.add(name)) {
                throw new WireException("an error with two fields \"" + name + "\"");
            }
            String text = errorText(in, name);
            switch (name) {
                case "type" -> failure.type = text;
                case "message" -> failure.message = text;
                default -> failure.trace = text;
            }
        }
        return failure;
    }

    private static String errorText(JsonParser in, String name) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return ""; // as if it were not there
        }
        if (in.currentToken() != JsonToken.VALUE_STRING) {
            throw new WireException("an error whose " + name + " is not a text");
        }
        return BinaryProtocol.shortened(in.getText(), true);
    }
}
