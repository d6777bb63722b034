package dev.sandjar;

import java.util.regex.Pattern;

/** The limits that a sandbox can have, as {@link SandboxBuilder#without(Limit...)} and error messages name them. */
public enum Limit {
    /** Memory of all processes together, see {@link Limits#memory}. */
    MEMORY("memory limit", "memory", "memory[.](max|limit_in_bytes)"),
    /** Where memory is throttled and reclaimed, see {@link Limits#memoryHigh}. */
    MEMORY_HIGH("memory throttling point", "memoryHigh", "memory[.]high"),
    /** Memory that is protected from reclaim, see {@link Limits#memoryLow}. */
    MEMORY_LOW("memory protection", "memoryLow", "memory[.](low|soft_limit_in_bytes)"),
    /** Swap, see {@link Limits#swap}. */
    SWAP("swap limit", "swap", "memory[.](swap[.]max|memsw[.]limit_in_bytes)"),
    /** Whether an out-of-memory kill ends all processes, see {@link Limits#oomGroup}. */
    OOM_GROUP("out-of-memory group", "oomGroup", "memory[.]oom[.]group"),
    /** CPU time in each tenth of a second, see {@link Limits#cpus}. */
    CPU("CPU limit", "cpus", "cpu[.](max|cfs_quota_us|cfs_period_us)"),
    /** Share of a busy CPU, see {@link Limits#cpuWeight}. */
    CPU_WEIGHT("CPU weight", "cpuWeight", "cpu[.](weight|shares)"),
    /** CPUs to run on, see {@link Limits#cpusetCpus}. */
    CPUSET_CPUS("set of CPUs", "cpusetCpus", "cpuset[.]cpus"),
    /** Memory nodes to use, see {@link Limits#cpusetMems}. */
    CPUSET_MEMS("set of memory nodes", "cpusetMems", "cpuset[.]mems"),
    /** Processes and threads, see {@link Limits#pids}. */
    PIDS("process limit", "pids", "pids[.]max"),
    /** Share of a busy disk, see {@link Limits#ioWeight}. */
    IO_WEIGHT("I/O weight", "ioWeight", "io[.](bfq[.])?weight|blkio[.]bfq[.]weight"),
    /** Bytes and operations per second of a disk, see {@link Limits#io}. */
    IO("I/O limit", "io", "io[.]max|blkio[.](throttle[.].*|bfq[.]weight_device)"),
    /** Huge pages, see {@link Limits#hugetlb}. */
    HUGETLB("huge page limit", "hugetlb", "hugetlb[.][0-9]+[KMG]B[.](max|limit_in_bytes)"),
    /** Devices, see {@link Limits#devices}. */
    DEVICES("allowed devices"),
    /** Depth of cgroups below the sandbox's own, see {@link Limits#cgroupDepth}. */
    CGROUP_DEPTH("cgroup depth"),
    /** Number of cgroups below the sandbox's own, see {@link Limits#cgroupDescendants}. */
    CGROUP_DESCENDANTS("cgroup descendants"),
    /** CPU time beyond the limit that was left over before, see {@link Limits#cpuBurst}. */
    CPU_BURST("CPU burst", "cpuBurst", "cpu[.](max[.]burst|cfs_burst_us)"),
    /** Files of the cgroup without a limit of their own here, see {@link Limits#cgroupFile}. */
    CGROUP_FILES("cgroup files"),
    /** Wall-clock time, see {@link SandboxBuilder#timeout}. */
    TIMEOUT("timeout"),
    /** CPU time, see {@link RunBounds#cpuTime}. */
    CPU_TIME("CPU time limit"),
    /** Bytes written to standard output and error, see {@link SandboxBuilder#outputLimit}. */
    OUTPUT("output limit");

    private final String label;
    private final String method;
    private final Pattern files;

    Limit(String label) {
        this(label, "", "");
    }

    Limit(String label, String method, String files) {
        this.label = label;
        this.method = method;
        this.files = Pattern.compile(files);
    }

    /**
     * The name for people.
     *
     * @return a few words, such as "memory limit"
     */
    public String label() {
        return label;
    }

    /** What of {@link Limits} sets it. */
    String method() {
        return "Limits." + method;
    }

    /** Whether it is the one that this file of a cgroup, v1 or v2, is for. */
    boolean isSetBy(String file) {
        return files.matcher(file).matches();
    }
}
