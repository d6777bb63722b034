package dev.sandjar.linux;

import dev.sandjar.internal.util.Checks;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * From which memory nodes a program gets memory ({@code set_mempolicy(2)}, {@code numa(7)}), for {@link dev.sandjar.ProcessAttributes}.
 * It is where the program's processes begin; one that may call {@code set_mempolicy(2)} can choose another, which {@link
 * dev.sandjar.Limits#cpusetMems} bounds. An immutable value.
 *
 * @param mode how nodes are chosen
 * @param nodes numbers of the nodes, 0 to 1023, ascending; none for {@link Mode#DEFAULT} and {@link Mode#LOCAL}
 * @param flags how the numbers are meant
 */
public record MemoryPolicy(Mode mode, Set<Integer> nodes, Set<Flag> flags) {
    private static final int NODE_MAX = 1_023;

    /** The modes of {@code set_mempolicy(2)}. */
    public enum Mode {
        /** What the kernel does by itself: the node of the processor that the program runs on. MPOL_DEFAULT. */
        DEFAULT,
        /** The node of the lowest number first, and others when that is full; without nodes like LOCAL. MPOL_PREFERRED. */
        PREFERRED,
        /** These nodes only. MPOL_BIND. */
        BIND,
        /** The nodes in turns, page by page. MPOL_INTERLEAVE. */
        INTERLEAVE,
        /** The node of the processor that the program runs on. MPOL_LOCAL. */
        LOCAL,
        /** One of several nodes first, and others when these are full. MPOL_PREFERRED_MANY, Linux 5.15. */
        PREFERRED_MANY,
        /** The nodes in turns, by their weights. MPOL_WEIGHTED_INTERLEAVE, Linux 6.9. */
        WEIGHTED_INTERLEAVE
    }

    /** The flags of {@code set_mempolicy(2)}. */
    public enum Flag {
        /** The kernel may move pages to the node that uses them. MPOL_F_NUMA_BALANCING, for {@link Mode#BIND}; Linux 5.12. */
        NUMA_BALANCING,
        /** Numbers are counted among the nodes that the program may use. MPOL_F_RELATIVE_NODES. */
        RELATIVE_NODES,
        /** Numbers stay what they are when the nodes that the program may use change. MPOL_F_STATIC_NODES. */
        STATIC_NODES
    }

    /**
     * Checks what goes together.
     *
     * @param mode how nodes are chosen
     * @param nodes numbers of the nodes, 0 to 1023; none for {@link Mode#DEFAULT} and {@link Mode#LOCAL}
     * @param flags how the numbers are meant: not both of {@link Flag#RELATIVE_NODES} and {@link Flag#STATIC_NODES}
     * @throws IllegalArgumentException if a number is out of range, the mode needs nodes or takes none, or both flags are there
     */
    public MemoryPolicy {
        nodes.forEach(node -> Checks.range("memory node", node, 0, NODE_MAX));
        nodes = Collections.unmodifiableSortedSet(new TreeSet<>(nodes));
        flags = Collections.unmodifiableSet(flags.isEmpty() ? EnumSet.noneOf(Flag.class) : EnumSet.copyOf(flags));
        boolean takesNone = mode == Mode.DEFAULT || mode == Mode.LOCAL;
        if (takesNone && !nodes.isEmpty()) {
            throw new IllegalArgumentException("memory policy " + mode + " takes no nodes");
        }
        if (!takesNone && mode != Mode.PREFERRED && nodes.isEmpty()) {
            throw new IllegalArgumentException("memory policy " + mode + " needs at least one node");
        }
        if (flags.contains(Flag.RELATIVE_NODES) && flags.contains(Flag.STATIC_NODES)) {
            throw new IllegalArgumentException("memory nodes are either RELATIVE_NODES or STATIC_NODES");
        }
    }

    /**
     * Returns a policy without flags.
     *
     * @param mode how nodes are chosen
     * @param nodes numbers of the nodes, 0 to 1023; none for {@link Mode#DEFAULT} and {@link Mode#LOCAL}
     * @return the policy
     * @throws IllegalArgumentException if a number is out of range, or the mode needs nodes or takes none
     */
    public static MemoryPolicy of(Mode mode, int... nodes) {
        SortedSet<Integer> numbers = Arrays.stream(nodes).boxed().collect(Collectors.toCollection(TreeSet::new));
        return new MemoryPolicy(mode, numbers, Set.of());
    }

    /**
     * Returns the policy with flags instead of those that it has.
     *
     * @param flags how the numbers are meant
     * @return the changed policy
     * @throws IllegalArgumentException if both {@link Flag#RELATIVE_NODES} and {@link Flag#STATIC_NODES} are there
     */
    public MemoryPolicy withFlags(Flag... flags) {
        return new MemoryPolicy(mode, nodes, Set.copyOf(List.of(flags)));
    }

    /** Returns the mode, nodes and flags, such as "BIND [0, 1] [STATIC_NODES]". */
    @Override
    public String toString() {
        return mode + (nodes.isEmpty() ? "" : " " + nodes) + (flags.isEmpty() ? "" : " " + flags);
    }
}
