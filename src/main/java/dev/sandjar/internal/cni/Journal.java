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
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
                    "open the journal of CNI",
                    null,
                    PathBytes.shown(directory),
                    0,
                    "it can't be made: " + e,
                    "name another place by stateDirectory(...)");
        }
        // What is in it says which programs root runs.
        Trust.require(directory, "open the journal of CNI");
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
        ArrayNode path = content.putArray("pluginPath");
        chain.runs().pluginPath().forEach(each -> path.add(each.toString()));
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
                    ObjectNode content = own.stat(FILE) == null ? null : read(own);
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

    private @Nullable ObjectNode read(HostTree own) throws SandboxException {
        try (HostFile file = own.read(FILE);
                InputStream in = file.content()) {
            return StrictJson.read(in.readNBytes(SIZE_MAX + 1), SIZE_MAX, CniConfig.SIZE_MAX);
        } catch (SandboxException e) {
            throw e;
        } catch (IOException | JsonRefusal e) {
            LOG.warn("An entry of the journal {} can't be read, and stays", directory, e);
            return null;
        }
    }

    /** DEL for all whose JVM has ended. What goes wrong is logged, and tried again the next time: it is no reason to refuse a start. */
    void makeUp(PluginSpace space, Duration timeout) throws SandboxException {
        try (HostTree all = HostTree.open(directory)) {
            for (String id : all.list()) {
                HostTree own = ENTRY.matcher(id).matches() ? all.tryBeneath(id) : null;
                if (own == null) {
                    continue;
                }
                try (own) {
                    if (own.lock(true, false) && all.stat(id) != null) {
                        makeUp(all, own, id, space, timeout);
                    }
                }
            }
        }
    }

    private void makeUp(HostTree all, HostTree own, String id, PluginSpace space, Duration timeout)
            throws SandboxException {
        if (own.stat(FILE) == null) {
            removeEntry(all, own, id); // no plugin was asked yet
            return;
        }
        ObjectNode content = read(own);
        if (content == null) {
            return;
        }
        List<SandboxException> failures = new ArrayList<>();
        try {
            Chain chain = chain(content, space, timeout, failures);
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

    /** @param missing gets why a plugin is not there any more, which the others need not wait for */
    private static Chain chain(
            ObjectNode content, PluginSpace space, Duration timeout, List<SandboxException> missing) {
        CniVersion version = CniVersion.of(content.path("cniVersion").asText(""));
        if (content.path("format").asInt(0) != FORMAT || version == null) {
            throw new JsonRefusal("/format", "of another version of this library");
        }
        List<Path> path = new ArrayList<>();
        content.path("pluginPath").forEach(each -> path.add(Path.of(each.asText(""))));
        Map<String, String> variables = new LinkedHashMap<>();
        content.path("variables")
                .properties()
                .forEach(each -> variables.put(each.getKey(), each.getValue().asText("")));
        List<Plugin> plugins = new ArrayList<>();
        List<ObjectNode> inputs = new ArrayList<>();
        for (JsonNode each : content.path("plugins")) {
            if (!(each instanceof ObjectNode input) || !each.path("type").isTextual()) {
                throw new JsonRefusal("/plugins", "not a list of plugins");
            }
            try {
                plugins.add(Plugin.of(input, path));
                inputs.add(input);
            } catch (SandboxException e) {
                missing.add(e);
            }
        }
        return new Chain(version, false, plugins, inputs, new PluginRuns(space, path, timeout), variables);
    }
}
