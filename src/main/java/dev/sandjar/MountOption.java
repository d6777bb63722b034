package dev.sandjar;

/**
 * Switches of one mount ({@code mount(8)}). A bind is nosuid, nodev and exec unless an option says otherwise; a tmpfs is nosuid
 * and nodev, and noexec except in the presets ({@link Mounts#noexec()}).
 */
public enum MountOption {
    /** Programs on it may run. */
    EXEC,
    /** Programs on it may not run. */
    NOEXEC,
    /** Set-user-ID bits and file capabilities count. They stay without effect for the program, which has no_new_privs. */
    SUID,
    /** Device files on it work. */
    DEV,
    /** A bind whose source doesn't exist is left out instead of failing the start. Binds only. */
    OPTIONAL,
    /**
     * Files of the source appear owned by the program, and what it creates gets the source's owner and group on the host
     * ({@code mount_setattr(2)}, Linux 5.12): the program may do there what that owner may, and has the source's group there. A start
     * fails if the owner is the host's root. A group that is root's, as after {@code chown user directory} by root, stays closed: what
     * the program creates then gets the group that /etc/passwd gives the owner, or else 65534 (nogroup), and that group is the program's
     * there. Owner and group root are given away by {@link #IDMAPPED_ROOT} only. Where the sandbox has no private ids, the caller's
     * files are the program's anyway. Binds only.
     */
    IDMAPPED,
    /**
     * Files of the source appear owned by the program, as with {@link #IDMAPPED}, also if the source belongs to the host's root or to its
     * group: everything of root's, or of its group's, below it is then the program's to read, change and remove. This is for directories
     * that root made for the program, with nothing else in them. Binds only.
     */
    IDMAPPED_ROOT
}
