package dev.sandjar.internal.policy;

/** Per-mount switches of {@code mount(8)}: what is off unless asked for. */
public record MountAttributes(boolean readOnly, boolean suid, boolean dev, boolean exec) {
    public static final long RDONLY = 0x1;
    public static final long NOSUID = 0x2;
    public static final long NODEV = 0x4;
    public static final long NOEXEC = 0x8;

    /** As {@code mount_setattr(2)} takes them. */
    public long bits() {
        return (readOnly ? RDONLY : 0) | (suid ? 0 : NOSUID) | (dev ? 0 : NODEV) | (exec ? 0 : NOEXEC);
    }
}
