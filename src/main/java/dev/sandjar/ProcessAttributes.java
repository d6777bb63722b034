package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.GuestPath;
import dev.sandjar.linux.CapabilitySets;
import dev.sandjar.linux.IoPriority;
import dev.sandjar.linux.MemoryPolicy;
import dev.sandjar.linux.Scheduling;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What every process of a sandbox starts with, for {@link SandboxBuilder#process}. What is not set is as the host process has it, except
 * that there are no environment variables, no capabilities and no core dumps. Immutable and thread-safe: each method returns a new value.
 *
 * <pre>{@code ProcessAttributes.none().umask(022).nice(5).rlimit(Rlimit.NOFILE, 1024)}</pre>
 */
public final class ProcessAttributes {
    /** Linux can be built for so many processors. */
    private static final int CPU_MAX = 8_191;

    private static final int LABEL_MAX = 1_000;
    /** 0xffffffff asks {@code personality(2)} for the present one. */
    private static final long PERSONALITY_MAX = 0xfffffffeL;

    private static final ProcessAttributes NONE = new ProcessAttributes(
            Environment.none(), SetValues.none(Rlimit.class), SetValues.none(Attribute.class), false);

    /** What is no variable and no resource limit. */
    private enum Attribute {
        WORKING_DIRECTORY,
        UMASK,
        NICE,
        IO_PRIORITY,
        OOM_SCORE_ADJ,
        CPU_AFFINITY,
        PROCESSORS,
        CAPABILITIES,
        SCHEDULING,
        MEMORY_POLICY,
        NEW_KEYRING,
        CORE_DUMPS,
        PERSONALITY,
        APPARMOR_PROFILE,
        SELINUX_LABEL,
        LOGIN_VARIABLES
    }

    private final Environment environment;
    private final SetValues<Rlimit> rlimits;
    private final SetValues<Attribute> values;
    /** Whether the working directory, if there is one, is that of a preset; makes no difference to {@link #equals}. */
    private final boolean presetDirectory;

    private ProcessAttributes(
            Environment environment, SetValues<Rlimit> rlimits, SetValues<Attribute> values, boolean presetDirectory) {
        this.environment = environment;
        this.rlimits = rlimits;
        this.values = values;
        this.presetDirectory = presetDirectory;
    }

    private ProcessAttributes with(Attribute attribute, Object value) {
        return with(values.with(attribute, Objects.requireNonNull(value)));
    }

    /** What is as by default is not set. */
    private ProcessAttributes with(Attribute attribute, boolean value) {
        return with(value ? values.with(attribute, true) : values.without(Set.of(attribute)));
    }

    private ProcessAttributes with(SetValues<Attribute> changed) {
        return new ProcessAttributes(environment, rlimits, changed, presetDirectory);
    }

    ProcessAttributes with(Environment changed) {
        return new ProcessAttributes(changed, rlimits, values, presetDirectory);
    }

    ProcessAttributes asPreset() {
        return new ProcessAttributes(environment.asPreset(), rlimits.asPreset(), values, presetDirectory);
    }

    /** The same, with its working directory that of a preset. */
    ProcessAttributes withPresetDirectory() {
        return new ProcessAttributes(environment, rlimits, values, true);
    }

    /** The same in this working directory, unless somebody else than a preset has chosen one. */
    ProcessAttributes withDefaultDirectory(String path) {
        return values.has(Attribute.WORKING_DIRECTORY) && !presetDirectory ? this : workingDirectory(path);
    }

    Environment variables() {
        return environment;
    }

    /**
     * Returns attributes of which none is set.
     *
     * @return the attributes that others are made from
     */
    public static ProcessAttributes none() {
        return NONE;
    }

    /**
     * Sets an environment variable. Nothing is inherited from the host unless {@link #inheritEnv} says so.
     *
     * @param name not empty, without "="
     * @param value any text
     * @return new attributes
     * @throws IllegalArgumentException if the name is empty or has an "=", one has a NUL character or half a surrogate
     *     pair, or all variables take more than 6 MiB
     */
    public ProcessAttributes env(String name, String value) {
        return env(Collections.singletonMap(name, value));
    }

    /**
     * Sets environment variables, besides those that are set already.
     *
     * @param variables names and values, see {@link #env(String, String)}
     * @return new attributes
     * @throws IllegalArgumentException as {@link #env(String, String)}
     */
    public ProcessAttributes env(Map<String, String> variables) {
        return with(environment.with(variables));
    }

    /**
     * Passes on variables of the host process with their values of now. Those that it doesn't have are left out.
     *
     * @param names which ones
     * @return new attributes
     * @throws IllegalArgumentException if a name is malformed, as of {@link #env(String, String)}, a value can't be read in the encoding
     *     of this JVM, or all variables take more than 6 MiB
     */
    public ProcessAttributes inheritEnv(String... names) {
        return with(environment.inheriting(names));
    }

    /**
     * Sets the working directory. The default is "/" under a root that is not the host's, and the host process' otherwise.
     *
     * @param path guest path of an existing directory
     * @return new attributes
     * @throws IllegalArgumentException if the path is malformed
     */
    public ProcessAttributes workingDirectory(String path) {
        String directory = GuestPath.of("working directory", path);
        return new ProcessAttributes(environment, rlimits, values.with(Attribute.WORKING_DIRECTORY, directory), false);
    }

    /**
     * Sets which permissions new files don't get ({@code umask(2)}).
     *
     * @param mask 0 to 0777 (octal); the default is the host process'
     * @return new attributes
     * @throws IllegalArgumentException if out of range
     */
    public ProcessAttributes umask(int mask) {
        return with(Attribute.UMASK, Checks.mode("umask", mask, 0777));
    }

    /**
     * Sets the priority for the CPU ({@code setpriority(2)}).
     *
     * @param value -20 (first) to 19 (last); below the host process' own it needs CAP_SYS_NICE on the host
     * @return new attributes
     * @throws IllegalArgumentException if out of range
     */
    public ProcessAttributes nice(int value) {
        return with(Attribute.NICE, Checks.range("nice value", value, -20, 19));
    }

    /**
     * Sets the priority for disks ({@code ioprio_set(2)}).
     *
     * @param priority class and level; the default is the host process'
     * @return new attributes
     */
    public ProcessAttributes ioPriority(IoPriority priority) {
        Objects.requireNonNull(priority, "priority");
        return with(Attribute.IO_PRIORITY, priority);
    }

    /**
     * Sets how soon the kernel kills the program when memory runs out ({@code /proc/PID/oom_score_adj}).
     *
     * @param value -1000 (never) to 1000 (first); below the host process' own it needs CAP_SYS_RESOURCE on the host
     * @return new attributes
     * @throws IllegalArgumentException if out of range
     */
    public ProcessAttributes oomScoreAdj(int value) {
        return with(Attribute.OOM_SCORE_ADJ, Checks.range("oom_score_adj", value, -1000, 1000));
    }

    /**
     * Confines the sandbox to some processors ({@code sched_setaffinity(2)}). A program may choose others again where it is allowed to:
     * this places, it doesn't limit. It replaces {@link #processors(int)}; {@link Limits#cpusetCpus} limits.
     *
     * @param cpus numbers from 0 to 8191, at least one; CPUs that the host doesn't have are ignored if one remains
     * @return new attributes
     * @throws IllegalArgumentException if none is given or one is out of range
     */
    public ProcessAttributes cpuAffinity(int... cpus) {
        Objects.requireNonNull(cpus, "cpus");
        Checks.range("number of CPUs", cpus.length, 1, CPU_MAX + 1);
        for (int cpu : cpus) {
            Checks.range("CPU number", cpu, 0, CPU_MAX);
        }
        List<Integer> numbers = IntStream.of(cpus).sorted().distinct().boxed().toList();
        return with(values.without(Set.of(Attribute.PROCESSORS)).with(Attribute.CPU_AFFINITY, numbers));
    }

    /**
     * Confines the sandbox to {@code count} of the processors that this JVM may use, whichever: sandboxes get different ones in turns. So
     * programs that look see that number ({@code sched_setaffinity(2)}). Like {@link #cpuAffinity(int...)}, which it replaces, it places
     * and doesn't limit.
     *
     * @param count 1 to 8192; a start fails where this JVM may use fewer
     * @return new attributes
     * @throws IllegalArgumentException if out of range
     */
    public ProcessAttributes processors(int count) {
        int number = Checks.range("number of processors", count, 1, CPU_MAX + 1);
        return with(values.without(Set.of(Attribute.CPU_AFFINITY)).with(Attribute.PROCESSORS, number));
    }

    /**
     * Sets a resource limit, soft and hard ({@code setrlimit(2)}). It counts for each process, some limits for each user. As with
     * {@link #rlimit(Rlimit, long, long)}, one above the host process' own hard limit is refused; what a preset has set is lowered.
     *
     * @param limit which one
     * @param value in the unit of the limit, 0 or more, or {@link Rlimit#UNLIMITED}, which is -1
     * @return new attributes
     * @throws IllegalArgumentException if the value is below -1
     */
    public ProcessAttributes rlimit(Rlimit limit, long value) {
        Objects.requireNonNull(limit, "limit");
        return rlimit(limit, value, value);
    }

    /**
     * Sets a resource limit ({@code setrlimit(2)}).
     *
     * @param limit which one
     * @param soft what counts at first, 0 or more, or {@link Rlimit#UNLIMITED}
     * @param hard up to where the program may raise it, 0 or more, or {@link Rlimit#UNLIMITED}; above the host process' own
     *     it needs CAP_SYS_RESOURCE on the host and no user namespace, and is refused otherwise when the sandbox starts
     * @return new attributes
     * @throws IllegalArgumentException if a value is below -1 or the soft one above the hard one
     */
    public ProcessAttributes rlimit(Rlimit limit, long soft, long hard) {
        Objects.requireNonNull(limit, "limit");
        RlimitValue value;
        try {
            value = new RlimitValue(soft, hard);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(limit + ": " + e.getMessage(), e);
        }
        return new ProcessAttributes(environment, rlimits.with(limit, value), values, presetDirectory);
    }

    /**
     * Leaves capabilities to the program ({@code capabilities(7)}), in all five sets; all others are dropped. In a user
     * namespace they count only against what belongs to it.
     *
     * @param capabilities which ones, besides those that are kept already; the default is none
     * @return new attributes
     */
    public ProcessAttributes keepCapabilities(Capability... capabilities) {
        Checks.elements("capabilities", capabilities);
        Set<Capability> kept = EnumSet.noneOf(Capability.class);
        kept.addAll(capabilities().any());
        kept.addAll(List.of(capabilities));
        return capabilities(CapabilitySets.all(kept));
    }

    /**
     * Leaves capabilities to the program, each set by itself ({@code capabilities(7)}). They replace those that {@link #keepCapabilities}
     * has kept.
     *
     * @param sets the five sets
     * @return new attributes
     */
    public ProcessAttributes capabilities(CapabilitySets sets) {
        Objects.requireNonNull(sets, "sets");
        return sets.equals(CapabilitySets.none())
                ? with(values.without(Set.of(Attribute.CAPABILITIES)))
                : with(Attribute.CAPABILITIES, sets);
    }

    /**
     * Sets the scheduling policy ({@code sched_setattr(2)}).
     *
     * @param scheduling the default is the host process' own
     * @return new attributes
     */
    public ProcessAttributes scheduling(Scheduling scheduling) {
        Objects.requireNonNull(scheduling, "scheduling");
        return with(Attribute.SCHEDULING, scheduling);
    }

    /**
     * Sets from which memory nodes the program gets memory ({@code set_mempolicy(2)}). A start is refused where the kernel has no such
     * call, or this process may not make it, or the host has none of the nodes.
     *
     * @param policy the default is the host process' own
     * @return new attributes
     */
    public ProcessAttributes memoryPolicy(MemoryPolicy policy) {
        Objects.requireNonNull(policy, "policy");
        return with(Attribute.MEMORY_POLICY, policy);
    }

    /**
     * Says whether the program gets an empty session keyring ({@code session-keyring(7)}), so that it can't use the host's keys.
     *
     * @param wanted the default is false, and true in {@link Sandbox#untrusted()}
     * @return new attributes
     */
    public ProcessAttributes newKeyring(boolean wanted) {
        return with(Attribute.NEW_KEYRING, wanted);
    }

    /**
     * Says whether the program may dump core ({@code core(5)}). Where a dump goes is the host's choice, and may be outside.
     *
     * @param allowed the default is false
     * @return new attributes
     */
    public ProcessAttributes coreDumps(boolean allowed) {
        return with(Attribute.CORE_DUMPS, allowed);
    }

    /**
     * Sets the execution domain ({@code personality(2)}), such as 0x0040000 (ADDR_NO_RANDOMIZE).
     *
     * @param value 0 to 0xfffffffe
     * @return new attributes
     * @throws IllegalArgumentException if out of range
     */
    public ProcessAttributes personality(long value) {
        return with(Attribute.PERSONALITY, Checks.range("personality", value, 0, PERSONALITY_MAX));
    }

    /**
     * Lets the program run under an AppArmor profile (apparmor(7)) that is loaded on the host. A start is refused where the kernel has
     * no AppArmor, or no such profile, or the profile of the launcher does not allow that.
     *
     * @param profile its name, 1 to 1000 bytes
     * @return new attributes
     * @throws IllegalArgumentException if empty, too long, or with a NUL character
     */
    public ProcessAttributes appArmorProfile(String profile) {
        return with(Attribute.APPARMOR_PROFILE, Checks.text("AppArmor profile", profile, 1, LABEL_MAX));
    }

    /**
     * Lets the program run with an SELinux label (selinux(8)). A start is refused where the kernel has no SELinux, or its policy does
     * not allow that under no_new_privs.
     *
     * @param label such as system_u:system_r:container_t:s0:c1,c2; 1 to 1000 bytes
     * @return new attributes
     * @throws IllegalArgumentException if empty, too long, or with a NUL character
     */
    public ProcessAttributes seLinuxLabel(String label) {
        return with(Attribute.SELINUX_LABEL, Checks.text("SELinux label", label, 1, LABEL_MAX));
    }

    /**
     * Says whether the program gets the variables that a login sets, unless they are set: USER and LOGNAME where the accounts are
     * Sandjar's, and TERM on a terminal.
     *
     * @param wanted the default is false, and true in {@link Sandbox#untrusted()}
     * @return new attributes
     */
    public ProcessAttributes loginVariables(boolean wanted) {
        return with(Attribute.LOGIN_VARIABLES, wanted);
    }

    /** {@return the environment variables, in the order in which they were set; a command's own add to them or replace them} */
    public Map<String, String> environment() {
        return environment.variables();
    }

    /** {@return the working directory, a guest path, or empty for the default} */
    public Optional<String> workingDirectory() {
        return values.get(Attribute.WORKING_DIRECTORY, String.class);
    }

    /** {@return which permissions new files don't get: 0 to 0777, or empty for the host process'} */
    public OptionalInt umask() {
        return values.number(Attribute.UMASK);
    }

    /** {@return the priority for the CPU: -20 to 19, or empty for the host process'} */
    public OptionalInt nice() {
        return values.number(Attribute.NICE);
    }

    /** {@return the priority for disks, or empty for the host process'} */
    public Optional<IoPriority> ioPriority() {
        return values.get(Attribute.IO_PRIORITY, IoPriority.class);
    }

    /** {@return how soon the kernel kills the program: -1000 to 1000, or empty for the host process'} */
    public OptionalInt oomScoreAdj() {
        return values.number(Attribute.OOM_SCORE_ADJ);
    }

    /** {@return numbers of the processors to run on, ascending; none for all, or where {@link #processors()} says how many} */
    public List<Integer> cpuAffinity() {
        return values.list(Attribute.CPU_AFFINITY, Integer.class);
    }

    /** {@return on how many processors to run: 1 to 8192, or empty for all, or where {@link #cpuAffinity()} says on which} */
    public OptionalInt processors() {
        return values.number(Attribute.PROCESSORS);
    }

    /** {@return the resource limits, by what they limit} */
    public SortedMap<Rlimit, RlimitValue> rlimits() {
        SortedMap<Rlimit, RlimitValue> all = new TreeMap<>();
        rlimits.keys()
                .forEach(limit -> rlimits.get(limit, RlimitValue.class).ifPresent(value -> all.put(limit, value)));
        return Collections.unmodifiableSortedMap(all);
    }

    /** {@return the resource limits that a preset has brought, and nobody has set since: a lower one of the host process replaces it} */
    public Set<Rlimit> presetRlimits() {
        return rlimits.presets();
    }

    /** {@return the capabilities of the program, by set} */
    public CapabilitySets capabilities() {
        return values.get(Attribute.CAPABILITIES, CapabilitySets.class).orElse(CapabilitySets.none());
    }

    /** {@return the scheduling policy, or empty for the host process'} */
    public Optional<Scheduling> scheduling() {
        return values.get(Attribute.SCHEDULING, Scheduling.class);
    }

    /** {@return from which memory nodes the program gets memory, or empty for the host process' policy} */
    public Optional<MemoryPolicy> memoryPolicy() {
        return values.get(Attribute.MEMORY_POLICY, MemoryPolicy.class);
    }

    /** {@return whether the program gets an empty session keyring} */
    public boolean newKeyring() {
        return is(Attribute.NEW_KEYRING);
    }

    /** {@return whether the program may dump core} */
    public boolean coreDumps() {
        return is(Attribute.CORE_DUMPS);
    }

    /** {@return the execution domain: 0 to 0xfffffffe, or empty for the host process'} */
    public OptionalLong personality() {
        return values.get(Attribute.PERSONALITY, Long.class)
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /** {@return the AppArmor profile, or empty for that of the launcher} */
    public Optional<String> appArmorProfile() {
        return values.get(Attribute.APPARMOR_PROFILE, String.class);
    }

    /** {@return the SELinux label, or empty for what the kernel chooses} */
    public Optional<String> seLinuxLabel() {
        return values.get(Attribute.SELINUX_LABEL, String.class);
    }

    /** {@return whether the program gets the variables that a login sets} */
    public boolean loginVariables() {
        return is(Attribute.LOGIN_VARIABLES);
    }

    private boolean is(Attribute attribute) {
        return values.get(attribute, Boolean.class).orElse(false);
    }

    /** What does not go together. */
    List<String> problems() {
        boolean dumps = rlimits.get(Rlimit.CORE, RlimitValue.class)
                .filter(core -> core.hard() != 0)
                .isPresent();
        return dumps && !coreDumps() ? List.of("rlimit(CORE) above 0 needs coreDumps(true)") : List.of();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ProcessAttributes that
                && environment.equals(that.environment)
                && rlimits.equals(that.rlimits)
                && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return Objects.hash(environment, rlimits, values);
    }

    /** What is set; of environment variables the names only, since values may be secret. */
    @Override
    public String toString() {
        return "environment " + environment + ", rlimits {" + rlimits + "}, {" + values + "}";
    }
}
