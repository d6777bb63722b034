package dev.sandjar.internal.probe;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Isolation;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.HostFacts;
import dev.sandjar.internal.host.HostFiles;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.host.RealPaths;
import dev.sandjar.internal.host.RefusedNamespaces;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.plan.Resolution;
import dev.sandjar.internal.plan.Resolver;
import dev.sandjar.internal.start.Launcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Trials with one launcher, whose results are kept. Thread-safe. */
public final class Probes {
    private static volatile @Nullable Probes last;

    private final Launcher owner;
    private final Host host;
    private final Map<Key, Outcome> outcomes = new ConcurrentHashMap<>();
    private final Map<NetworkFeature, Outcome> ofNetworks = new ConcurrentHashMap<>();

    private record Key(Isolation isolation, boolean userNamespace) {}

    private Probes(Launcher launcher, Host host) {
        this.owner = launcher;
        this.host = host;
    }

    /** Those of a launcher; what an earlier launcher of this JVM was found able to do is forgotten. */
    public static Probes of(Launcher launcher) throws IOException {
        Probes probes = last;
        if (probes == null || probes.owner != launcher) {
            probes = new Probes(launcher, Host.detect(launcher.features()));
            last = probes;
        }
        return probes;
    }

    @SuppressWarnings("ReferenceEquality") // whether it is this very object
    static Probes fresh(Launcher launcher) throws IOException {
        Host host = Host.detect(launcher.features());
        Host seen = RefusedNamespaces.in(host);
        Probes probes = new Probes(launcher, seen);
        if (seen == host) { // what a switch has refused says nothing of the host, should it be switched off again
            last = probes;
        }
        return probes;
    }

    Host host() {
        return host;
    }

    /**
     * Which of {@code doubted} don't work here, with the reason.
     *
     * @param userNamespace whether the sandbox is to have one of its own, which changes what the rest may do
     * @param mayLackIt whether it may go without that one
     */
    public Map<Isolation, String> missing(Set<Isolation> doubted, boolean userNamespace, boolean mayLackIt) {
        boolean without = userNamespace
                && mayLackIt
                && outcome(Isolation.USER_NAMESPACE, true).refused();
        Map<Isolation, String> reasons = new EnumMap<>(Isolation.class);
        for (Isolation isolation : doubted) {
            Outcome outcome = outcome(isolation, userNamespace && !without);
            if (outcome.refused()) {
                reasons.put(isolation, outcome.reason());
            }
        }
        return reasons;
    }

    /** Which of these this host's kernel can't give networks of several sandboxes, with the reason. */
    public Map<NetworkFeature, String> networkLacks(Set<NetworkFeature> doubted) {
        Map<NetworkFeature, String> reasons = new EnumMap<>(NetworkFeature.class);
        for (NetworkFeature feature : doubted) {
            Outcome outcome = outcome(feature);
            if (outcome.refused()) {
                reasons.put(feature, outcome.reason());
            }
        }
        return reasons;
    }

    Outcome outcome(NetworkFeature feature) {
        Outcome outcome = ofNetworks.get(feature);
        if (outcome == null || !outcome.available()) {
            outcome = LauncherReport.networks(feature); // modules may have been loaded meanwhile
            ofNetworks.put(feature, outcome);
        }
        return outcome;
    }

    Outcome outcome(Isolation isolation, boolean userNamespace) {
        Key key = new Key(isolation, userNamespace);
        Outcome outcome = outcomes.get(key);
        if (outcome == null) {
            outcome = run(Trial.of(isolation, userNamespace));
            if (outcome.available() || outcome.refused()) {
                outcomes.put(key, outcome); // anything else may be otherwise the next time
            }
        }
        return outcome;
    }

    /** The host's paths, and of each whether it can be idmapped, which is a question of its file system and tried at each. */
    public RealPaths paths() {
        return new WalkedPaths(this::maps);
    }

    private boolean maps(Path real) {
        return host.mountApi()
                && host.mapsAnyId()
                && !HostFacts.hasMountsBelow(HostFiles.ofThisHost(), real.toString())
                && run(Trial.of("idmapped " + real, TrialPolicies.idmappedBind(real)))
                        .available();
    }

    Outcome run(Trial trial) {
        try {
            Resolution resolution = Resolver.resolve(
                    trial.policy(),
                    trial.view().apply(host),
                    Resolver.needsCgroups(trial.policy()) ? owner.cgroups(null) : CgroupSupport.unneeded(),
                    new WalkedPaths(path -> false),
                    null);
            UnsupportedIsolationException refusal = resolution.refusal();
            Plan plan = resolution.plan();
            if (refusal != null) {
                return Outcome.fails(trial.name(), trial.isolation(), refusal);
            }
            if (plan == null) {
                throw new IllegalStateException("neither a plan nor a refusal");
            }
            Launcher.get().probe(plan); // a trial may have cost the last one
            return new Outcome(trial.name(), trial.isolation(), true, false, mechanism(trial, plan), "", "");
        } catch (IOException | RuntimeException e) {
            return Outcome.fails(trial.name(), trial.isolation(), e);
        }
    }

    private static String mechanism(Trial trial, Plan plan) {
        Isolation isolation = trial.isolation();
        if (isolation == null) {
            return "";
        }
        return plan.applied().entries().stream()
                .filter(entry -> entry.request().startsWith(isolation.label()))
                .findFirst()
                .map(AppliedPolicy.Entry::mechanism)
                .orElse("");
    }
}
