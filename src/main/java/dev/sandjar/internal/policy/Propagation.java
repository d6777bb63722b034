package dev.sandjar.internal.policy;

/**
 * Where mounts that are made later appear ({@code mount_namespaces(7)}, "Shared subtrees").
 *
 * @param flag one of MS_*
 */
public record Propagation(long flag, boolean recursive) {
    public static final long UNBINDABLE = 1L << 17;
    public static final long PRIVATE = 1L << 18;
    public static final long SLAVE = 1L << 19;
    public static final long SHARED = 1L << 20;

    /** Whether mounts come from where the mount was copied, or go there. */
    public boolean hasPeers() {
        return flag == SLAVE || flag == SHARED;
    }
}
