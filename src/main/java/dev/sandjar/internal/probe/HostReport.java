package dev.sandjar.internal.probe;

import dev.sandjar.Isolation;
import dev.sandjar.ProcOption;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.Tier;
import dev.sandjar.internal.host.HostFacts;
import dev.sandjar.internal.host.HostFiles;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.kernel.Platform;
import dev.sandjar.internal.start.Launcher;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is tried, each after what it depends on.
 *
 * @param facts settings of the host, for people
 * @param ready whether a sandbox with everything can start
 * @param tier the strongest in which it can; the last if it can in none
 */
public record HostReport(List<Outcome> outcomes, Map<String, String> facts, boolean ready, Tier tier) {
    private static final String EVERYTHING = "all of Sandbox.untrusted()";
    private static final String CONTAINER = "Sandbox.untrusted() in the tier CONTAINER";

    /** Tries it all. Throws nothing: what goes wrong is an outcome. */
    public static HostReport make(Sandbox everything) {
        Optional<SandboxException> nowhere = Platform.problem();
        if (nowhere.isPresent()) {
            return nothing(nowhere.get());
        }
        Map<String, String> facts = new LinkedHashMap<>(HostFacts.read(HostFiles.ofThisHost()));
        facts.put("Java", Runtime.version() + " on " + System.getProperty("os.arch"));
        List<Outcome> outcomes = new ArrayList<>();
        outcomes.add(LauncherReport.nativeAccess());
        outcomes.add(LauncherReport.cache());
        Tier tier = Tier.NONE;
        try {
            Launcher launcher = Launcher.get();
            Probes probes = Probes.fresh(launcher);
            outcomes.add(Outcome.works("launcher", "process " + launcher.pid()));
            outcomes.add(LauncherReport.source(launcher));
            outcomes.addAll(LauncherReport.calls(launcher.features()));
            isolations(probes, outcomes);
            outcomes.add(LauncherReport.relay());
            outcomes.add(LauncherReport.networks());
            outcomes.add(LauncherReport.cni());
            for (NetworkFeature feature : NetworkFeature.values()) {
                outcomes.add(probes.outcome(feature));
            }
            variants(probes, outcomes);
            Outcome all = probes.run(Trial.of(EVERYTHING, everything));
            outcomes.add(all);
            Outcome without = probes.run(Trial.in(Tier.CONTAINER, CONTAINER, everything));
            outcomes.add(without);
            tier = all.available() ? Tier.NAMESPACES : without.available() ? Tier.CONTAINER : Tier.NONE;
        } catch (IOException | RuntimeException | LinkageError e) {
            Outcome failed = Outcome.fails("launcher", null, e);
            outcomes.add(failed);
            for (Isolation isolation : Isolation.values()) {
                outcomes.add(blocked(isolation.label(), isolation, failed));
            }
            outcomes.add(blocked(EVERYTHING, null, failed));
            outcomes.add(blocked(CONTAINER, null, failed));
        }
        return new HostReport(List.copyOf(outcomes), Collections.unmodifiableMap(facts), tier == Tier.NAMESPACES, tier);
    }

    /** Of another system or processor there is nothing to be tried. */
    private static HostReport nothing(SandboxException why) {
        List<Outcome> outcomes = new ArrayList<>();
        outcomes.add(Outcome.fails("Linux", null, why));
        for (Isolation isolation : Isolation.values()) {
            outcomes.add(new Outcome(isolation.label(), isolation, false, true, "", why.reason(), why.remedy()));
        }
        String java = Runtime.version() + " on " + System.getProperty("os.arch");
        return new HostReport(List.copyOf(outcomes), Map.of("Java", java), false, Tier.NONE);
    }

    private static Outcome blocked(String name, @Nullable Isolation isolation, Outcome by) {
        return new Outcome(
                name, isolation, false, true, "not tried", "the launcher does not run: " + by.reason(), by.remedy());
    }

    /** Each in a user namespace, as in a sandbox for hostile code; without one where only that is possible. */
    private static void isolations(Probes probes, List<Outcome> outcomes) {
        boolean user = probes.outcome(Isolation.USER_NAMESPACE, true).available()
                || !probes.host().privileged();
        for (Isolation isolation : Isolation.values()) {
            outcomes.add(probes.outcome(isolation, user));
        }
    }

    private static void variants(Probes probes, List<Outcome> outcomes) {
        boolean user = probes.outcome(Isolation.USER_NAMESPACE, true).available();
        outcomes.add(
                probes.run(Trial.of("/proc with hidepid=invisible", TrialPolicies.proc(user, ProcOption.HIDE_PID))));
        outcomes.add(probes.run(Trial.of("/proc with subset=pid", TrialPolicies.proc(user, ProcOption.SUBSET_PID))));
        outcomes.add(probes.run(Trial.of(
                "mounts by the classic calls",
                TrialPolicies.of(Isolation.PRIVATE_DEVPTS, user),
                host -> host.withoutMountApi())));
        if (probes.host().mapsAnyId()) {
            outcomes.add(probes.run(Trial.of("host ids of its own for each sandbox", TrialPolicies.privateIds())));
        }
    }
}
