package dev.sandjar.internal.cni;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.json.JsonRefusal;
import dev.sandjar.network.CniException;
import dev.sandjar.network.CniResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The plugins of one attachment in their order, with what each of them is told.
 *
 * @param checks whether plugins may be asked for CHECK
 * @param inputs of each plugin: its object of the configuration with all but the result of the one before
 * @param variables CNI_CONTAINERID, CNI_IFNAME and CNI_ARGS
 */
record Chain(
        CniVersion version,
        boolean checks,
        List<Plugin> plugins,
        List<ObjectNode> inputs,
        PluginRuns runs,
        Map<String, String> variables) {
    private static final String PREVIOUS = "prevResult";

    /** What plugins have said: as they wrote it, and as it is read. */
    record Added(ObjectNode raw, CniResult result) {}

    static Chain of(
            CniConfig config, List<Plugin> plugins, ObjectNode runtime, PluginRuns runs, Map<String, String> variables)
            throws SandboxException {
        CniVersion version = common(config, plugins, runs);
        List<ObjectNode> inputs = new ArrayList<>();
        for (Plugin plugin : plugins) {
            ObjectNode input = plugin.object().deepCopy();
            // Members of a list's own are none of a plugin's, where the list is one plugin.
            List.of("cniVersions", "disableCheck", "disableGC", PREVIOUS).forEach(input::remove);
            input.put("name", config.name()).put("cniVersion", version.toString());
            ObjectNode part = RuntimeConfig.part(runtime, plugin);
            if (!part.isEmpty()) {
                input.set("runtimeConfig", part);
            }
            String leases = runs.space().leases();
            if (!leases.isEmpty()
                    && input.get("ipam") instanceof ObjectNode ipam
                    && ipam.path("type").asText("").equals("host-local")) {
                ipam.put("dataDir", leases);
            }
            inputs.add(input);
        }
        return new Chain(version, config.checks(), plugins, List.copyOf(inputs), runs, Map.copyOf(variables));
    }

    /** The highest version that all plugins speak of those that the configuration has. */
    private static CniVersion common(CniConfig config, List<Plugin> plugins, PluginRuns runs) throws SandboxException {
        List<CniVersion> left = new ArrayList<>(config.versions());
        for (Plugin plugin : plugins) {
            Set<CniVersion> spoken = plugin.versions(runs);
            left.retainAll(spoken);
            if (left.isEmpty()) {
                String wanted =
                        config.versions().stream().map(CniVersion::toString).collect(Collectors.joining(", "));
                throw new CniException(
                        plugin.type(),
                        "VERSION",
                        0,
                        "",
                        "the configuration is of version " + wanted + " of CNI, and of "
                                + CniVersion.names() + " the plugin speaks "
                                + (spoken.isEmpty() ? "none" : words(spoken) + " alone"),
                        spoken.isEmpty()
                                ? "install a plugin of a later release"
                                : "write one of these as cniVersion, or install plugins of another release");
            }
        }
        return left.get(0);
    }

    private static String words(Set<CniVersion> versions) {
        return versions.stream().map(CniVersion::toString).collect(Collectors.joining(", "));
    }

    /**
     * ADD, in their order. If one fails, it and those before are asked to remove what they have made, the last one first.
     *
     * @param after gets the result of each plugin, before the next one is asked
     */
    Added add(int namespace, ResultCheck check, ResultStore after) throws SandboxException {
        Added last = null;
        for (int at = 0; at < plugins.size(); at++) {
            try {
                last = add(at, namespace, last, check);
                after.put(last.raw());
            } catch (SandboxException | RuntimeException | Error e) {
                undo(at, namespace, last, e);
                throw e;
            }
        }
        if (last == null) {
            throw new IllegalStateException("a configuration has a plugin");
        }
        return last;
    }

    /** Says what is wrong with a result; "" if nothing is. */
    interface ResultCheck {
        String wrong(CniResult result) throws SandboxException;
    }

    /** Keeps a result for a later process. */
    interface ResultStore {
        void put(ObjectNode result) throws SandboxException;
    }

    private Added add(int at, int namespace, @Nullable Added before, ResultCheck check) throws SandboxException {
        Plugin plugin = plugins.get(at);
        byte[] output =
                runs.output(plugin, "ADD", variables, input(at, before == null ? null : before.raw()), namespace);
        ObjectNode raw = runs.object(plugin, "ADD", output);
        CniResult result;
        try {
            result = ResultReader.read(raw, version);
        } catch (JsonRefusal e) {
            throw PluginRuns.lie(plugin, "ADD", "its result can't be so: " + e.getMessage(), output);
        }
        String wrong = check.wrong(result);
        if (!wrong.isEmpty()) {
            throw PluginRuns.lie(plugin, "ADD", wrong, output);
        }
        return new Added(raw, result);
    }

    private void undo(int from, int namespace, @Nullable Added last, Throwable cause) {
        remove(from, namespace, last == null ? null : last.raw(), cause::addSuppressed);
    }

    private ObjectNode input(int at, @Nullable ObjectNode previous) {
        ObjectNode input = inputs.get(at).deepCopy();
        if (previous != null) {
            input.set(PREVIOUS, previous);
        }
        return input;
    }

    /** CHECK, in their order; the first that finds something wrong ends it. */
    void check(int namespace, ObjectNode result) throws SandboxException {
        for (int at = 0; at < plugins.size(); at++) {
            runs.output(plugins.get(at), "CHECK", variables, input(at, result), namespace);
        }
    }

    /** DEL, the last one first, of all: one that fails is no reason to leave what the others have made. */
    void remove(int namespace, @Nullable ObjectNode result, Consumer<SandboxException> failed) {
        remove(plugins.size() - 1, namespace, result, failed);
    }

    private void remove(int from, int namespace, @Nullable ObjectNode result, Consumer<SandboxException> failed) {
        for (int at = from; at >= 0; at--) {
            try {
                Map<String, String> all = new LinkedHashMap<>(variables);
                all.put("CNI_NETNS", ""); // in the place of which that of the namespace comes, if it is there
                runs.output(plugins.get(at), "DEL", all, input(at, result), namespace);
            } catch (SandboxException e) {
                failed.accept(e);
            }
        }
    }

    /** STATUS of each plugin, in their order; false if the version has none. */
    boolean status() throws SandboxException {
        if (!version.hasStatus()) {
            return false;
        }
        for (int at = 0; at < plugins.size(); at++) {
            runs.output(plugins.get(at), "STATUS", Map.of(), input(at, null), PluginRuns.NO_NAMESPACE);
        }
        return true;
    }

    /** An attachment that is to stay. */
    record Valid(String containerId, String interfaceName) {}

    /** GC of each plugin; false if the version has none. All are asked, and the first failure is told with the others. */
    boolean collect(List<Valid> valid) throws SandboxException {
        if (!version.hasStatus()) {
            return false;
        }
        SandboxException first = null;
        for (int at = 0; at < plugins.size(); at++) {
            ObjectNode input = input(at, null);
            ArrayNode list = input.putArray("cni.dev/valid-attachments");
            valid.forEach(each ->
                    list.addObject().put("containerID", each.containerId()).put("ifname", each.interfaceName()));
            try {
                runs.output(plugins.get(at), "GC", Map.of(), input, PluginRuns.NO_NAMESPACE);
            } catch (SandboxException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
        return true;
    }
}
