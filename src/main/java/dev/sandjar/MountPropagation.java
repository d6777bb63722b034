package dev.sandjar;

import dev.sandjar.internal.policy.Propagation;

/** Where mounts that are made later appear ({@code mount_namespaces(7)}, "Shared subtrees"). */
public enum MountPropagation {
    /** Nowhere else. */
    PRIVATE(Propagation.PRIVATE),
    /** Those of the host appear in the sandbox, if its own mount is shared. */
    SLAVE(Propagation.SLAVE),
    /** In all copies that are made of it in the sandbox. */
    SHARED(Propagation.SHARED),
    /** Nowhere else, and it can't be bound to another place. */
    UNBINDABLE(Propagation.UNBINDABLE);

    private final long flag;

    MountPropagation(long flag) {
        this.flag = flag;
    }

    Propagation policy() {
        return new Propagation(flag, this == SLAVE);
    }
}
