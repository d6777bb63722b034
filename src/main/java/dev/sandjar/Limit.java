package dev.sandjar;

/** The limits that a sandbox can have, as {@link SandboxBuilder#without(Limit...)} and error messages name them. */
public enum Limit {
    /** Memory of all processes together, see {@link SandboxBuilder#memoryLimit}. */
    MEMORY("memory limit"),
    /** Where memory is throttled and reclaimed, see {@link SandboxBuilder#memoryHigh}. */
    MEMORY_HIGH("memory throttling point"),
    /** Memory that is protected from reclaim, see {@link SandboxBuilder#memoryLow}. */
    MEMORY_LOW("memory protection"),
    /** Swap, see {@link SandboxBuilder#swapLimit}. */
    SWAP("swap limit"),
    /** Whether an out-of-memory kill ends all processes, see {@link SandboxBuilder#memoryOomGroup}. */
    OOM_GROUP("out-of-memory group"),
    /** CPU time per time, see {@link SandboxBuilder#cpuLimit}. */
    CPU("CPU limit"),
    /** Share of a busy CPU, see {@link SandboxBuilder#cpuWeight}. */
    CPU_WEIGHT("CPU weight"),
    /** CPUs to run on, see {@link SandboxBuilder#cpusetCpus}. */
    CPUSET_CPUS("set of CPUs"),
    /** Memory nodes to use, see {@link SandboxBuilder#cpusetMems}. */
    CPUSET_MEMS("set of memory nodes"),
    /** Processes and threads, see {@link SandboxBuilder#pidsLimit}. */
    PIDS("process limit"),
    /** Share of a busy disk, see {@link SandboxBuilder#ioWeight}. */
    IO_WEIGHT("I/O weight"),
    /** Bytes and operations per second of a disk, see {@link SandboxBuilder#ioLimit}. */
    IO("I/O limit"),
    /** Huge pages, see {@link SandboxBuilder#hugetlbLimit}. */
    HUGETLB("huge page limit"),
    /** Devices, see {@link SandboxBuilder#devices}. */
    DEVICES("allowed devices"),
    /** Depth of cgroups below the sandbox's own, see {@link SandboxBuilder#cgroupDepthLimit}. */
    CGROUP_DEPTH("cgroup depth"),
    /** Number of cgroups below the sandbox's own, see {@link SandboxBuilder#cgroupDescendantsLimit}. */
    CGROUP_DESCENDANTS("cgroup descendants"),
    /** CPU time beyond the limit that was left over before, see {@link SandboxBuilder#cpuBurst}. */
    CPU_BURST("CPU burst"),
    /** Files of the cgroup without a limit of their own here, see {@link SandboxBuilder#cgroupFile}. */
    CGROUP_FILES("cgroup files"),
    /** Wall-clock time, see {@link SandboxBuilder#timeout}. */
    TIMEOUT("timeout"),
    /** CPU time, see {@link SandboxBuilder#cpuTimeLimit}. */
    CPU_TIME("CPU time limit"),
    /** Bytes written to standard output and error, see {@link SandboxBuilder#outputLimit}. */
    OUTPUT("output limit");

    private final String label;

    Limit(String label) {
        this.label = label;
    }

    /**
     * The name for people.
     *
     * @return a few words, such as "memory limit"
     */
    public String label() {
        return label;
    }
}
