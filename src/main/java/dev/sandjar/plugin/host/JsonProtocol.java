package dev.sandjar.plugin.host;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.internal.Nullable;
import dev.sandjar.plugin.PluginException;
import dev.sandjar.plugin.wire.CodecLimits;
import dev.sandjar.plugin.wire.Contract;
import dev.sandjar.plugin.wire.ContractMethod;
import dev.sandjar.plugin.wire.Frame;
import dev.sandjar.plugin.wire.Shape;
import dev.sandjar.plugin.wire.WireException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Lines of JSON to and from a program. */
final class JsonProtocol implements Protocol {
    private final CodecLimits limits;
    private final ObjectMapper mapper;
    private final JsonValues values;
    /** How much of the inbox has no end of line. */
    private int looked;

    JsonProtocol(Contract contract, CodecLimits limits) {
        this.limits = limits;
        this.values = new JsonValues(limits);
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(limits.depth() + 4)
                        .maxStringLength(limits.messageBytes())
                        .maxNumberLength(64)
                        .maxNameLength(limits.messageBytes())
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                // Names come from the program: each would stay for ever.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .build();
        this.mapper = new ObjectMapper(factory)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);
    }

    @Override
    public List<byte[]> call(
            int id, ContractMethod method, @Nullable Object @Nullable [] arguments, @Nullable Lending lending) {
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
        try (var parser = mapper.getFactory().createParser(line)) {
            if (parser.nextToken() != com.fasterxml.jackson.core.JsonToken.START_OBJECT) {
                throw new WireException("a line that is no JSON object");
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                if (name.equals("id")) {
                    parser.nextToken();
                    id = parser.getIntValue();
                } else {
                    parser.nextToken();
                    parser.skipChildren();
                }
            }
        } catch (IOException e) {
            throw new WireException(
                    "a line that is no JSON: " + BinaryProtocol.shortened(String.valueOf(e.getMessage()), false));
        }
        return new Incoming(type, 0, id, ByteBuffer.wrap(line), -1);
    }

    @Override
    public void discard(Incoming reply) {}

    @Override
    public @Nullable Object result(Incoming reply, ContractMethod method) throws Throwable {
        JsonNode line;
        try {
            line = mapper.readTree(reply.body().array());
        } catch (IOException e) {
            throw new WireException(
                    "a line that is no JSON: " + BinaryProtocol.shortened(String.valueOf(e.getMessage()), false));
        }
        JsonNode error = line.get("error");
        if (error == null || error.isNull()) {
            return values.read(method.result(), line.get("result"));
        }
        String type = text(error, "type");
        String message = text(error, "message");
        String trace = text(error, "trace");
        for (Class<?> declared : method.exceptions()) {
            if (declared.getSimpleName().equals(type)) {
                throw Rebuilt.exception(declared, declared.getName(), message, trace);
            }
        }
        throw BinaryProtocol.thrown(PluginException.Reason.THROWN, type.isEmpty() ? "an error" : type, message, trace);
    }

    private static String text(JsonNode error, String name) {
        JsonNode found = error.get(name);
        return found == null || !found.isTextual() ? "" : BinaryProtocol.shortened(found.textValue(), true);
    }
}
