package dev.sandjar.internal.plan;

/**
 * What all processes of a sandbox together may have, where it has to be looked for since no cgroup counts it.
 *
 * @param memory bytes; 0 for no bound
 * @param processes processes and threads; 0 for no bound
 */
public record TreeBounds(long memory, long processes) {
    static final TreeBounds NONE = new TreeBounds(0, 0);

    TreeBounds memory(long bytes) {
        return new TreeBounds(bytes, processes);
    }

    TreeBounds processes(long count) {
        return new TreeBounds(memory, count);
    }
}
