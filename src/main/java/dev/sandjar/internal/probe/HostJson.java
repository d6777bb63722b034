package dev.sandjar.internal.probe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.SandboxHost;

/** What a host can give, for other programs. */
public final class HostJson {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private HostJson() {}

    public static String write(SandboxHost host, String version) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("version", version);
        root.put("ready", host.isReady());
        root.put("tier", host.tier().name());
        ArrayNode features = root.putArray("features");
        for (SandboxHost.Feature feature : host.features()) {
            features.addObject()
                    .put("name", feature.name())
                    .put("available", feature.available())
                    .put("detail", feature.detail())
                    .put("reason", feature.reason())
                    .put("remedy", feature.remedy());
        }
        host.facts().forEach(root.putObject("facts")::put);
        try {
            return MAPPER.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
