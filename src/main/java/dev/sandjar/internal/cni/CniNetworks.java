package dev.sandjar.internal.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.LiveCni;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.util.OptionalLibrary;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.network.CniMode;
import dev.sandjar.network.CniNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Networks of CNI as a whole: what their configurations say, and what plugins say of them. Thread-safe. */
public final class CniNetworks implements LiveCni {
    /** What a configuration needs, and has here. */
    record Found(CniConfig config, List<Plugin> plugins, ObjectNode runtime) {}

    /**
     * What a configuration says, for people.
     *
     * @param file without links
     * @param versions of CNI, the highest first
     */
    public record Description(String name, Path file, List<String> versions, List<String> plugins) {
        public Description {
            versions = List.copyOf(versions);
            plugins = List.copyOf(plugins);
        }
    }

    /** @throws SandboxException if it can't be set up, as far as that is known without running anything */
    public static Description describe(CniNetwork network) throws SandboxException {
        Found found = find(network);
        return new Description(
                found.config().name(),
                Trust.real(network.configuration(), "read the CNI configuration"),
                found.config().versions().stream().map(CniVersion::toString).toList(),
                found.plugins().stream().map(Plugin::type).toList());
    }

    static Found find(CniNetwork network) throws SandboxException {
        OptionalLibrary.JACKSON.neededFor("A network of CNI");
        if (network.mode() == CniMode.HOST) {
            requireRoot(network);
        }
        CniConfig config = CniConfig.read(network.configuration());
        List<Plugin> plugins = new ArrayList<>();
        for (ObjectNode object : config.plugins()) {
            plugins.add(Plugin.of(object, network.pluginPath()));
        }
        ObjectNode runtime = RuntimeConfig.of(network);
        RuntimeConfig.require(runtime, plugins);
        return new Found(config, List.copyOf(plugins), runtime);
    }

    private static void requireRoot(CniNetwork network) throws SandboxException {
        boolean root;
        try {
            Host host = Host.detect(0);
            root = host.privileged();
        } catch (IOException e) {
            throw new SandboxException(
                    "use the host's network for CNI",
                    "read",
                    "/proc/self",
                    0,
                    String.valueOf(e.getMessage()),
                    "mount /proc where java runs");
        }
        if (!root) {
            throw new SandboxException(
                    "use the host's network for CNI",
                    null,
                    PathBytes.shown(network.configuration()),
                    0,
                    "plugins change the host's network there, for which this process lacks the capabilities of root",
                    "use mode(CniMode.KEEPER), which needs none, or start java as root");
        }
    }

    static String newId() {
        return "sandjar-" + UUID.randomUUID().toString().replace("-", "");
    }

    static PluginRuns runs(CniNetwork network, @Nullable KeeperSpace space) throws SandboxException {
        return new PluginRuns(
                space == null ? new HostSpace() : space,
                Plugin.present(network.pluginPath(), "find CNI plugins"),
                network.timeout());
    }

    /** With what others have left removed. */
    static Journal journal(CniNetwork network) throws SandboxException {
        Journal journal = Journal.at(network.stateDirectory());
        journal.makeUp(runs(network, null));
        return journal;
    }

    @Override
    public boolean status(CniNetwork network) throws IOException {
        Found found = find(network);
        KeeperSpace space = network.mode() == CniMode.HOST ? null : KeeperSpace.take(found.config(), network);
        try {
            return chain(found, network, space).status();
        } finally {
            if (space != null) {
                space.giveBack();
            }
        }
    }

    private static Chain chain(Found found, CniNetwork network, @Nullable KeeperSpace space) throws SandboxException {
        return Chain.of(found.config(), found.plugins(), found.runtime(), runs(network, space), Map.of());
    }

    @Override
    public boolean collectGarbage(CniNetwork network) throws IOException {
        Found found = find(network);
        if (!found.config().collects()) {
            return false;
        }
        if (network.mode() == CniMode.HOST) {
            Journal journal = journal(network);
            return chain(found, network, null)
                    .collect(journal.live(found.config().name()));
        }
        KeeperSpace space = KeeperSpace.takeIfThere(found.config(), network);
        if (space == null) {
            return false;
        }
        try {
            return chain(found, network, space).collect(space.valid());
        } finally {
            space.giveBack();
        }
    }
}
