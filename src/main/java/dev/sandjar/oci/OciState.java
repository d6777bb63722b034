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
 * The state of a container (runtime.md of the OCI runtime specification, "State"). An immutable value.
 *
 * @param ociVersion the version of the specification that the configuration names
 * @param id the id of the container
 * @param status where the container is in its life
 * @param pid the id of the container's process: on the host, or in the container for hooks that run there; empty once it has stopped
 * @param bundle the absolute path of the bundle's directory
 * @param annotations the annotations of the configuration, by name
 */
public record OciState(
        String ociVersion, String id, Status status, OptionalLong pid, Path bundle, Map<String, String> annotations) {
    /** The stages of a container's life. */
    public enum Status {
        /** The container is being set up. */
        CREATING,
        /** The container is set up, and its program was not started yet. */
        CREATED,
        /** The container's program runs. */
        RUNNING,
        /** The container's program has ended, or will never run. */
        STOPPED
    }

    /**
     * Copies the annotations.
     *
     * @param ociVersion the version of the specification that the configuration names
     * @param id the id of the container
     * @param status where the container is in its life
     * @param pid the id of the container's process; empty once it has stopped
     * @param bundle the absolute path of the bundle's directory
     * @param annotations the annotations of the configuration, by name
     */
    public OciState {
        annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
    }

    /**
     * Returns the state as JSON in the form of the specification (state-schema.json), as hooks get it.
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
