package dev.sandjar;

import dev.sandjar.internal.policy.LimitsPolicy;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Nullable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What all processes of a sandbox together may use ({@code cgroups(7)}), for {@link SandboxBuilder#limits} and
 * {@link SandboxProcess#update}. What is not set is not limited, or stays as it is. The files named are those of cgroup v2
 * (the kernel's admin-guide/cgroup-v2) and of v1 (admin-guide/cgroup-v1). Immutable and thread-safe: each method returns a new value.
 *
 * <pre>{@code Limits.none().memory(DataSize.mebibytes(256)).cpus(0.5).pids(64)}</pre>
 */
public final class Limits {
    private static final Limits NONE = new Limits(Map.of());
    private static final double CPUS_MIN = 0.01;
    private static final double CPUS_MAX = 8192;
    private static final int CPU_MAX = 8191;
    private static final Duration BURST_MAX = Duration.ofHours(1);
    private static final int WEIGHT_MAX = 10_000;
    private static final long PIDS_MAX = 4_194_304;
    private static final long MEMORY_MIN = DataSize.mebibytes(1).toBytes();

    private final Map<Limit, Object> values;

    private Limits(Map<Limit, Object> values) {
        this.values = values;
    }

    private Limits with(Limit limit, Object value) {
        Map<Limit, Object> changed = new EnumMap<>(Limit.class);
        changed.putAll(values);
        changed.put(limit, value);
        return new Limits(changed);
    }

    /** The same without some. */
    Limits without(Limit... limits) {
        Map<Limit, Object> changed = new EnumMap<>(Limit.class);
        changed.putAll(values);
        List.of(limits).forEach(changed::remove);
        return new Limits(changed);
    }

    /** These, and those of {@code base} that are not set here. */
    Limits over(Limits base) {
        Map<Limit, Object> all = new EnumMap<>(Limit.class);
        all.putAll(base.values);
        all.putAll(values);
        // Each size of huge pages is a limit of its own, and so is each file.
        SortedMap<Long, Long> sizes = base.hugetlb();
        sizes.putAll(hugetlb());
        if (!sizes.isEmpty()) {
            all.put(Limit.HUGETLB, sizes);
        }
        SortedMap<String, String> files = base.files();
        files.putAll(files());
        if (!files.isEmpty()) {
            all.put(Limit.CGROUP_FILES, files);
        }
        return new Limits(all);
    }

    Set<Limit> kinds() {
        return Set.copyOf(values.keySet());
    }

    /**
     * No limits.
     *
     * @return where to begin
     */
    public static Limits none() {
        return NONE;
    }

    /**
     * Limits memory: that of the programs, the page cache for their files, tmpfs and shared memory, and what the kernel keeps for
     * them. What can't be reclaimed is an out-of-memory kill, {@link Verdict#OOM_KILLED}. {@code memory.max}; v1
     * {@code memory.limit_in_bytes}. Swap is then 0 unless {@link #swap} says otherwise.
     *
     * @param max at least 1 MiB; the kernel counts whole pages
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits memory(DataSize max) {
        return with(Limit.MEMORY, Checks.range("memory limit in bytes", max.toBytes(), MEMORY_MIN, Long.MAX_VALUE));
    }

    /**
     * Slows processes down and reclaims their memory above this, without a kill. {@code memory.high}; v1 has nothing like it.
     *
     * @param bytes at least 1 MiB
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits memoryHigh(DataSize bytes) {
        return with(
                Limit.MEMORY_HIGH, Checks.range("memoryHigh in bytes", bytes.toBytes(), MEMORY_MIN, Long.MAX_VALUE));
    }

    /**
     * Protects so much memory from reclaim while others use more than their share. {@code memory.low}; v1
     * {@code memory.soft_limit_in_bytes}, which works towards the same.
     *
     * @param bytes 0 or more
     * @return new limits
     * @throws NullPointerException if null
     */
    public Limits memoryLow(DataSize bytes) {
        return with(Limit.MEMORY_LOW, bytes.toBytes());
    }

    /**
     * Limits swap. {@code memory.swap.max}; v1 {@code memory.memsw.limit_in_bytes}, which needs a memory limit too.
     *
     * @param max 0 or more; the default is 0 where memory is limited
     * @return new limits
     * @throws NullPointerException if null
     */
    public Limits swap(DataSize max) {
        return with(Limit.SWAP, max.toBytes());
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
     * Limits CPU time to so many processors' worth in each tenth of a second. {@code cpu.max}; v1 {@code cpu.cfs_quota_us}.
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
     * Says on which processors to run. {@code cpuset.cpus}; the same on v1.
     *
     * @param cpus numbers from 0 to 8191, at least one
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits cpusetCpus(int... cpus) {
        return with(Limit.CPUSET_CPUS, numbers("CPU number", cpus));
    }

    /**
     * Says from which memory nodes to take memory ({@code numa(7)}). {@code cpuset.mems}; the same on v1.
     *
     * @param nodes numbers from 0 to 8191, at least one
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits cpusetMems(int... nodes) {
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
     * @throws IllegalArgumentException if out of range
     */
    public Limits hugetlb(DataSize page, DataSize max) {
        SortedMap<Long, Long> sizes = new TreeMap<>(hugetlb());
        sizes.put(Checks.range("page size in bytes", page.toBytes(), 1, Long.MAX_VALUE), max.toBytes());
        return with(Limit.HUGETLB, sizes);
    }

    /**
     * Allows these devices and no others. The {@code devices} controller of v1; a BPF program on v2, which needs root.
     *
     * @param rules none at all allows no device; {@link DeviceRule#standard()} is what programs expect
     * @return new limits
     * @throws NullPointerException if one is null
     */
    public Limits devices(DeviceRule... rules) {
        return with(Limit.DEVICES, List.of(rules));
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
     * Lets processes use CPU time beyond {@link #cpus} that they have left unused before, at most so much in a tenth of a second. {@code
     * cpu.max.burst}; v1 {@code cpu.cfs_burst_us}; from Linux 5.14 on. Needs a CPU limit.
     *
     * @param time whole microseconds, of CPU time; at most that of the CPU limit in a tenth of a second
     * @return new limits
     * @throws IllegalArgumentException if out of range
     */
    public Limits cpuBurst(Duration time) {
        boolean whole = !time.isNegative() && time.compareTo(BURST_MAX) <= 0 && time.toNanos() % 1_000 == 0;
        if (!whole) {
            throw new IllegalArgumentException(
                    "CPU burst is " + time + ", allowed are whole microseconds to " + BURST_MAX);
        }
        return with(Limit.CPU_BURST, time.toNanos() / 1_000);
    }

    /**
     * Sets a file of the sandbox's cgroup for which there is no method here, as the kernel describes it. Where cgroups have no such file,
     * the start is refused. What the value does is the caller's to know.
     *
     * @param file a name such as "memory.swappiness", beginning with that of one of the controllers cpu, cpuset, memory, io, blkio, pids,
     *     hugetlb, rdma, misc, net_cls, net_prio; none that another method here sets. "blkio.weight" is the share of a busy disk as v1
     *     counts it, 10 to 1000: v1 and the BFQ scheduler get it as it is, {@code io.weight} of v2 what runc and crun make of it
     * @param text 1 to 4096 bytes without NUL; each line is written by itself
     * @return new limits; a file that was set before gets the new text
     * @throws IllegalArgumentException if there is no such file, or another method sets it
     */
    public Limits cgroupFile(String file, String text) {
        SortedMap<String, String> files = files();
        files.put(CgroupFiles.name(file), CgroupFiles.text(file, text));
        return with(Limit.CGROUP_FILES, files);
    }

    private static List<Integer> numbers(String what, int... numbers) {
        Checks.range("count of " + what + "s", numbers.length, 1, CPU_MAX + 1);
        for (int number : numbers) {
            Checks.range(what, number, 0, CPU_MAX);
        }
        return IntStream.of(numbers).sorted().distinct().boxed().toList();
    }

    LimitsPolicy toPolicy() {
        return new LimitsPolicy(
                value(Limit.MEMORY, Long.class),
                value(Limit.MEMORY_HIGH, Long.class),
                value(Limit.MEMORY_LOW, Long.class),
                value(Limit.SWAP, Long.class),
                value(Limit.OOM_GROUP, Boolean.class),
                value(Limit.CPU, Double.class),
                value(Limit.CPU_WEIGHT, Integer.class),
                list(Limit.CPUSET_CPUS, Integer.class),
                list(Limit.CPUSET_MEMS, Integer.class),
                value(Limit.PIDS, Long.class),
                value(Limit.IO_WEIGHT, Integer.class),
                list(Limit.IO, IoLimit.class).stream().map(IoLimit::toPolicy).toList(),
                hugetlb(),
                values.containsKey(Limit.DEVICES)
                        ? list(Limit.DEVICES, DeviceRule.class).stream()
                                .map(DeviceRule::toPolicy)
                                .toList()
                        : null,
                value(Limit.CGROUP_DEPTH, Integer.class),
                value(Limit.CGROUP_DESCENDANTS, Integer.class),
                value(Limit.CPU_BURST, Long.class),
                files());
    }

    private <T> @Nullable T value(Limit limit, Class<T> type) {
        Object value = values.get(limit);
        return value == null ? null : type.cast(value);
    }

    private <T> List<T> list(Limit limit, Class<T> type) {
        List<T> list = new ArrayList<>();
        if (values.get(limit) instanceof List<?> items) {
            items.forEach(item -> list.add(type.cast(item)));
        }
        return list;
    }

    private SortedMap<Long, Long> hugetlb() {
        SortedMap<Long, Long> sizes = new TreeMap<>();
        if (values.get(Limit.HUGETLB) instanceof Map<?, ?> set) {
            set.forEach((size, max) -> sizes.put((Long) size, (Long) max));
        }
        return sizes;
    }

    private SortedMap<String, String> files() {
        SortedMap<String, String> files = new TreeMap<>();
        if (values.get(Limit.CGROUP_FILES) instanceof Map<?, ?> set) {
            set.forEach((file, text) -> files.put((String) file, (String) text));
        }
        return files;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Limits limits && limits.values.equals(values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /** Those set, such as "memory limit 67108864, process limit 64". */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        values.forEach((limit, value) -> parts.add(limit.label() + " " + value));
        return parts.isEmpty() ? "no limits" : String.join(", ", parts);
    }
}
