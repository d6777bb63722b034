package dev.sandjar.internal.json;

import static dev.sandjar.internal.json.Scalars.BOOL;
import static dev.sandjar.internal.json.Scalars.DURATION;
import static dev.sandjar.internal.json.Scalars.INT;
import static dev.sandjar.internal.json.Scalars.TEXT;

import dev.sandjar.Confinement;
import dev.sandjar.IdMapping;
import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.NamespaceChoice;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Namespaces;
import dev.sandjar.Network;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.Rlimit;
import dev.sandjar.RlimitValue;
import dev.sandjar.internal.GroundAccess;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Forms of the groups that a builder has, with what of them a preset has brought. */
final class Groups {
    private static final String NESTED = "user/max_user_namespaces";
    private static final Form<Network> NETWORK = new NetworkForm();
    private static final Form<Map<String, String>> TEXTS = Lists.ofMap(TEXT, TEXT);
    private static final Form<Map<NamespaceKind, NamespaceChoice>> CHOICES =
            Lists.ofMap(Forms.typed(NamespaceKind.class), Forms.typed(NamespaceChoice.class));
    private static final Form<Map<Rlimit, RlimitValue>> RLIMITS =
            Lists.ofMap(Forms.typed(Rlimit.class), Forms.typed(RlimitValue.class));

    private static final Group<Limits> ALL_LIMITS = new Group<>(Limits.class, Limits.none(), Set.of());
    private static final Group<ProcessAttributes> ATTRIBUTES =
            new Group<>(ProcessAttributes.class, ProcessAttributes.none(), Set.of());

    static final Form<Limits> LIMITS = StructForm.of(
            (out, limits) -> {
                ALL_LIMITS.write(out, limits);
                out.put("presets", Forms.set(Limit.class), Values.some(limits.presets()));
            },
            Groups::limits);

    private record Presets(Set<String> variables, Set<Rlimit> rlimits) {}

    private static final Form<Presets> PRESETS = StructForm.of(
            (out, presets) -> out.put("variables", Forms.set(String.class), Values.some(presets.variables))
                    .put("rlimits", Forms.set(Rlimit.class), Values.some(presets.rlimits)),
            in -> new Presets(
                    in.get("variables", Forms.set(String.class)).orElse(Set.of()),
                    in.get("rlimits", Forms.set(Rlimit.class)).orElse(Set.of())));

    static final Form<ProcessAttributes> PROCESS = StructForm.of(
            (out, process) -> {
                out.put("environment", TEXTS, nonEmpty(process.environment()));
                out.put("rlimits", RLIMITS, nonEmpty(process.rlimits()));
                ATTRIBUTES.write(out, process);
                Presets presets = new Presets(GroundAccess.get().presetVariables(process), process.presetRlimits());
                if (!presets.equals(new Presets(Set.of(), Set.of()))) {
                    out.put("presets", PRESETS, presets);
                }
            },
            Groups::process);

    static final Form<Namespaces> NAMESPACES = StructForm.of(
            (out, namespaces) -> {
                Map<NamespaceKind, NamespaceChoice> choices = new TreeMap<>(namespaces.choices());
                choices.values().removeIf(NamespaceChoice.Host.class::isInstance);
                out.put("choices", CHOICES, nonEmpty(choices))
                        .put("network", NETWORK, namespaces.network())
                        .put("idMapping", Forms.typed(IdMapping.class), namespaces.idMapping())
                        .put("init", BOOL, namespaces.init())
                        .put("hostname", TEXT, namespaces.hostname())
                        .put("domainname", TEXT, namespaces.domainname())
                        .put("monotonicOffset", DURATION, nonZero(namespaces.monotonicOffset()))
                        .put("boottimeOffset", DURATION, nonZero(namespaces.boottimeOffset()))
                        .put("clockStart", DURATION, namespaces.clockStart())
                        .put("lastPid", INT, Values.boxed(namespaces.lastPid()))
                        .put("nestedUserNamespaces", BOOL, namespaces.nestedUserNamespaces())
                        .put("sysctls", TEXTS, nonEmpty(namespaces.sysctls()))
                        .flag("withholdsHostSockets", namespaces.withholdsHostSockets());
            },
            Groups::namespaces);

    static final Form<Confinement> CONFINEMENT = StructForm.of(
            (out, confinement) -> {
                if (!confinement.handlers().isEmpty()) {
                    throw JsonRefusal.below(
                            "handlers",
                            new IllegalArgumentException("what onSyscall calls for "
                                    + confinement.handlers().keySet() + " is code, which can't be written"));
                }
                out.put("seccomp", SeccompForms.PROFILE, confinement.seccomp())
                        .flag("recordDenials", confinement.recordDenials())
                        .put("landlock", Values.LANDLOCK, confinement.landlock())
                        .flag("mitigateSpeculation", confinement.mitigateSpeculation())
                        .flag("coreScheduling", confinement.coreScheduling());
            },
            Groups::confinement);

    private Groups() {}

    private static <K, V> Optional<Map<K, V>> nonEmpty(Map<K, V> map) {
        return map.isEmpty() ? Optional.empty() : Optional.of(map);
    }

    private static Optional<Duration> nonZero(Duration time) {
        return time.isZero() ? Optional.empty() : Optional.of(time);
    }

    private static Limits limits(Struct in) {
        Limits all = ALL_LIMITS.read(in, Limits.none());
        Set<Limit> presets = in.get("presets", Forms.set(Limit.class)).orElse(Set.of());
        if (!all.kinds().containsAll(presets)) {
            throw notSet("presets");
        }
        return all.without(presets.toArray(Limit[]::new))
                .over(GroundAccess.get().preset(all));
    }

    private static ProcessAttributes process(Struct in) {
        Map<String, String> variables = in.get("environment", TEXTS).orElse(Map.of());
        Map<Rlimit, RlimitValue> rlimits = in.get("rlimits", RLIMITS).orElse(Map.of());
        Presets presets = in.get("presets", PRESETS).orElse(new Presets(Set.of(), Set.of()));
        if (!variables.keySet().containsAll(presets.variables)
                || !rlimits.keySet().containsAll(presets.rlimits)) {
            throw notSet("presets");
        }
        ProcessAttributes all = ATTRIBUTES.read(in, with(ProcessAttributes.none(), variables, rlimits));
        Map<String, String> own = new LinkedHashMap<>(variables);
        own.keySet().removeAll(presets.variables);
        Map<Rlimit, RlimitValue> ownLimits = new TreeMap<>(rlimits);
        ownLimits.keySet().removeAll(presets.rlimits);
        return with(GroundAccess.get().preset(all), own, ownLimits);
    }

    private static ProcessAttributes with(
            ProcessAttributes base, Map<String, String> variables, Map<Rlimit, RlimitValue> rlimits) {
        ProcessAttributes process = base.env(variables);
        for (Map.Entry<Rlimit, RlimitValue> each : rlimits.entrySet()) {
            process = process.rlimit(
                    each.getKey(), each.getValue().soft(), each.getValue().hard());
        }
        return process;
    }

    private static JsonRefusal notSet(String field) {
        return JsonRefusal.below(field, new IllegalArgumentException("names something that is not set"));
    }

    /** What brings a namespace comes first, and then whose it is: a group keeps what was set of one that is shared again. */
    private static Namespaces namespaces(Struct in) {
        Map<NamespaceKind, NamespaceChoice> choices = in.get("choices", CHOICES).orElse(Map.of());
        Network network = in.get("network", NETWORK).orElse(Network.host());
        Namespaces all = Namespaces.none()
                .idMapping(in.get("idMapping", Forms.typed(IdMapping.class)).orElse(IdMapping.automatic()))
                .init(in.get("init", BOOL).orElse(true))
                .clockOffsets(
                        in.get("monotonicOffset", DURATION).orElse(Duration.ZERO),
                        in.get("boottimeOffset", DURATION).orElse(Duration.ZERO))
                .network(network);
        Optional<Duration> start = in.get("clockStart", DURATION);
        all = start.isPresent() ? all.clockStart(start.get()) : all;
        for (NamespaceKind kind : NamespaceKind.values()) {
            all = chosen(all, kind, choices.getOrDefault(kind, new NamespaceChoice.Host()));
        }
        if (!all.network().equals(network) || all.isNew(NamespaceKind.NETWORK) != isNew(choices, network)) {
            throw JsonRefusal.below(
                    "network", new IllegalArgumentException(network + " does not go with that choice of a namespace"));
        }
        Optional<String> hostname = in.get("hostname", TEXT);
        all = hostname.isPresent() ? all.hostname(hostname.get()) : all;
        Optional<String> domainname = in.get("domainname", TEXT);
        all = domainname.isPresent() ? all.domainname(domainname.get()) : all;
        Optional<Integer> lastPid = in.get("lastPid", INT);
        all = lastPid.isPresent() ? all.lastPid(lastPid.get()) : all;
        for (Map.Entry<String, String> sysctl :
                in.get("sysctls", TEXTS).orElse(Map.of()).entrySet()) {
            all = isNested(sysctl) ? nestedAgain(all) : all.sysctl(sysctl.getKey(), sysctl.getValue());
        }
        all = in.get("nestedUserNamespaces", BOOL).orElse(true) ? all : all.noNestedUserNamespaces();
        return in.get("withholdsHostSockets", BOOL).orElse(false) ? all.withholdHostSockets() : all;
    }

    /** No call sets it but the one that lets nested user namespaces in again. */
    private static boolean isNested(Map.Entry<String, String> sysctl) {
        Namespaces nested = nestedAgain(Namespaces.none());
        return sysctl.getKey().equals(NESTED)
                && sysctl.getValue().equals(nested.sysctls().get(NESTED));
    }

    private static Namespaces nestedAgain(Namespaces namespaces) {
        return GroundAccess.get().allowNested(namespaces.noNestedUserNamespaces());
    }

    private static boolean isNew(Map<NamespaceKind, NamespaceChoice> choices, Network network) {
        return network.isSeparate() && choices.get(NamespaceKind.NETWORK) instanceof NamespaceChoice.New;
    }

    private static Namespaces chosen(Namespaces all, NamespaceKind kind, NamespaceChoice choice) {
        if (choice instanceof NamespaceChoice.Join join) {
            return all.join(kind, join.path());
        } else if (choice instanceof NamespaceChoice.New) {
            return all.isNew(kind) ? all : all.unshare(kind);
        }
        return all.share(kind);
    }

    private static Confinement confinement(Struct in) {
        Confinement all = Confinement.none()
                .seccomp(in.get("seccomp", SeccompForms.PROFILE)
                        .orElse(Confinement.none().seccomp()))
                .recordDenials(in.get("recordDenials", BOOL).orElse(false))
                .mitigateSpeculation(in.get("mitigateSpeculation", BOOL).orElse(false))
                .coreScheduling(in.get("coreScheduling", BOOL).orElse(false));
        return in.get("landlock", Values.LANDLOCK).map(all::landlock).orElse(all);
    }
}
