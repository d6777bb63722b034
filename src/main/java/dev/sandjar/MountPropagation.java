package dev.sandjar;

/** Where mounts that are made later appear ({@code mount_namespaces(7)}, "Shared subtrees"). */
public enum MountPropagation {
    /** Mounts that are made later appear nowhere else (MS_PRIVATE). */
    PRIVATE,
    /** Mounts that the host makes later appear in the sandbox, if the host's own mount is shared (MS_SLAVE). */
    SLAVE,
    /** Mounts that are made later appear in all copies of the mount in the sandbox (MS_SHARED). */
    SHARED,
    /** Mounts that are made later appear nowhere else, and the mount can't be bound to another place (MS_UNBINDABLE). */
    UNBINDABLE
}
