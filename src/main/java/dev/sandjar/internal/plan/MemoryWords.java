package dev.sandjar.internal.plan;

import dev.sandjar.linux.MemoryPolicy;
import java.util.BitSet;

/** A memory policy as the kernel takes it ({@code set_mempolicy(2)}). */
final class MemoryWords {
    private static final int NUMA_BALANCING = 1 << 13;
    private static final int RELATIVE_NODES = 1 << 14;
    private static final int STATIC_NODES = 1 << 15;

    private MemoryWords() {}

    /** Mode and flags in one number. */
    static int mode(MemoryPolicy policy) {
        int mode =
                switch (policy.mode()) {
                    case DEFAULT -> 0;
                    case PREFERRED -> 1;
                    case BIND -> 2;
                    case INTERLEAVE -> 3;
                    case LOCAL -> 4;
                    case PREFERRED_MANY -> 5;
                    case WEIGHTED_INTERLEAVE -> 6;
                };
        for (MemoryPolicy.Flag flag : policy.flags()) {
            mode |= switch (flag) {
                case NUMA_BALANCING -> NUMA_BALANCING;
                case RELATIVE_NODES -> RELATIVE_NODES;
                case STATIC_NODES -> STATIC_NODES;
            };
        }
        return mode;
    }

    /** A bit for each node, little endian. */
    static byte[] nodes(MemoryPolicy policy) {
        BitSet nodes = new BitSet();
        policy.nodes().forEach(nodes::set);
        return nodes.toByteArray();
    }
}
