package dev.sandjar.internal.plan;

/**
 * Which attributes of {@code mount_setattr(2)} are set and cleared, on a mount itself and on it with all below.
 *
 * @param set MOUNT_ATTR_* bits
 */
record MountChange(long set, long clear, long setBelow, long clearBelow) {
    private static final long PLAIN =
            MountAttributes.RDONLY | MountAttributes.NOSUID | MountAttributes.NODEV | MountAttributes.NOEXEC;

    /** For the mount itself, as the launcher takes them. */
    long bits() {
        return set | clear << Integer.SIZE;
    }

    /** For all below, too. */
    long bitsBelow() {
        return setBelow | clearBelow << Integer.SIZE;
    }

    /** Whether {@code mount(2)} can do it: it sets, and clears nothing. */
    boolean isPlain() {
        return ((set | setBelow) & ~PLAIN) == 0 && clear == 0 && clearBelow == 0;
    }
}
