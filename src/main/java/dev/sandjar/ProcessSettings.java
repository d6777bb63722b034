package dev.sandjar;

import dev.sandjar.internal.policy.ProcessPolicy;
import dev.sandjar.internal.policy.RlimitValue;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.GuestPath;
import dev.sandjar.internal.util.Nullable;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** The part of a builder about what a process starts with. */
final class ProcessSettings {
    /** Linux can be built for so many processors. */
    private static final int LABEL_MAX = 1_000;

    private static final int CPU_MAX = 8_191;
    /** 0xffffffff asks {@code personality(2)} for the present one. */
    private static final long PERSONALITY_MAX = 0xfffffffeL;

    private Map<String, String> environment = new LinkedHashMap<>();
    /** Variables that a preset has set and nobody else. */
    private final Set<String> preset = new HashSet<>();

    private @Nullable String directory;
    private @Nullable Integer umask;
    private @Nullable Integer nice;
    private @Nullable Integer ioprio;
    private @Nullable Integer oomScoreAdj;
    private List<Integer> affinity = List.of();
    private final SortedMap<Integer, RlimitValue> rlimits = new TreeMap<>();
    private final SortedSet<Integer> capabilities = new TreeSet<>();
    private boolean newKeyring;
    private boolean coreDumps;
    private @Nullable Long personality;
    private int processors;
    private @Nullable CapabilitySets sets;
    private @Nullable Scheduling scheduling;
    private boolean loginVariables;
    private @Nullable String appArmor;
    private @Nullable String seLinux;

    ProcessSettings copy() {
        ProcessSettings copy = new ProcessSettings();
        copy.environment.putAll(environment);
        copy.preset.addAll(preset);
        copy.directory = directory;
        copy.umask = umask;
        copy.nice = nice;
        copy.ioprio = ioprio;
        copy.oomScoreAdj = oomScoreAdj;
        copy.affinity = affinity;
        copy.rlimits.putAll(rlimits);
        copy.capabilities.addAll(capabilities);
        copy.newKeyring = newKeyring;
        copy.coreDumps = coreDumps;
        copy.personality = personality;
        copy.processors = processors;
        copy.sets = sets;
        copy.appArmor = appArmor;
        copy.seLinux = seLinux;
        copy.scheduling = scheduling;
        copy.loginVariables = loginVariables;
        return copy;
    }

    void markAsPreset() {
        preset.addAll(environment.keySet());
        rlimits.replaceAll((number, value) -> value.ofPreset());
    }

    void env(Map<String, String> variables) {
        Map<String, String> changed = new LinkedHashMap<>(environment);
        EnvironmentText.putAll(changed, variables);
        replace(changed);
        preset.removeAll(variables.keySet());
    }

    /** Changes a variable that nobody but a preset has set. */
    void presetOr(String name, String value) {
        if (!environment.containsKey(name) || preset.contains(name)) {
            environment.put(name, value);
            preset.add(name);
        }
    }

    /** Unless somebody has set it. */
    void dropPreset(String name) {
        if (preset.remove(name)) {
            environment.remove(name);
        }
    }

    /** What differs in {@code after} becomes as it was in {@code before}, unless it has changed again. */
    void takeBack(ProcessSettings before, ProcessSettings after) {
        Set<String> names = new HashSet<>(before.environment.keySet());
        names.addAll(after.environment.keySet());
        for (String name : names) {
            String old = before.environment.get(name);
            String given = after.environment.get(name);
            if (Objects.equals(old, given) || !Objects.equals(given, environment.get(name))) {
                continue;
            }
            if (old == null) {
                environment.remove(name);
            } else {
                environment.put(name, old);
            }
            if (before.preset.contains(name)) {
                preset.add(name);
            }
        }
        if (Objects.equals(directory, after.directory)) {
            directory = before.directory;
        }
    }

    void inheritEnv(String... names) {
        Map<String, String> changed = new LinkedHashMap<>(environment);
        EnvironmentText.inherit(changed, System.getenv(), names);
        replace(changed);
        preset.removeAll(List.of(names));
    }

    void reverseEnv() {
        List<String> names = new java.util.ArrayList<>(environment.keySet());
        java.util.Collections.reverse(names);
        Map<String, String> reversed = new LinkedHashMap<>();
        names.forEach(name -> reversed.put(name, environment.getOrDefault(name, "")));
        environment = reversed;
    }

    private void replace(Map<String, String> changed) {
        EnvironmentText.checkRoom(List.of(), changed);
        environment = changed;
    }

    void directory(String path) {
        directory = GuestPath.of("directory", path);
    }

    void umask(int mask) {
        umask = Checks.mode("umask", mask, 0777);
    }

    void nice(int value) {
        nice = Checks.range("nice value", value, -20, 19);
    }

    void ioPriority(IoPriority priority) {
        ioprio = priority.value();
    }

    void oomScoreAdj(int value) {
        oomScoreAdj = Checks.range("oom_score_adj", value, -1000, 1000);
    }

    void cpuAffinity(int... cpus) {
        Checks.range("number of CPUs", cpus.length, 1, CPU_MAX + 1);
        for (int cpu : cpus) {
            Checks.range("CPU number", cpu, 0, CPU_MAX);
        }
        processors = 0;
        affinity = IntStream.of(cpus).sorted().distinct().boxed().toList();
    }

    void processors(int count) {
        processors = (int) Checks.range("number of processors", count, 1, CPU_MAX + 1L);
        affinity = List.of();
    }

    void rlimit(Rlimit limit, long soft, long hard) {
        Checks.range("soft limit of " + limit + " (-1 is none)", soft, Rlimit.UNLIMITED, Long.MAX_VALUE);
        Checks.range("hard limit of " + limit + " (-1 is none)", hard, Rlimit.UNLIMITED, Long.MAX_VALUE);
        if (hard != Rlimit.UNLIMITED && (soft == Rlimit.UNLIMITED || soft > hard)) {
            throw new IllegalArgumentException("soft limit of " + limit + " is "
                    + (soft == Rlimit.UNLIMITED ? "unlimited" : soft) + ", allowed is at most the hard limit, " + hard);
        }
        rlimits.put(limit.number(), new RlimitValue(soft, hard));
    }

    void keepCapabilities(Capability... kept) {
        sets = null;
        for (Capability capability : kept) {
            capabilities.add(capability.number());
        }
    }

    /** Takes the place of those that were kept in all sets. */
    void capabilities(CapabilitySets chosen) {
        capabilities.clear();
        keepCapabilities(chosen.all().toArray(new Capability[0]));
        sets = chosen;
    }

    void scheduling(Scheduling chosen) {
        scheduling = Objects.requireNonNull(chosen);
    }

    void newKeyring(boolean wanted) {
        newKeyring = wanted;
    }

    void loginVariables() {
        loginVariables = true;
    }

    void coreDumps(boolean allowed) {
        coreDumps = allowed;
    }

    void personality(long value) {
        personality = Checks.range("personality", value, 0, PERSONALITY_MAX);
    }

    void appArmor(String profile) {
        appArmor = Checks.text("AppArmor profile", profile, 1, LABEL_MAX);
    }

    void seLinux(String label) {
        seLinux = Checks.text("SELinux label", label, 1, LABEL_MAX);
    }

    ProcessPolicy toPolicy(List<String> problems) {
        RlimitValue core = rlimits.get(Rlimit.CORE.number());
        SortedMap<Integer, RlimitValue> limits = new TreeMap<>(rlimits);
        if (core != null && !coreDumps) {
            if (core.hard() != 0) {
                problems.add("rlimit(CORE) above 0 needs coreDumps(true)");
            }
            // An explicit 0 would be the weaker ban: it doesn't keep the kernel from handing dumps to a program
            // (core(5)).
            limits.remove(Rlimit.CORE.number());
        }
        return new ProcessPolicy(
                environment,
                directory,
                umask,
                nice,
                ioprio,
                oomScoreAdj,
                affinity,
                limits,
                capabilities,
                newKeyring,
                coreDumps,
                personality,
                processors,
                sets == null ? null : sets.masks(),
                scheduling == null ? null : scheduling.policy(),
                loginVariables,
                appArmor,
                seLinux);
    }
}
