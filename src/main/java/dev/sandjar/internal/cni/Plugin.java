package dev.sandjar.internal.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.network.CniException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * A plugin of a configuration, and the program that it is.
 *
 * @param object as the configuration has it
 */
record Plugin(String type, Path program, ObjectNode object) {
    private static final int EXECUTABLE = 0111;
    private static final int KNOWN_MAX = 256;
    /** Of programs, as they were when they were asked. */
    private static final Map<List<Object>, Set<CniVersion>> KNOWN = new ConcurrentHashMap<>();

    static Plugin of(ObjectNode object, List<Path> directories) throws SandboxException {
        String type = CniConfig.type(object);
        for (Path directory : present(directories, "find the CNI plugin " + type)) {
            Path file = directory.resolve(type);
            if (Files.exists(file)) {
                return new Plugin(type, trusted(type, file), object);
            }
        }
        throw new CniException(
                type,
                "VERSION",
                0,
                "",
                "there is no such program in CNI_PATH, " + path(directories),
                "install it, such as by apt-get install containernetworking-plugins, or name its directory by pluginPath(...)");
    }

    /** Those that are there: plugins look for others in all of them, and in one that comes later there could be anything. */
    static List<Path> present(List<Path> directories, String step) throws SandboxException {
        List<Path> all = new ArrayList<>();
        for (Path directory : directories) {
            if (Files.exists(directory)) {
                Trust.require(directory, step);
                all.add(directory);
            }
        }
        return all;
    }

    private static Path trusted(String type, Path file) throws SandboxException {
        String step = "find the CNI plugin " + type;
        Path real = Trust.real(file, step);
        HostPlace place = Trust.require(real, step);
        if (!place.isFile() || (place.mode() & EXECUTABLE) == 0) {
            throw new SandboxException(
                    step,
                    null,
                    PathBytes.shown(file),
                    0,
                    "it is no program: " + (place.isFile() ? "nobody may execute it" : "not a regular file"),
                    "name a directory that has the plugin by pluginPath(...)");
        }
        return real;
    }

    static String path(List<Path> directories) {
        return directories.stream().map(Path::toString).collect(Collectors.joining(":"));
    }

    /** Whether it says that it makes use of something that is told at run time. */
    boolean has(String capability) {
        JsonNode node = object.path("capabilities").get(capability);
        return node != null && node.isBoolean() && node.booleanValue();
    }

    /** Which versions it speaks of those that are spoken here. Asked once for each program. */
    Set<CniVersion> versions(PluginRuns runs) throws SandboxException {
        List<Object> key = identity();
        Set<CniVersion> known = KNOWN.get(key);
        if (known == null) {
            known = asked(runs);
            if (KNOWN.size() < KNOWN_MAX) {
                KNOWN.put(key, known);
            }
        }
        return known;
    }

    private List<Object> identity() throws SandboxException {
        try {
            return List.copyOf(
                    Files.readAttributes(program, "unix:dev,ino,ctime,size").values());
        } catch (java.io.IOException e) {
            throw new SandboxException(
                    "find the CNI plugin " + type,
                    null,
                    PathBytes.shown(program),
                    0,
                    String.valueOf(e.getMessage()),
                    "check whether it is still there");
        }
    }

    private Set<CniVersion> asked(PluginRuns runs) throws SandboxException {
        ObjectNode input = JsonNodeFactory.instance.objectNode();
        input.put("cniVersion", CniVersion.V1_0_0.toString());
        ObjectNode said = runs.ask(this, "VERSION", Map.of(), input);
        JsonNode list = said.get("supportedVersions");
        if (list == null || !list.isArray()) {
            throw new CniException(
                    type,
                    "VERSION",
                    0,
                    "",
                    "it does not say which versions of CNI it speaks: its answer has no list supportedVersions",
                    "install a plugin of CNI");
        }
        Set<CniVersion> all = EnumSet.noneOf(CniVersion.class);
        for (JsonNode each : list) {
            CniVersion version = each.isTextual() ? CniVersion.of(each.textValue()) : null;
            if (version != null) {
                all.add(version);
            }
        }
        return all;
    }
}
