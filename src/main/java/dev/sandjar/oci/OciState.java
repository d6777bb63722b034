package dev.sandjar.oci;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.internal.json.StrictJson;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The state of a container (runtime.md, "State").
 *
 * @param ociVersion of the specification
 * @param id of the container
 * @param status where it is in its life
 * @param pid of the container's process: on the host, or in the container for hooks there; empty once it has stopped
 * @param bundle the bundle's directory, absolute
 * @param annotations of the bundle
 */
public record OciState(
        String ociVersion, String id, Status status, OptionalLong pid, Path bundle, Map<String, String> annotations) {
    /** Where a container is in its life. */
    public enum Status {
        /** Being set up. */
        CREATING,
        /** Set up, its program not started. */
        CREATED,
        /** Its program runs. */
        RUNNING,
        /** Its program has ended, or never ran. */
        STOPPED
    }

    /**
     * Copies the annotations.
     *
     * @param ociVersion of the specification
     * @param id of the container
     * @param status where it is in its life
     * @param pid of the container's process: on the host, or in the container for hooks there; empty once it has stopped
     * @param bundle the bundle's directory, absolute
     * @param annotations of the bundle
     */
    public OciState {
        annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
    }

    /**
     * As the specification has it (state-schema.json), and as hooks get it.
     *
     * @return a JSON object
     */
    public String toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("ociVersion", ociVersion);
        json.put("id", id);
        json.put("status", status.name().toLowerCase(Locale.ROOT));
        pid.ifPresent(number -> json.put("pid", number));
        json.put("bundle", bundle.toString());
        if (!annotations.isEmpty()) {
            ObjectNode map = json.putObject("annotations");
            annotations.forEach(map::put);
        }
        return StrictJson.write(json);
    }
}
