package dev.sandjar.internal.plan;

import dev.sandjar.MountPropagation;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where mounts that are made later appear ({@code mount_namespaces(7)}, "Shared subtrees").
 *
 * @param flag one of MS_*
 */
record Propagation(long flag, boolean recursive) {
    static final long UNBINDABLE = 1L << 17;
    static final long PRIVATE = 1L << 18;
    static final long SLAVE = 1L << 19;
    static final long SHARED = 1L << 20;

    /** Of the root, below which the host's mounts may lie. */
    static Propagation ofRoot(MountPropagation chosen) {
        return new Propagation(flag(chosen), chosen == MountPropagation.SLAVE);
    }

    /** What a word of {@code mount(8)} says; empty for other words. */
    static Optional<Propagation> of(String word) {
        return Stream.of(MountPropagation.values())
                .filter(kind -> word.equals(name(kind)) || word.equals("r" + name(kind)))
                .map(kind -> new Propagation(flag(kind), !word.equals(name(kind))))
                .findFirst();
    }

    private static String name(MountPropagation kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static long flag(MountPropagation kind) {
        return switch (kind) {
            case PRIVATE -> PRIVATE;
            case SLAVE -> SLAVE;
            case SHARED -> SHARED;
            case UNBINDABLE -> UNBINDABLE;
        };
    }

    /** Whether mounts come from where the mount was copied, or go there. */
    boolean hasPeers() {
        return flag == SLAVE || flag == SHARED;
    }
}
