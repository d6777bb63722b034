package dev.sandjar;

/**
 * How often limits have had an effect ({@code memory.events} and {@code pids.events} of cgroup v2; {@code memory.failcnt} and
 * {@code memory.oom_control} of v1). 0 also where the kernel doesn't count.
 *
 * @param memoryHigh slowed down at {@code memoryHigh}
 * @param memoryMax came up against the memory limit, which mostly is answered by reclaim
 * @param outOfMemory memory could not be reclaimed
 * @param oomKilled processes killed for lack of memory
 * @param pidsMax processes and threads refused
 */
public record LimitHits(long memoryHigh, long memoryMax, long outOfMemory, long oomKilled, long pidsMax) {
    static final LimitHits NONE = new LimitHits(0, 0, 0, 0, 0);
}
