package dev.sandjar.internal.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.json.JsonRefusal;
import dev.sandjar.internal.json.StrictJson;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is in the host's network for sandboxes, so that it can be removed whoever has made it, and however that JVM has ended: a directory
 * for each attachment, locked ({@code flock(2)}) while its JVM lives, with a file that is written anew as a whole, and on the disk before a
 * plugin is asked.
 */
final class Journal {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final String FILE = "attachment.json";
    private static final String NEW = "attachment.new";
    private static final int MODE = 0700;
    private static final int SIZE_MAX = 8 << 20;
    private static final int TRIES = 16;
    private static final int FORMAT = 1;
    private static final Set<String> VARIABLES = Set.of("CNI_CONTAINERID", "CNI_IFNAME", "CNI_ARGS");
    private static final String STEP = "open the journal of CNI";
    private static final Pattern ENTRY = Pattern.compile("sandjar-[0-9a-f]{32}");

    private final Path directory;

    private Journal(Path directory) {
        this.directory = directory;
    }

    static Journal at(Path directory) throws SandboxException {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new SandboxException(
                    STEP,
                    null,
                    PathBytes.shown(directory),
                    0,
                    "it can't be made: " + e,
                    "name another place by stateDirectory(...)");
        }
        // What is in it says which programs root runs.
        Trust.require(directory, STEP);
        return new Journal(directory);
    }

    /** An attachment of this JVM's. */
    final class Entry {
        private final String id;
        private final HostTree own;
        private final ObjectNode content;

        private Entry(String id, HostTree own, ObjectNode content) {
            this.id = id;
            this.own = own;
            this.content = content;
        }

        /** With what plugins have said meanwhile. */
        void result(ObjectNode result) throws SandboxException {
            content.set("result", result);
            write(own, content);
        }

        /** There is nothing any more that it tells of. */
        void remove() throws SandboxException {
            try (HostTree all = HostTree.open(directory)) {
                removeEntry(all, own, id);
            } finally {
                own.close();
            }
        }

        /** Leaves it to the next JVM, or the next start of this one. */
        void leave() {
            own.close();
        }
    }

    /** On the disk when this returns. */
    Entry begin(String id, String network, Chain chain) throws SandboxException {
        ObjectNode content = JsonNodeFactory.instance.objectNode();
        content.put("format", FORMAT)
                .put("network", network)
                .put("cniVersion", chain.version().toString());
        ObjectNode variables = content.putObject("variables");
        chain.variables().forEach(variables::put);
        ArrayNode plugins = content.putArray("plugins");
        chain.inputs().forEach(plugins::add);
        try (HostTree all = HostTree.open(directory)) {
            for (int i = 0; i < TRIES; i++) {
                all.mkdir(id, MODE);
                HostTree own = all.beneath(id);
                // Between making and locking, somebody may have taken it for what is left behind.
                if (own.lock(true, false) && all.stat(id) != null) {
                    try {
                        write(own, content);
                        all.sync();
                        return new Entry(id, own, content);
                    } catch (SandboxException | RuntimeException | Error e) {
                        own.close();
                        throw e;
                    }
                }
                own.close();
            }
        }
        throw new SandboxException(
                "write the journal of CNI",
                "flock",
                PathBytes.shown(directory),
                0,
                "another process removes each entry",
                "try again");
    }

    private static void write(HostTree own, ObjectNode content) throws SandboxException {
        byte[] bytes = StrictJson.write(content).getBytes(StandardCharsets.UTF_8);
        if (own.stat(NEW) != null) {
            own.unlink(NEW);
        }
        try (HostFile file = own.create(NEW, 0600)) {
            file.write(bytes, 0, bytes.length, 0);
            file.sync();
        }
        own.replace(NEW, own, FILE);
        own.sync();
    }

    private static void removeEntry(HostTree all, HostTree own, String id) throws SandboxException {
        for (String name : List.of(NEW, FILE)) {
            if (own.stat(name) != null) {
                own.unlink(name);
            }
        }
        all.rmdir(id);
        all.sync();
    }

    /** Those of a network that some JVM keeps. */
    List<Chain.Valid> live(String network) throws SandboxException {
        List<Chain.Valid> found = new ArrayList<>();
        try (HostTree all = HostTree.open(directory)) {
            for (String id : all.list()) {
                HostTree own = ENTRY.matcher(id).matches() ? all.tryBeneath(id) : null;
                if (own == null) {
                    continue;
                }
                try (own) {
                    ObjectNode content = isMissing(own) ? null : read(own);
                    if (content != null && content.path("network").asText("").equals(network)) {
                        String name =
                                content.path("variables").path("CNI_IFNAME").asText("");
                        found.add(new Chain.Valid(id, name));
                    }
                }
            }
        }
        return found;
    }

    private static boolean isMissing(HostTree own) throws SandboxException {
        return own.stat(FILE) == null;
    }

    /** Null if it is no entry of this library's, which is logged. */
    private @Nullable ObjectNode read(HostTree own) throws SandboxException {
        try {
            HostTree.Stat stat = own.stat("");
            if (stat != null) {
                Trust.require(stat, own.toString(), STEP);
            }
        } catch (SandboxException e) {
            LOG.warn("An entry of the journal {} may be somebody else's work, and stays", directory, e);
            return null;
        }
        try (HostFile file = own.read(FILE);
                InputStream in = file.content()) {
            try {
                Trust.require(file.stat(), own.shown(FILE), STEP);
            } catch (SandboxException e) {
                LOG.warn("An entry of the journal {} may be somebody else's work, and stays", directory, e);
                return null;
            }
            return StrictJson.read(in.readNBytes(SIZE_MAX + 1), SIZE_MAX, CniConfig.SIZE_MAX);
        } catch (SandboxException e) {
            throw e;
        } catch (IOException | JsonRefusal e) {
            LOG.warn("An entry of the journal {} can't be read, and stays", directory, e);
            return null;
        }
    }

    /** DEL for all whose JVM has ended. What goes wrong is logged, and tried again the next time: it is no reason to refuse a start. */
    void makeUp(PluginRuns runs) throws SandboxException {
        try (HostTree all = HostTree.open(directory)) {
            for (String id : all.list()) {
                HostTree own = ENTRY.matcher(id).matches() ? all.tryBeneath(id) : null;
                if (own == null) {
                    continue;
                }
                try (own) {
                    if (own.lock(true, false) && all.stat(id) != null) {
                        makeUp(all, own, id, runs);
                    }
                }
            }
        }
    }

    private void makeUp(HostTree all, HostTree own, String id, PluginRuns runs) throws SandboxException {
        if (isMissing(own)) {
            removeEntry(all, own, id); // no plugin was asked yet
            return;
        }
        ObjectNode content = read(own);
        if (content == null) {
            return;
        }
        List<SandboxException> failures = new ArrayList<>();
        try {
            Chain chain = chain(content, id, runs, failures);
            JsonNode result = content.get("result");
            chain.remove(PluginRuns.NO_NAMESPACE, result instanceof ObjectNode object ? object : null, failures::add);
        } catch (JsonRefusal e) {
            LOG.warn("The entry {} of the journal {} is not one of this library's, and stays", id, directory, e);
            return;
        }
        if (failures.isEmpty()) {
            LOG.info("Plugins of CNI have removed what another process had left of {}", id);
            removeEntry(all, own, id);
        } else {
            failures.forEach(failure -> LOG.warn("What is left of {} could not be removed", id, failure));
        }
    }

    /**
     * Plugins are those of the directories that this JVM was told, whatever the entry says.
     *
     * @param missing gets why a plugin is not there any more, which the others need not wait for
     */
    private static Chain chain(ObjectNode content, String id, PluginRuns runs, List<SandboxException> missing) {
        CniVersion version = CniVersion.of(content.path("cniVersion").asText(""));
        if (content.path("format").asInt(0) != FORMAT || version == null) {
            throw new JsonRefusal("/format", "of another version of this library");
        }
        Map<String, String> variables = variables(content, id);
        List<Plugin> plugins = new ArrayList<>();
        List<ObjectNode> inputs = new ArrayList<>();
        for (JsonNode each : content.path("plugins")) {
            if (!(each instanceof ObjectNode input) || !each.path("type").isTextual()) {
                throw new JsonRefusal("/plugins", "not a list of plugins");
            }
            try {
                plugins.add(Plugin.of(input, runs.pluginPath()));
                inputs.add(input);
            } catch (SandboxException e) {
                missing.add(e);
            }
        }
        return new Chain(version, false, plugins, inputs, runs, variables);
    }

    /** Those alone that are written here: others would be any of a program's environment. */
    private static Map<String, String> variables(ObjectNode content, String id) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> each : content.path("variables").properties()) {
            if (!VARIABLES.contains(each.getKey()) || !each.getValue().isTextual()) {
                throw new JsonRefusal("/variables/" + each.getKey(), "no variable of an attachment");
            }
            variables.put(each.getKey(), each.getValue().textValue());
        }
        if (!id.equals(variables.get("CNI_CONTAINERID"))) {
            throw new JsonRefusal("/variables/CNI_CONTAINERID", "not the name of the entry");
        }
        return variables;
    }
}
