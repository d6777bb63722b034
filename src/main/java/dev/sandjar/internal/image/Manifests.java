package dev.sandjar.internal.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.image.ImageConfig;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Manifests, indexes and configurations, read and written: OCI's, and Docker's, which have the same fields. */
public final class Manifests {
    private static final int ENTRIES_MAX = 10_000;

    private Manifests() {}

    /** @param layers lowest first */
    public record Manifest(Descriptor config, List<Descriptor> layers) {}

    /**
     * @param created as written; may be empty
     * @param empty whether it made no layer
     */
    public record History(String created, String createdBy, String comment, boolean empty) {}

    /** @param diffIds digests of the layers without compression, lowest first */
    public record Config(
            ImageConfig config, Platform platform, String created, List<Digest> diffIds, List<History> history) {}

    /** Whether it is an index, by its type or, where that is not said, by its fields. */
    static boolean isIndex(JsonNode node, String mediaType) {
        return MediaTypes.isIndex(mediaType) || (!MediaTypes.isManifest(mediaType) && node.has("manifests"));
    }

    static List<Descriptor> index(JsonNode node, String subject) throws ImageException {
        List<Descriptor> all = new ArrayList<>();
        for (JsonNode element : Json.list(node, "manifests", subject)) {
            if (all.size() == ENTRIES_MAX) {
                throw new ImageException(subject, "it lists more than " + ENTRIES_MAX + " manifests", "");
            }
            all.add(descriptor(element, subject));
        }
        return all;
    }

    static Manifest manifest(byte[] text, ImageLimits limits, String subject) throws IOException {
        JsonNode node = Json.parse(text, subject);
        if (node.has("manifests") && !node.has("layers")) {
            throw new ImageException(subject, "it is an index where a manifest should be", "");
        }
        if (Json.list(node, "signatures", subject).size()
                        + Json.list(node, "fsLayers", subject).size()
                > 0) {
            throw new ImageException(
                    subject, "it is of Docker's first version, which knows no digests", "convert it with skopeo");
        }
        List<Descriptor> layers = new ArrayList<>();
        for (JsonNode element : Json.list(node, "layers", subject)) {
            layers.add(descriptor(element, subject));
        }
        if (layers.size() > limits.layers()) {
            throw new ImageException(
                    subject,
                    "it has " + layers.size() + " layers, allowed are " + limits.layers(),
                    "raise ImageLimits.layers");
        }
        return new Manifest(descriptor(Json.object(node, "config", subject), subject), layers);
    }

    static Descriptor descriptor(JsonNode node, String subject) throws ImageException {
        if (!node.isObject()) {
            throw new ImageException(subject, "a descriptor in it is not an object", "");
        }
        JsonNode at = Json.object(node, "platform", subject);
        Platform platform = at.isEmpty()
                ? null
                : new Platform(
                        Json.text(at, "os", "", subject),
                        Json.text(at, "architecture", "", subject),
                        Json.text(at, "variant", "", subject));
        return new Descriptor(
                Json.text(node, "mediaType", "", subject),
                Digest.parse(Json.text(node, "digest", "", subject), subject),
                Json.number(node, "size", subject),
                Json.map(node, "annotations", subject),
                platform);
    }

    static Config config(byte[] text, String subject) throws IOException {
        JsonNode node = Json.parse(text, subject);
        JsonNode rootfs = Json.object(node, "rootfs", subject);
        List<Digest> diffIds = new ArrayList<>();
        for (String digest : Json.texts(rootfs, "diff_ids", subject)) {
            diffIds.add(Digest.parse(digest, subject));
        }
        List<History> history = new ArrayList<>();
        for (JsonNode element : Json.list(node, "history", subject)) {
            JsonNode empty = element.get("empty_layer");
            history.add(new History(
                    Json.text(element, "created", "", subject),
                    Json.text(element, "created_by", "", subject),
                    Json.text(element, "comment", "", subject),
                    empty != null && empty.isBoolean() && empty.booleanValue()));
        }
        return new Config(
                imageConfig(Json.object(node, "config", subject), subject),
                new Platform(
                        Json.text(node, "os", "linux", subject),
                        Json.text(node, "architecture", "", subject),
                        Json.text(node, "variant", "", subject)),
                Json.text(node, "created", "", subject),
                diffIds,
                history);
    }

    private static ImageConfig imageConfig(JsonNode node, String subject) throws ImageException {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String variable : Json.texts(node, "Env", subject)) {
            int equals = variable.indexOf('=');
            if (variable.indexOf('\0') >= 0) {
                throw new ImageException(subject, "an environment variable of it has a NUL character", "");
            }
            if (equals <= 0) {
                continue; // no variable; Docker hands on none for it either
            }
            environment.put(variable.substring(0, equals), variable.substring(equals + 1));
        }
        return new ImageConfig(
                Json.texts(node, "Entrypoint", subject),
                Json.texts(node, "Cmd", subject),
                environment,
                Json.text(node, "WorkingDir", "", subject),
                Json.text(node, "User", "", subject),
                keys(node, "Volumes", subject),
                keys(node, "ExposedPorts", subject),
                Json.map(node, "Labels", subject),
                Json.text(node, "StopSignal", "", subject));
    }

    private static List<String> keys(JsonNode node, String field, String subject) throws ImageException {
        List<String> names = new ArrayList<>();
        Json.object(node, field, subject).fieldNames().forEachRemaining(names::add);
        return names;
    }

    // ---- written

    static ObjectNode json(Descriptor descriptor) {
        ObjectNode node = Json.mapper().createObjectNode();
        node.put("mediaType", descriptor.mediaType());
        node.put("digest", descriptor.digest().toString());
        node.put("size", descriptor.size());
        if (!descriptor.annotations().isEmpty()) {
            ObjectNode annotations = node.putObject("annotations");
            descriptor.annotations().forEach(annotations::put);
        }
        Platform platform = descriptor.platform();
        if (platform != null) {
            ObjectNode at = node.putObject("platform");
            at.put("architecture", platform.architecture());
            at.put("os", platform.os());
            if (!platform.variant().isEmpty()) {
                at.put("variant", platform.variant());
            }
        }
        return node;
    }

    static byte[] manifest(Descriptor config, List<Descriptor> layers) throws IOException {
        ObjectNode node = Json.mapper().createObjectNode();
        node.put("schemaVersion", 2);
        node.put("mediaType", MediaTypes.MANIFEST);
        node.set("config", json(config));
        ArrayNode all = node.putArray("layers");
        layers.forEach(layer -> all.add(json(layer)));
        return Json.write(node);
    }

    static byte[] index(List<Descriptor> manifests) throws IOException {
        ObjectNode node = Json.mapper().createObjectNode();
        node.put("schemaVersion", 2);
        node.put("mediaType", MediaTypes.INDEX);
        ArrayNode all = node.putArray("manifests");
        manifests.forEach(manifest -> all.add(json(manifest)));
        return Json.write(node);
    }

    /** A configuration that says of a root no more than what it is made of. */
    static byte[] config(ImageConfig config, Platform platform, List<Digest> diffIds, String createdBy)
            throws IOException {
        ObjectNode node = Json.mapper().createObjectNode();
        node.put("architecture", platform.architecture());
        node.put("os", platform.os());
        node.set("config", json(config));
        rootfs(node, diffIds);
        node.putArray("history").addObject().put("created_by", createdBy);
        return Json.write(node);
    }

    /** The configuration of an image with one more layer. */
    static byte[] extended(byte[] base, Digest diffId, String created, String createdBy, String subject)
            throws IOException {
        if (!(Json.parse(base, subject) instanceof ObjectNode node)) {
            throw new ImageException(subject, "it is not a JSON object", "");
        }
        Config before = config(base, subject);
        List<Digest> diffIds = new ArrayList<>(before.diffIds());
        diffIds.add(diffId);
        rootfs(node, diffIds);
        node.put("created", created);
        ArrayNode history = node.get("history") instanceof ArrayNode there ? there : node.putArray("history");
        // Tools that match layers and history by number expect one for each.
        for (long made = before.history().stream().filter(h -> !h.empty()).count();
                made < before.diffIds().size();
                made++) {
            history.addObject().put("created_by", "");
        }
        history.addObject().put("created", created).put("created_by", createdBy);
        return Json.write(node);
    }

    private static void rootfs(ObjectNode node, List<Digest> diffIds) {
        ObjectNode rootfs = node.putObject("rootfs");
        rootfs.put("type", "layers");
        ArrayNode ids = rootfs.putArray("diff_ids");
        diffIds.forEach(id -> ids.add(id.toString()));
    }

    private static ObjectNode json(ImageConfig config) {
        ObjectNode node = Json.mapper().createObjectNode();
        texts(node, "Entrypoint", config.entrypoint());
        texts(node, "Cmd", config.cmd());
        texts(
                node,
                "Env",
                config.environment().entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .toList());
        text(node, "WorkingDir", config.workingDirectory());
        text(node, "User", config.user());
        text(node, "StopSignal", config.stopSignal());
        if (!config.volumes().isEmpty()) {
            ObjectNode volumes = node.putObject("Volumes");
            config.volumes().forEach(volumes::putObject);
        }
        if (!config.exposedPorts().isEmpty()) {
            ObjectNode ports = node.putObject("ExposedPorts");
            config.exposedPorts().forEach(ports::putObject);
        }
        if (!config.labels().isEmpty()) {
            ObjectNode labels = node.putObject("Labels");
            config.labels().forEach(labels::put);
        }
        return node;
    }

    private static void texts(ObjectNode node, String field, List<String> values) {
        if (!values.isEmpty()) {
            ArrayNode array = node.putArray(field);
            values.forEach(array::add);
        }
    }

    private static void text(ObjectNode node, String field, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            node.put(field, value);
        }
    }
}
