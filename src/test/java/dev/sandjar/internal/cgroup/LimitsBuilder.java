package dev.sandjar.internal.cgroup;

import dev.sandjar.internal.policy.DeviceRulePolicy;
import dev.sandjar.internal.policy.IoLimitPolicy;
import dev.sandjar.internal.policy.LimitsPolicy;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Limits with a few of them set. */
final class LimitsBuilder {
    private Long memory;
    private Long memoryHigh;
    private Long memoryLow;
    private Long swap;
    private Boolean oomGroup;
    private Double cpus;
    private Integer cpuWeight;
    private List<Integer> cpusetCpus = List.of();
    private List<Integer> cpusetMems = List.of();
    private Long pids;
    private Integer ioWeight;
    private List<IoLimitPolicy> io = List.of();
    private final SortedMap<Long, Long> hugetlb = new TreeMap<>();
    private List<DeviceRulePolicy> devices;
    private Integer maxDepth;
    private Integer maxDescendants;
    private Long cpuBurst;
    private final SortedMap<String, String> files = new TreeMap<>();

    LimitsBuilder memory(long bytes) {
        memory = bytes;
        return this;
    }

    LimitsBuilder memoryHigh(long bytes) {
        memoryHigh = bytes;
        return this;
    }

    LimitsBuilder memoryLow(long bytes) {
        memoryLow = bytes;
        return this;
    }

    LimitsBuilder swap(long bytes) {
        swap = bytes;
        return this;
    }

    LimitsBuilder oomGroup(boolean together) {
        oomGroup = together;
        return this;
    }

    LimitsBuilder cpus(double cores) {
        cpus = cores;
        return this;
    }

    LimitsBuilder cpuWeight(int weight) {
        cpuWeight = weight;
        return this;
    }

    LimitsBuilder cpusetCpus(List<Integer> numbers) {
        cpusetCpus = numbers;
        return this;
    }

    LimitsBuilder cpusetMems(List<Integer> numbers) {
        cpusetMems = numbers;
        return this;
    }

    LimitsBuilder pids(long count) {
        pids = count;
        return this;
    }

    LimitsBuilder ioWeight(int weight) {
        ioWeight = weight;
        return this;
    }

    LimitsBuilder io(List<IoLimitPolicy> limits) {
        io = limits;
        return this;
    }

    LimitsBuilder hugetlb(long page, long bytes) {
        hugetlb.put(page, bytes);
        return this;
    }

    LimitsBuilder devices(List<DeviceRulePolicy> rules) {
        devices = rules;
        return this;
    }

    LimitsBuilder maxDepth(int depth) {
        maxDepth = depth;
        return this;
    }

    LimitsBuilder maxDescendants(int count) {
        maxDescendants = count;
        return this;
    }

    LimitsBuilder cpuBurst(long micros) {
        cpuBurst = micros;
        return this;
    }

    LimitsBuilder file(String name, String text) {
        files.put(name, text);
        return this;
    }

    LimitsPolicy build() {
        return new LimitsPolicy(
                memory,
                memoryHigh,
                memoryLow,
                swap,
                oomGroup,
                cpus,
                cpuWeight,
                cpusetCpus,
                cpusetMems,
                pids,
                ioWeight,
                io,
                hugetlb,
                devices,
                maxDepth,
                maxDescendants,
                cpuBurst,
                files);
    }
}
