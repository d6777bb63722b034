package dev.sandjar;

/**
 * How often limits have had an effect ({@code memory.events} and {@code pids.events} of cgroup v2; {@code memory.failcnt} and
 * {@code memory.oom_control} of v1). 0 also where the kernel doesn't count.
 *
 * @param memoryHigh how often processes were slowed down at {@link Limits#memoryHigh}
 * @param memoryMax how often the memory limit was reached, after which the kernel mostly reclaims memory
 * @param outOfMemory how often memory could not be reclaimed
 * @param oomKilled how many processes were killed for lack of memory
 * @param pidsMax how often a process or thread was refused at {@link Limits#pids}
 */
public record LimitHits(long memoryHigh, long memoryMax, long outOfMemory, long oomKilled, long pidsMax) {
    static final LimitHits NONE = new LimitHits(0, 0, 0, 0, 0);
}
