package dev.sandjar.internal.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.OpenFiles;
import dev.sandjar.internal.json.JsonRefusal;
import dev.sandjar.internal.json.StrictJson;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a configuration says: a list of plugins, or one plugin, which is a list of one. Immutable but for its nodes, which nobody changes.
 *
 * @param versions those that may be chosen, the highest first
 * @param checks whether plugins may be asked for CHECK
 * @param collects whether plugins may be asked for GC
 */
record CniConfig(String name, List<CniVersion> versions, boolean checks, boolean collects, List<ObjectNode> plugins) {
    static final int SIZE_MAX = 1 << 20;
    static final int TEXT_MAX = 1 << 16;
    private static final int PLUGINS_MAX = 64;
    private static final String STEP = "read the CNI configuration";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");
    private static final Pattern TYPE = Pattern.compile("(?![.]{1,2}$)[A-Za-z0-9_.-]{1,64}");

    static CniConfig read(Path path) throws SandboxException {
        Trust.require(path, STEP);
        byte[] bytes;
        try (InputStream in = OpenFiles.content(path)) {
            bytes = in.readNBytes(SIZE_MAX + 1);
        } catch (SandboxException e) {
            throw e;
        } catch (IOException e) {
            throw refusal(path, String.valueOf(e.getMessage()), "check the path and its permissions");
        }
        try {
            return parse(StrictJson.read(bytes, SIZE_MAX, TEXT_MAX));
        } catch (JsonRefusal e) {
            throw refusal(path, String.valueOf(e.getMessage()), "correct the file");
        }
    }

    private static SandboxException refusal(Path path, String cause, String remedy) {
        return new SandboxException(STEP, null, PathBytes.shown(path), 0, cause, remedy);
    }

    private static CniConfig parse(ObjectNode root) {
        String name = text(root, "", "name");
        if (!NAME.matcher(name).matches()) {
            throw new JsonRefusal(
                    "/name",
                    Printable.quote(name)
                            + " is not of 1 to 128 letters, digits, underscores, dots and hyphens, the first a letter or digit");
        }
        List<ObjectNode> plugins = new ArrayList<>();
        if (root.has("plugins")) {
            JsonNode list = root.get("plugins");
            if (!list.isArray() || list.isEmpty() || list.size() > PLUGINS_MAX) {
                throw new JsonRefusal("/plugins", "not a list of 1 to " + PLUGINS_MAX + " plugins");
            }
            for (int i = 0; i < list.size(); i++) {
                plugins.add(plugin(list.get(i), "/plugins/" + i));
            }
        } else {
            plugins.add(plugin(root, ""));
        }
        return new CniConfig(
                name, versions(root), !flag(root, "disableCheck"), !flag(root, "disableGC"), List.copyOf(plugins));
    }

    private static List<CniVersion> versions(ObjectNode root) {
        List<CniVersion> all = new ArrayList<>();
        JsonNode list = root.get("cniVersions");
        if (list != null) {
            if (!list.isArray()) {
                throw new JsonRefusal("/cniVersions", "not a list");
            }
            for (JsonNode each : list) {
                CniVersion known = each.isTextual() ? CniVersion.of(each.textValue()) : null;
                if (known != null && !all.contains(known)) {
                    all.add(known); // one that is not known may be a later one
                }
            }
        }
        if (root.has("cniVersion") || list == null) {
            String version = text(root, "", "cniVersion");
            CniVersion known = CniVersion.of(version);
            if (known == null && all.isEmpty()) {
                throw new JsonRefusal(
                        "/cniVersion",
                        "version " + Printable.quote(version) + " of CNI is none of " + CniVersion.names()
                                + ": write one of these, if the plugins have it");
            }
            if (known != null && !all.contains(known)) {
                all.add(known);
            }
        }
        if (all.isEmpty()) {
            throw new JsonRefusal("/cniVersions", "none of " + CniVersion.names() + " is in it");
        }
        all.sort((one, other) -> other.compareTo(one));
        return List.copyOf(all);
    }

    private static ObjectNode plugin(JsonNode node, String place) {
        if (!(node instanceof ObjectNode object)) {
            throw new JsonRefusal(place, "not an object");
        }
        String type = text(object, place, "type");
        if (!TYPE.matcher(type).matches()) {
            throw new JsonRefusal(place + "/type", Printable.quote(type) + " is not the file name of a plugin");
        }
        JsonNode capabilities = object.get("capabilities");
        if (capabilities != null && !capabilities.isObject()) {
            throw new JsonRefusal(place + "/capabilities", "not an object");
        }
        return object;
    }

    private static String text(ObjectNode node, String place, String name) {
        JsonNode value = node.get(name);
        if (value == null || !value.isTextual()) {
            throw new JsonRefusal(place + "/" + name, value == null ? "is missing" : "not a text");
        }
        return value.textValue();
    }

    private static boolean flag(ObjectNode root, String name) {
        JsonNode value = root.get(name);
        if (value == null) {
            return false;
        }
        // Both forms are in use.
        if (value.isBoolean()) {
            return value.booleanValue();
        }
        if (value.isTextual() && value.textValue().matches("true|false")) {
            return value.textValue().equals("true");
        }
        throw new JsonRefusal("/" + name, "neither true nor false");
    }

    static String type(ObjectNode plugin) {
        return plugin.get("type").textValue();
    }

    /** The same whatever the order in which members of objects were written. */
    List<Object> identity() {
        return List.of(name, versions, plugins);
    }
}
