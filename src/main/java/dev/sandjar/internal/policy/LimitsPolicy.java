package dev.sandjar.internal.policy;

import dev.sandjar.Limit;
import dev.sandjar.internal.util.Nullable;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the control groups of a sandbox hold it to; null, and an empty list or map, is unset.
 *
 * @param memory bytes, as are the next three
 * @param cpus cores, fractions allowed
 * @param cpuWeight 1 to 10000, of which 100 is everybody's
 * @param ioWeight as cpuWeight
 * @param hugetlb bytes by size of the pages in bytes
 * @param devices null is unset, an empty list allows none
 * @param cpuBurst microseconds
 * @param files texts by name of the cgroup's file
 */
public record LimitsPolicy(
        @Nullable Long memory,
        @Nullable Long memoryHigh,
        @Nullable Long memoryLow,
        @Nullable Long swap,
        @Nullable Boolean oomGroup,
        @Nullable Double cpus,
        @Nullable Integer cpuWeight,
        List<Integer> cpusetCpus,
        List<Integer> cpusetMems,
        @Nullable Long pids,
        @Nullable Integer ioWeight,
        List<IoLimitPolicy> io,
        SortedMap<Long, Long> hugetlb,
        @Nullable List<DeviceRulePolicy> devices,
        @Nullable Integer maxDepth,
        @Nullable Integer maxDescendants,
        @Nullable Long cpuBurst,
        SortedMap<String, String> files) {
    private static final LimitsPolicy NONE = new LimitsPolicy(
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            List.of(),
            List.of(),
            null,
            null,
            List.of(),
            new TreeMap<>(),
            null,
            null,
            null,
            null,
            new TreeMap<>());

    public LimitsPolicy {
        cpusetCpus = List.copyOf(cpusetCpus);
        cpusetMems = List.copyOf(cpusetMems);
        io = List.copyOf(io);
        hugetlb = Collections.unmodifiableSortedMap(new TreeMap<>(hugetlb));
        devices = devices == null ? null : List.copyOf(devices);
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    public static LimitsPolicy none() {
        return NONE;
    }

    public boolean isEmpty() {
        return kinds().isEmpty();
    }

    /** Which limits are set. */
    public Set<Limit> kinds() {
        Set<Limit> kinds = EnumSet.noneOf(Limit.class);
        add(kinds, Limit.MEMORY, memory);
        add(kinds, Limit.MEMORY_HIGH, memoryHigh);
        add(kinds, Limit.MEMORY_LOW, memoryLow);
        add(kinds, Limit.SWAP, swap);
        add(kinds, Limit.OOM_GROUP, oomGroup);
        add(kinds, Limit.CPU, cpus);
        add(kinds, Limit.CPU_WEIGHT, cpuWeight);
        add(kinds, Limit.CPUSET_CPUS, emptyToNull(cpusetCpus));
        add(kinds, Limit.CPUSET_MEMS, emptyToNull(cpusetMems));
        add(kinds, Limit.PIDS, pids);
        add(kinds, Limit.IO_WEIGHT, ioWeight);
        add(kinds, Limit.IO, emptyToNull(io));
        add(kinds, Limit.HUGETLB, hugetlb.isEmpty() ? null : hugetlb);
        add(kinds, Limit.DEVICES, devices);
        add(kinds, Limit.CGROUP_DEPTH, maxDepth);
        add(kinds, Limit.CGROUP_DESCENDANTS, maxDescendants);
        add(kinds, Limit.CPU_BURST, cpuBurst);
        add(kinds, Limit.CGROUP_FILES, files.isEmpty() ? null : files);
        return kinds;
    }

    private static void add(Set<Limit> kinds, Limit kind, @Nullable Object value) {
        if (value != null) {
            kinds.add(kind);
        }
    }

    private static @Nullable List<?> emptyToNull(List<?> list) {
        return list.isEmpty() ? null : list;
    }

    /** These limits, and those of {@code base} that are unset here. */
    public LimitsPolicy over(LimitsPolicy base) {
        return new LimitsPolicy(
                first(memory, base.memory),
                first(memoryHigh, base.memoryHigh),
                first(memoryLow, base.memoryLow),
                first(swap, base.swap),
                first(oomGroup, base.oomGroup),
                first(cpus, base.cpus),
                first(cpuWeight, base.cpuWeight),
                cpusetCpus.isEmpty() ? base.cpusetCpus : cpusetCpus,
                cpusetMems.isEmpty() ? base.cpusetMems : cpusetMems,
                first(pids, base.pids),
                first(ioWeight, base.ioWeight),
                io.isEmpty() ? base.io : io,
                hugetlb.isEmpty() ? base.hugetlb : hugetlb,
                first(devices, base.devices),
                first(maxDepth, base.maxDepth),
                first(maxDescendants, base.maxDescendants),
                first(cpuBurst, base.cpuBurst),
                merged(base.files, files));
    }

    private static SortedMap<String, String> merged(SortedMap<String, String> base, SortedMap<String, String> files) {
        SortedMap<String, String> all = new TreeMap<>(base);
        all.putAll(files);
        return all;
    }

    private static <T> @Nullable T first(@Nullable T set, @Nullable T base) {
        return set != null ? set : base;
    }
}
