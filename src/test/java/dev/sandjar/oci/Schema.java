package dev.sandjar.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.util.Set;
import java.util.stream.Collectors;

/** A schema of the runtime specification, from src/test/resources/oci/schema. */
final class Schema {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final JsonSchema schema;

    private Schema(String file) {
        schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4)
                .getSchema(SchemaLocation.of("classpath:oci/schema/" + file));
    }

    static Schema config() {
        return new Schema("config-schema.json");
    }

    static Schema state() {
        return new Schema("state-schema.json");
    }

    Set<String> errors(String json) {
        return schema.validate(tree(json)).stream()
                .map(ValidationMessage::toString)
                .collect(Collectors.toSet());
    }

    static JsonNode tree(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
