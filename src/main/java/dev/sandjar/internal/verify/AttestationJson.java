package dev.sandjar.internal.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Exposure;
import java.util.Locale;

/** An attestation for other programs. */
public final class AttestationJson {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private AttestationJson() {}

    public static String write(Attestation attestation) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("contained", attestation.isContained());
        root.put("tier", attestation.tier().name());
        ArrayNode results = root.putArray("results");
        for (Attestation.Result result : attestation.results()) {
            results.addObject()
                    .put("name", result.name())
                    .put("category", result.category())
                    .put("attack", result.attack())
                    .put("grade", result.grade().name().toLowerCase(Locale.ROOT))
                    .put("reason", result.reason());
        }
        Exposure exposure = attestation.exposure();
        ObjectNode out = root.putObject("exposure");
        out.put("systemCalls", exposure.systemCalls());
        out.put("systemCallsKnown", exposure.systemCallsKnown());
        exposure.capabilities().forEach(out.putArray("capabilities")::add);
        exposure.writableKernelFiles().ifPresent(count -> out.put("writableKernelFiles", count));
        exposure.processes().ifPresent(count -> out.put("processes", count));
        exposure.descriptors().ifPresent(count -> out.put("descriptors", count));
        exposure.interfaces().forEach(out.putArray("interfaces")::add);
        try {
            return MAPPER.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
