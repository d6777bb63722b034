package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.linux.DeviceRule;
import dev.sandjar.linux.IoLimit;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What all processes of a sandbox together may use ({@code cgroups(7)}), for {@link SandboxBuilder#limits} and
 * {@link SandboxProcess#update}. What is not set is not limited, or stays as it is. The files named are those of cgroup v2
 * (the kernel's admin-guide/cgroup-v2) and of v1 (admin-guide/cgroup-v1). Two are equal if they set the same, and the same of it came
 * from a {@link #presets() preset}. Immutable and thread-safe: each method returns a new value.
 *
 * <pre>{@code Limits.none().memory(DataSize.mebibytes(256)).cpus(0.5).pids(64)}</pre>
 */
public final class Limits {
    private static final Limits NONE = new Limits(SetValues.none(Limit.class));
    private static final double CPUS_MIN = 0.01;
    private static final double CPUS_MAX = 8192;
    private static final int CPU_MAX = 8191;
    /** As many as a plan has operations. */
    private static final int FILES_MAX = 1024;

    private static final int PAGE_SIZES_MAX = 64;
    private static final Duration BURST_MAX = Duration.ofHours(1);
    private static final int WEIGHT_MAX = 10_000;
    private static final long PIDS_MAX = 4_194_304;
    private static final DataSize MEMORY_MIN = DataSize.mebibytes(1);

    private final SetValues<Limit> values;

    private Limits(SetValues<Limit> values) {
        this.values = values;
    }

    private Limits with(Limit limit, Object value) {
        return new Limits(values.with(limit, value));
    }

    /**
     * Returns limits of which none is set.
     *
     * @return the limits that others are made from
     */
    public static Limits none() {
        return NONE;
    }

    /**
     * Limits memory: that of the programs, the page cache for their files, tmpfs and shared memory, and what the kernel keeps for
     * them. Where memory can't be reclaimed the kernel kills processes: {@link Verdict#OOM_KILLED}. {@code memory.max}; v1
     * {@code memory.limit_in_bytes}. Swap is then 0 unless {@link #swap} says otherwise.
     *
     * @param max at least 1 MiB; the kernel counts whole pages
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits memory(DataSize max) {
        Objects.requireNonNull(max, "max");
        return with(Limit.MEMORY, atLeastAMebibyte("memory limit", max));
    }

    /**
     * Slows processes down and reclaims their memory above this, without a kill. {@code memory.high}; v1 has nothing like it.
     *
     * @param bytes at least 1 MiB
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits memoryHigh(DataSize bytes) {
        Objects.requireNonNull(bytes, "bytes");
        return with(Limit.MEMORY_HIGH, atLeastAMebibyte("memoryHigh", bytes));
    }

    /**
     * Protects {@code bytes} of memory from reclaim while others use more than their share. {@code memory.low}; v1
     * {@code memory.soft_limit_in_bytes}, which works towards the same.
     *
     * @param bytes 0 or more
     * @return new limits
     * @throws NullPointerException if null
     */
    public Limits memoryLow(DataSize bytes) {
        return with(Limit.MEMORY_LOW, Objects.requireNonNull(bytes, "memoryLow"));
    }

    /**
     * Limits swap. {@code memory.swap.max}; v1 {@code memory.memsw.limit_in_bytes}, which needs a memory limit too.
     *
     * @param max 0 or more; the default is 0 where memory is limited
     * @return new limits
     * @throws NullPointerException if null
     */
    public Limits swap(DataSize max) {
        return with(Limit.SWAP, Objects.requireNonNull(max, "swap limit"));
    }

    /**
     * Says whether an out-of-memory kill ends all processes together, rather than one that the kernel picks.
     * {@code memory.oom.group}; on v1 the launcher does it.
     *
     * @param together the default is true where memory is limited
     * @return new limits
     */
    public Limits oomGroup(boolean together) {
        return with(Limit.OOM_GROUP, together);
    }

    /**
     * Limits CPU time to that of {@code cores} processors in each tenth of a second. {@code cpu.max}; v1 {@code cpu.cfs_quota_us}.
     *
     * @param cores 0.01 to 8192, fractions allowed
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits cpus(double cores) {
        if (!(cores >= CPUS_MIN && cores <= CPUS_MAX)) {
            throw new IllegalArgumentException(
                    "CPU limit is " + cores + " cores, allowed is " + CPUS_MIN + " to " + CPUS_MAX);
        }
        return with(Limit.CPU, cores);
    }

    /**
     * Sets the share of a busy processor, compared with the weights of others. {@code cpu.weight}; v1 {@code cpu.shares}.
     *
     * @param weight 1 to 10000; everybody's default is 100
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits cpuWeight(int weight) {
        return with(Limit.CPU_WEIGHT, Checks.range("CPU weight", weight, 1, WEIGHT_MAX));
    }

    /**
     * Says on which processors the sandbox runs. {@code cpuset.cpus}; the same on v1.
     *
     * @param cpus numbers from 0 to 8191, at least one
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits cpusetCpus(int... cpus) {
        Objects.requireNonNull(cpus, "cpus");
        return with(Limit.CPUSET_CPUS, numbers("CPU number", cpus));
    }

    /**
     * Says from which memory nodes the sandbox gets memory ({@code numa(7)}). {@code cpuset.mems}; the same on v1.
     *
     * @param nodes numbers from 0 to 8191, at least one
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits cpusetMems(int... nodes) {
        Objects.requireNonNull(nodes, "nodes");
        return with(Limit.CPUSET_MEMS, numbers("memory node", nodes));
    }

    /**
     * Limits processes and threads together. Sandjar's own init doesn't count. {@code pids.max}; the same on v1.
     *
     * @param max 1 to 4194304
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits pids(long max) {
        return with(Limit.PIDS, Checks.range("process limit", max, 1, PIDS_MAX));
    }

    /**
     * Sets the share of a busy disk, compared with the weights of others. {@code io.weight}, which needs the io.cost or BFQ
     * scheduler; v1 {@code blkio.bfq.weight} or {@code blkio.weight}.
     *
     * @param weight 1 to 10000; everybody's default is 100
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits ioWeight(int weight) {
        return with(Limit.IO_WEIGHT, Checks.range("I/O weight", weight, 1, WEIGHT_MAX));
    }

    /**
     * Limits what passes to and from disks. {@code io.max}; v1 {@code blkio.throttle.*_device}.
     *
     * @param limits one for each disk; they replace those set before
     * @return new limits
     * @throws IllegalArgumentException if one has no number, so that it would limit nothing
     * @throws NullPointerException if one is null
     */
    public Limits io(IoLimit... limits) {
        Checks.elements("limits", limits);
        for (IoLimit limit : limits) {
            if (limit.isEmpty()) {
                throw new IllegalArgumentException(
                        limit + " limits nothing; call readBytes, writeBytes, readOperations or writeOperations");
            }
        }
        return with(Limit.IO, List.of(limits));
    }

    /**
     * Limits huge pages of one size. {@code hugetlb.SIZE.max}; v1 {@code hugetlb.SIZE.limit_in_bytes}.
     *
     * @param page a size that the kernel has, such as 2 MiB
     * @param max 0 or more
     * @return new limits
     * @throws IllegalArgumentException if the page size is 0, or there are more than 64 sizes
     */
    public Limits hugetlb(DataSize page, DataSize max) {
        Objects.requireNonNull(page, "page");
        Checks.range("page size in bytes", page.toBytes(), 1, Long.MAX_VALUE);
        SortedMap<DataSize, DataSize> sizes = values.map(Limit.HUGETLB, DataSize.class, DataSize.class);
        sizes.put(page, Objects.requireNonNull(max, "huge page limit"));
        Checks.range("number of page sizes", sizes.size(), 0, PAGE_SIZES_MAX);
        return with(Limit.HUGETLB, Collections.unmodifiableSortedMap(sizes));
    }

    /**
     * Allows these devices and no others. The {@code devices} controller of v1; a BPF program on v2, which needs root.
     *
     * @param rules none at all allows no device; {@link DeviceRule#standard()} is what programs expect
     * @return new limits
     * @throws NullPointerException if one is null
     */
    public Limits devices(List<DeviceRule> rules) {
        Objects.requireNonNull(rules, "rules");
        return with(Limit.DEVICES, List.copyOf(rules));
    }

    /**
     * Limits how deep cgroups may be nested below the sandbox's own, by programs that may make some.
     * {@code cgroup.max.depth}; not on v1.
     *
     * @param levels 0 or more
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits cgroupDepth(int levels) {
        return with(Limit.CGROUP_DEPTH, Checks.range("cgroup depth", levels, 0, Integer.MAX_VALUE));
    }

    /**
     * Limits how many cgroups may be below the sandbox's own. {@code cgroup.max.descendants}; not on v1.
     *
     * @param count 0 or more
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits cgroupDescendants(int count) {
        return with(Limit.CGROUP_DESCENDANTS, Checks.range("cgroup descendants", count, 0, Integer.MAX_VALUE));
    }

    /**
     * Lets processes use CPU time beyond {@link #cpus} that they have left unused before, at most {@code time} in a tenth of a second.
     * {@code cpu.max.burst}; v1 {@code cpu.cfs_burst_us}; from Linux 5.14 on. Needs a CPU limit.
     *
     * @param time whole microseconds of CPU time, 0 to 1 hour; a start fails if it is more than the CPU limit gives in a tenth of a second
     * @return new limits
     * @throws IllegalArgumentException if out of range, or not whole microseconds
     */
    public Limits cpuBurst(Duration time) {
        Objects.requireNonNull(time, "time");
        boolean whole = !time.isNegative() && time.compareTo(BURST_MAX) <= 0 && time.toNanos() % 1_000 == 0;
        if (!whole) {
            throw new IllegalArgumentException(
                    "CPU burst is " + time + ", allowed are whole microseconds to " + BURST_MAX);
        }
        return with(Limit.CPU_BURST, time);
    }

    /**
     * Sets a file of the sandbox's cgroup for which there is no method here, as the kernel describes it. Where cgroups have no such file,
     * the start is refused. What the value does is the caller's to know.
     *
     * @param file a name such as "memory.swappiness", beginning with that of one of the controllers cpu, cpuset, memory, io, blkio, pids,
     *     hugetlb, rdma, misc, net_cls, net_prio; none that another method here sets. "blkio.weight" is the share of a busy disk as v1
     *     counts it, 10 to 1000: v1 and the BFQ scheduler get it as it is, {@code io.weight} of v2 what runc and crun make of it; so is
     *     "blkio.weight_device", with lines such as "8:0 500", for one disk each
     * @param text 1 to 4096 bytes without NUL; each line is written by itself
     * @return new limits; a file that was set before gets the new text
     * @throws IllegalArgumentException if the name is none of such a file or has more than 100 bytes, another method sets the file,
     *     the text is malformed or has a blank line, or there are more than 1024 files
     */
    public Limits cgroupFile(String file, String text) {
        Objects.requireNonNull(text, "text");
        SortedMap<String, String> files = values.map(Limit.CGROUP_FILES, String.class, String.class);
        files.put(CgroupFiles.name(file), CgroupFiles.text(file, text));
        Checks.range("number of cgroup files", files.size(), 0, FILES_MAX);
        return with(Limit.CGROUP_FILES, Collections.unmodifiableSortedMap(files));
    }

    private static DataSize atLeastAMebibyte(String what, DataSize size) {
        if (size.compareTo(MEMORY_MIN) < 0) {
            throw new IllegalArgumentException(what + " is " + size + ", allowed is " + MEMORY_MIN + " or more");
        }
        return size;
    }

    private static List<Integer> numbers(String what, int... numbers) {
        Checks.range("count of " + what + "s", numbers.length, 1, CPU_MAX + 1);
        for (int number : numbers) {
            Checks.range(what, number, 0, CPU_MAX);
        }
        return IntStream.of(numbers).sorted().distinct().boxed().toList();
    }

    /** {@return whether nothing is limited: whether no limit is set} */
    public boolean isEmpty() {
        return values.keys().isEmpty();
    }

    /** {@return which limits are set: in the order of {@link Limit}} */
    public Set<Limit> kinds() {
        return values.keys();
    }

    /** {@return which limits a preset has brought, and nobody has set since: where there are no cgroups, a start goes on without them} */
    public Set<Limit> presets() {
        return values.presets();
    }

    Limits asPreset() {
        return new Limits(values.asPreset());
    }

    /**
     * Adds the limits of {@code base} that are not set here. Each size of huge pages is a limit of its own, and so is each file.
     *
     * @param base what counts where nothing is set here
     * @return new limits
     */
    public Limits over(Limits base) {
        Objects.requireNonNull(base, "base");
        return new Limits(values.over(base.values));
    }

    /**
     * Takes limits back.
     *
     * @param limits which ones; those that are not set make no difference
     * @return new limits without these
     */
    public Limits without(Limit... limits) {
        Checks.elements("limits", limits);
        return new Limits(values.without(List.of(limits)));
    }

    /** {@return the limit of memory: at least 1 MiB, or empty for none} */
    public Optional<DataSize> memory() {
        return values.get(Limit.MEMORY, DataSize.class);
    }

    /** {@return above how much memory processes are slowed down: at least 1 MiB, or empty for none} */
    public Optional<DataSize> memoryHigh() {
        return values.get(Limit.MEMORY_HIGH, DataSize.class);
    }

    /** {@return how much memory is protected: 0 or more, or empty for none} */
    public Optional<DataSize> memoryLow() {
        return values.get(Limit.MEMORY_LOW, DataSize.class);
    }

    /** {@return the limit of swap: 0 or more, or empty for none, which is 0 where memory is limited} */
    public Optional<DataSize> swap() {
        return values.get(Limit.SWAP, DataSize.class);
    }

    /** {@return whether an out-of-memory kill ends all processes together: true or false, or empty where nothing says so} */
    public Optional<Boolean> oomGroup() {
        return values.get(Limit.OOM_GROUP, Boolean.class);
    }

    /** {@return the limit of CPU time in processors, 0.01 to 8192, or empty for none} */
    public OptionalDouble cpus() {
        return values.get(Limit.CPU, Double.class).map(OptionalDouble::of).orElse(OptionalDouble.empty());
    }

    /** {@return the share of a busy processor: 1 to 10000, or empty for the default} */
    public OptionalInt cpuWeight() {
        return values.number(Limit.CPU_WEIGHT);
    }

    /** {@return on which processors to run: their numbers, ascending; none if that is not limited} */
    public List<Integer> cpusetCpus() {
        return values.list(Limit.CPUSET_CPUS, Integer.class);
    }

    /** {@return from which memory nodes to take memory: their numbers, ascending; none if that is not limited} */
    public List<Integer> cpusetMems() {
        return values.list(Limit.CPUSET_MEMS, Integer.class);
    }

    /** {@return the limit of processes and threads: 1 to 4194304, or empty for none} */
    public OptionalLong pids() {
        return values.get(Limit.PIDS, Long.class).map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    /** {@return the share of a busy disk: 1 to 10000, or empty for the default} */
    public OptionalInt ioWeight() {
        return values.number(Limit.IO_WEIGHT);
    }

    /** {@return the limits of disks: one for each disk; none if they are not limited} */
    public List<IoLimit> io() {
        return values.list(Limit.IO, IoLimit.class);
    }

    /** {@return the limits of huge pages: limits by size of the pages; none if they are not limited} */
    public SortedMap<DataSize, DataSize> hugetlb() {
        return Collections.unmodifiableSortedMap(values.map(Limit.HUGETLB, DataSize.class, DataSize.class));
    }

    /** {@return the devices that are allowed: rules, none at all where no device is allowed; empty if devices are not limited} */
    public Optional<List<DeviceRule>> devices() {
        return values.has(Limit.DEVICES) ? Optional.of(values.list(Limit.DEVICES, DeviceRule.class)) : Optional.empty();
    }

    /** {@return how deep cgroups may be nested: 0 or more, or empty for no limit} */
    public OptionalInt cgroupDepth() {
        return values.number(Limit.CGROUP_DEPTH);
    }

    /** {@return how many cgroups may be below the sandbox's own: 0 or more, or empty for no limit} */
    public OptionalInt cgroupDescendants() {
        return values.number(Limit.CGROUP_DESCENDANTS);
    }

    /**
     * The CPU time that processes may use beyond the limit because they have left it unused before.
     *
     * @return whole microseconds in a tenth of a second, or empty for none
     */
    public Optional<Duration> cpuBurst() {
        return values.get(Limit.CPU_BURST, Duration.class);
    }

    /** {@return the files that are set by name: texts by file} */
    public SortedMap<String, String> cgroupFiles() {
        return Collections.unmodifiableSortedMap(values.map(Limit.CGROUP_FILES, String.class, String.class));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Limits limits && limits.values.equals(values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /** Returns the limits that are set, such as "memory limit 64 MiB, process limit 64". */
    @Override
    public String toString() {
        return isEmpty() ? "no limits" : values.text(Limit::label);
    }
}
