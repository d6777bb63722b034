package dev.sandjar;

/** Where mounts that are made later appear ({@code mount_namespaces(7)}, "Shared subtrees"). */
public enum MountPropagation {
    /** Nowhere else. */
    PRIVATE,
    /** Those of the host appear in the sandbox, if its own mount is shared. */
    SLAVE,
    /** In all copies that are made of it in the sandbox. */
    SHARED,
    /** Nowhere else, and it can't be bound to another place. */
    UNBINDABLE
}
