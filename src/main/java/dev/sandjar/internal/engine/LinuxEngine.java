package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxHost;
import dev.sandjar.SandboxSession;
import dev.sandjar.internal.Engine;
import dev.sandjar.internal.Images;
import dev.sandjar.internal.Installing;
import dev.sandjar.internal.LiveCni;
import dev.sandjar.internal.LiveNetwork;
import dev.sandjar.internal.NetworkLayout;
import dev.sandjar.internal.Profiles;
import dev.sandjar.internal.Starts;
import dev.sandjar.internal.cni.CniNetworks;
import dev.sandjar.internal.host.RefusedNamespaces;
import dev.sandjar.internal.json.PolicyJson;
import dev.sandjar.internal.lan.OpenNetwork;
import dev.sandjar.internal.launcher.Installation;
import dev.sandjar.internal.launcher.LauncherBinary;
import dev.sandjar.internal.plan.Request;
import dev.sandjar.internal.probe.HostJson;
import dev.sandjar.internal.probe.HostReport;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.internal.util.OptionalLibrary;
import dev.sandjar.internal.verify.AttestationJson;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Hermeticity;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What carries out policies on Linux: plans, launcher and probes behind the door. */
final class LinuxEngine implements Engine {
    private final Profiles profiles = new ProfileLibrary();
    private final Images images = new ImageLibrary();

    @Override
    public Starts starts(Sandbox sandbox) {
        return new Starter(Request.of(sandbox));
    }

    @Override
    public SandboxSession session(Sandbox sandbox, @Nullable Duration idle) throws IOException {
        return LiveSession.open(sandbox, idle);
    }

    @Override
    public Profiles profiles() {
        return profiles;
    }

    @Override
    public Images images() {
        return images;
    }

    @Override
    public LiveNetwork openNetwork(NetworkLayout layout) throws SandboxException {
        return OpenNetwork.open(layout);
    }

    @Override
    public LiveCni cni() {
        OptionalLibrary.JACKSON.neededFor("A network of CNI");
        return new CniNetworks();
    }

    @Override
    public HostFindings probe() {
        HostReport report = HostReport.make(Sandbox.untrusted().build());
        List<Finding> findings = report.outcomes().stream()
                .map(outcome -> new Finding(
                        new SandboxHost.Feature(
                                outcome.name(),
                                outcome.available(),
                                outcome.detail(),
                                outcome.reason(),
                                outcome.remedy()),
                        Optional.ofNullable(outcome.isolation())))
                .toList();
        return new HostFindings(findings, report.facts(), report.ready(), report.tier());
    }

    @Override
    public String json(Sandbox sandbox) {
        OptionalLibrary.JACKSON.neededFor("A policy as JSON");
        return PolicyJson.write(sandbox);
    }

    @Override
    public SandboxBuilder builder(String json) throws IOException {
        OptionalLibrary.JACKSON.neededFor("A policy as JSON");
        return PolicyJson.read(json);
    }

    @Override
    public String json(SandboxHost host, String version) {
        OptionalLibrary.JACKSON.neededFor("A host as JSON");
        return HostJson.write(host, version);
    }

    @Override
    public String json(Attestation attestation) {
        OptionalLibrary.JACKSON.neededFor("An attestation as JSON");
        return AttestationJson.write(attestation);
    }

    @Override
    public Attestation verify(Sandbox sandbox) throws IOException, InterruptedException {
        return new Verifier(sandbox).verify();
    }

    @Override
    public Hermeticity hermeticity(Sandbox sandbox, Command command) throws IOException, InterruptedException {
        return Perturber.check(sandbox, command);
    }

    @Override
    public Installing installing(boolean undo) {
        Installation installation = new Installation();
        return new Installing() {
            @Override
            public List<String> steps() {
                return undo ? installation.undoSteps() : installation.installSteps();
            }

            @Override
            public void run() throws IOException, InterruptedException {
                if (undo) {
                    installation.undo();
                } else {
                    installation.install();
                }
            }
        };
    }

    @Override
    public byte[] runCommand() throws IOException {
        return LauncherBinary.bytes();
    }

    @Override
    public void launch() throws IOException {
        Launcher.get();
    }

    @Override
    public void shutdown() {
        Launcher.shutdown();
    }

    @Override
    public void refuseNamespaces() {
        System.setProperty(RefusedNamespaces.PROPERTY, "true");
    }
}
