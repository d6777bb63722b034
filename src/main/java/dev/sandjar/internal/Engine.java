package dev.sandjar.internal;

import dev.sandjar.Command;
import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxHost;
import dev.sandjar.SandboxSession;
import dev.sandjar.Tier;
import dev.sandjar.internal.util.Implementation;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Hermeticity;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The one door from what is asked for to what carries it out. Thread-safe. */
public interface Engine {
    /** The engine of this library: found by its name, so that nothing of the ground depends on it. */
    static Engine get() {
        return Found.ENGINE;
    }

    /** Starts of what one sandbox says. */
    Starts starts(Sandbox sandbox);

    /** One sandbox for many commands; {@code idle} is how long it stays without any, null for as long as it is open. */
    SandboxSession session(Sandbox sandbox, @Nullable Duration idle) throws IOException;

    /** What profiles of system calls need. */
    Profiles profiles();

    /** What images need. */
    Images images();

    /** A network of several sandboxes. */
    LiveNetwork openNetwork(NetworkLayout layout) throws SandboxException;

    /** Plugins of networks. */
    LiveCni cni();

    /** What this host can give. */
    HostFindings probe();

    String json(Sandbox sandbox);

    /** A builder of what {@link #json(Sandbox)} has written. */
    SandboxBuilder builder(String json) throws IOException;

    String json(SandboxHost host, String version);

    String json(Attestation attestation);

    Attestation verify(Sandbox sandbox) throws IOException, InterruptedException;

    Hermeticity hermeticity(Sandbox sandbox, Command command) throws IOException, InterruptedException;

    /** What installs the launcher, or undoes that. */
    Installing installing(boolean undo);

    /** The command that carries out frozen policies. */
    byte[] runCommand() throws IOException;

    /** Starts the launcher, if it doesn't run. */
    void launch() throws IOException;

    /** Ends the launcher and all that runs by it. */
    void shutdown();

    /** From now on, every namespace is taken to be refused by the host. */
    void refuseNamespaces();

    /** What was tried on the host, in the order of trying. */
    record HostFindings(List<Finding> findings, Map<String, String> facts, boolean ready, Tier tier) {}

    /** One thing that was tried, and the isolation that it stands for, if any. */
    record Finding(SandboxHost.Feature feature, Optional<Isolation> isolation) {}

    /** Holds the engine once it is found. */
    final class Found {
        private static final Engine ENGINE = Implementation.of(Engine.class, "dev.sandjar.internal.engine.LinuxEngine");

        private Found() {}
    }
}
