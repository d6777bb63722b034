package dev.sandjar;

/**
 * Rights on files and directories that {@link Landlock} rules give back ({@code landlock(7)}, LANDLOCK_ACCESS_FS_*). Those that
 * create or remove are rights on the directory in which it happens. In the order of the kernel's bits.
 */
public enum LandlockAccess {
    /** Execute a file. */
    EXECUTE(1),
    /** Open a file for writing. */
    WRITE_FILE(1),
    /** Open a file for reading. */
    READ_FILE(1),
    /** Open or list a directory. */
    READ_DIR(1),
    /** Remove an empty directory, or rename one. */
    REMOVE_DIR(1),
    /** Unlink a file, or rename one. */
    REMOVE_FILE(1),
    /** Create, rename or link a character device. */
    MAKE_CHAR(1),
    /** Create or rename a directory. */
    MAKE_DIR(1),
    /** Create, rename or link a regular file. */
    MAKE_REG(1),
    /** Create, rename or link a socket. */
    MAKE_SOCK(1),
    /** Create, rename or link a FIFO. */
    MAKE_FIFO(1),
    /** Create, rename or link a block device. */
    MAKE_BLOCK(1),
    /** Create, rename or link a symbolic link. */
    MAKE_SYM(1),
    /** Link or rename a file from or to another directory: version 2, Linux 5.19. Before, that always is refused. */
    REFER(2),
    /** Truncate a file: version 3, Linux 6.2. */
    TRUNCATE(3),
    /** Use {@code ioctl(2)} on a device: version 5, Linux 6.10. */
    IOCTL_DEV(5);

    private final int version;

    LandlockAccess(int version) {
        this.version = version;
    }

    /**
     * The version of Landlock's interface with which the kernel has this right.
     *
     * @return 1 to 5
     */
    public int version() {
        return version;
    }
}
