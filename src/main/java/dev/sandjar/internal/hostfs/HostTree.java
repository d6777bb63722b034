package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An open directory of the host beneath which hostile names can be used: no call leads out of it, follows a symbolic link or crosses
 * into another mount ({@code openat2(2)}). Owners are numbers of the host.
 *
 * <p>Names are strings whose characters are bytes (ISO 8859-1), since on Linux they need not be text. A path is names with slashes
 * between them, "" the directory itself; methods that take a {@code name} take a single one. Not for several threads at once.
 */
public final class HostTree implements AutoCloseable {
    public static final int S_IFMT = 0170000;
    public static final int S_IFSOCK = 0140000;
    public static final int S_IFLNK = 0120000;
    public static final int S_IFREG = 0100000;
    public static final int S_IFBLK = 0060000;
    public static final int S_IFDIR = 0040000;
    public static final int S_IFCHR = 0020000;
    public static final int S_IFIFO = 0010000;

    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_REMOVEDIR = 0x200;
    private static final int RENAME_NOREPLACE = 1;
    static final int PATH_MAX = 4095;
    static final int STRUCT = FileCall.Scratch.THIRD;

    /**
     * What {@code statx(2)} says.
     *
     * @param mode type and permissions
     * @param major of the device that a device node stands for
     * @param seconds time of the last change of the content
     */
    public record Stat(
            int mode,
            long uid,
            long gid,
            long size,
            long links,
            long major,
            long minor,
            long seconds,
            int nanoseconds,
            long inode) {
        public int type() {
            return mode & S_IFMT;
        }

        public boolean isDirectory() {
            return type() == S_IFDIR;
        }

        /** What overlayfs takes for the absence of a file. */
        public boolean isWhiteout() {
            return type() == S_IFCHR && major == 0 && minor == 0;
        }
    }

    private final int fd;
    /** Whether what belongs to subordinate ids is within reach. */
    private final boolean subordinates;

    private final TreeCalls calls;
    private final TreeOpening opening;
    private final TreeAttributes attributes;
    private final TreeLinks links;
    private final TreeRights rights;
    private boolean open = true;

    private HostTree(int fd, Supplier<String> display, boolean subordinates) {
        this.fd = fd;
        this.subordinates = subordinates;
        this.calls = new TreeCalls(fd, display, subordinates);
        this.opening = new TreeOpening(this, fd, subordinates);
        this.attributes = new TreeAttributes(this, fd, subordinates);
        this.links = new TreeLinks(calls);
        this.rights = new TreeRights(calls);
    }

    /** A directory of the host that the caller names; links on the way are followed as far as a {@link HostWalk} trusts them. */
    public static HostTree open(Path path) throws SandboxException {
        return open(path, false);
    }

    /** The same; what lies in it and belongs to subordinate ids of this user is as accessible as what is its own. */
    public static HostTree openWithSubordinates(Path path) throws SandboxException {
        return open(path, true);
    }

    private static HostTree open(Path path, boolean subordinates) throws SandboxException {
        FileCall.require();
        String name = PathBytes.shown(path);
        try (HostWalk walk = HostWalk.to(path, "open a directory", HostWalk.Last.FOLLOWED)) {
            walk.require();
            int fd = FileCalls.open(walk.leaf(), new byte[] {'.'}, Kernel.O_DIRECTORY, 0, false);
            return new HostTree(Calls.check(fd, "open a directory", "open", name), () -> name, subordinates);
        }
    }

    /** The last name of a path, as this class takes it. */
    public static String name(Path path) {
        String whole = new String(PathBytes.of(path), StandardCharsets.ISO_8859_1);
        return whole.substring(whole.lastIndexOf('/') + 1);
    }

    /** A name or path as bytes. */
    public static byte[] bytes(String name) {
        return name.getBytes(StandardCharsets.ISO_8859_1);
    }

    int descriptor() {
        return fd;
    }

    /** The name of a descriptor's own file, for the JDK; valid while this is open. */
    public Path path() {
        return Path.of("/proc/self/fd/" + fd);
    }

    /** The same file opened anew, with a lock and a position of its own. */
    public HostTree again() throws SandboxException {
        return beneath(".");
    }

    /** A directory beneath this one. */
    public HostTree beneath(String path) throws SandboxException {
        return opened(opening.open(path, Kernel.O_DIRECTORY, 0), path);
    }

    /** The same, or null if there is none, or it is not a directory. */
    public @Nullable HostTree tryBeneath(String path) throws SandboxException {
        int result = opening.open(path, Kernel.O_DIRECTORY, 0);
        return isAbsent(result) ? null : opened(result, path);
    }

    private HostTree opened(int result, String path) throws SandboxException {
        calls.check(result, "open a directory", "openat2", path);
        return new HostTree(result, () -> shown(path), subordinates);
    }

    /** A new file for this user alone, which must not exist. */
    public HostFile create(String name) throws SandboxException {
        return create(name, 0600);
    }

    /** A new file, which must not exist, with what the umask leaves of {@code mode}. */
    public HostFile create(String name, int mode) throws SandboxException {
        return created(createIn(name, mode), name);
    }

    /** A new file for this user alone; null if something has that name. */
    public @Nullable HostFile tryCreate(String name) throws SandboxException {
        int result = createIn(name, 0600);
        return Errno.EEXIST.is(-result) ? null : created(result, name);
    }

    private int createIn(String name, int mode) {
        return opening.open(name, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL, mode);
    }

    private HostFile created(int result, String name) throws SandboxException {
        calls.check(result, "make a file", "openat2", name);
        return new HostFile(result, () -> shown(name));
    }

    /** A regular file that is there, for reading and writing. */
    public HostFile change(String path) throws SandboxException {
        return opening.regular(path, Kernel.O_RDWR, "change a file");
    }

    /** A file that is there, for reading; anything but a regular file is refused. */
    public HostFile read(String path) throws SandboxException {
        return opening.regular(path, Kernel.O_RDONLY, "read a file");
    }

    /**
     * The same, symbolic links followed as long as they stay beneath this directory; one that leads out is EXDEV. For directories in which
     * nothing belongs to subordinate ids.
     */
    public HostFile readThroughLinks(String path) throws SandboxException {
        return opening.regularThroughLinks(path, "read a file");
    }

    static boolean isAbsent(int result) {
        return Errno.ENOENT.is(-result) || Errno.ENOTDIR.is(-result) || Errno.ELOOP.is(-result);
    }

    /** What is there, or null. */
    public @Nullable Stat stat(String name) throws SandboxException {
        int result = name.isEmpty() ? 0 : name.indexOf('/');
        if (result > 0) {
            HostTree parent = tryBeneath(name.substring(0, name.lastIndexOf('/')));
            if (parent == null) {
                return null;
            }
            try (parent) {
                return parent.stat(name.substring(name.lastIndexOf('/') + 1));
            }
        }
        return TreeStatus.of(fd, name, () -> shown(name), subordinates);
    }

    static byte[] named(String name) {
        byte[] bytes = bytes(name);
        return bytes.length > PATH_MAX ? java.util.Arrays.copyOf(bytes, PATH_MAX) : bytes;
    }

    public void mkdir(String name, int mode) throws SandboxException {
        calls.one(FileCall.MKDIRAT, name, mode, 0, "make a directory");
    }

    /** The same; false if something has that name. */
    public boolean tryMkdir(String name, int mode) throws SandboxException {
        return calls.made(calls.tryOne(FileCall.MKDIRAT, name, mode, 0), "make a directory", "mkdirat", name);
    }

    /** The same, unless it is there. */
    public void mkdirs(String name, int mode) throws SandboxException {
        if (stat(name) == null) {
            mkdir(name, mode);
        }
    }

    /** A device node, a FIFO or a socket. */
    public void mknod(String name, int mode, long major, long minor) throws SandboxException {
        Calls.check(tryMknod(name, mode, major, minor), "make a special file", "mknodat", shown(name));
    }

    /** The same; 0 or an error number negated. */
    public int tryMknod(String name, int mode, long major, long minor) {
        long device = (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffL) << 12;
        return calls.tryOne(FileCall.MKNODAT, name, mode, device);
    }

    public void symlink(String target, String name) throws SandboxException {
        if (!trySymlink(target, name)) {
            throw Calls.failure("make a link", "symlinkat", shown(name), Errno.EEXIST.number());
        }
    }

    /** The same; false if something has that name. */
    public boolean trySymlink(String target, String name) throws SandboxException {
        return links.trySymlink(target, name);
    }

    /** A further name for a file that is in {@code from}; a symbolic link is not followed but linked. */
    public void link(HostTree from, String existing, String name) throws SandboxException {
        links.link(from, existing, name);
    }

    public String readlink(String name) throws SandboxException {
        return links.readlink(name);
    }

    /** Of the file itself, also of a symbolic link. */
    public void chown(String name, long uid, long gid) throws SandboxException {
        rights.chown(name, uid, gid);
    }

    /** Of anything but a symbolic link, which has no permissions: the caller knows what it made. */
    public void chmod(String name, int mode) throws SandboxException {
        rights.chmod(name, mode);
    }

    /** The same; 0 or an error number negated. */
    int tryChmod(String name, int mode) {
        return calls.tryOne(FileCall.FCHMODAT, name, mode, 0);
    }

    /** Times of last access and change. */
    public void times(String name, long seconds, int nanoseconds) throws SandboxException {
        rights.times(name, seconds, nanoseconds);
    }

    /** Sets an extended attribute; 0 or an error number negated. */
    public int trySetXattr(String name, String attribute, byte[] value) {
        return attributes.trySet(name, attribute, value);
    }

    /** The value of an extended attribute, or null if there is none. */
    public byte @Nullable [] xattr(String name, String attribute) throws SandboxException {
        return attributes.get(name, attribute);
    }

    /** Names of the extended attributes. */
    public List<String> xattrs(String name) throws SandboxException {
        return attributes.list(name);
    }

    public void unlink(String name) throws SandboxException {
        calls.one(FileCall.UNLINKAT, name, 0, 0, "remove a file");
    }

    public void rmdir(String name) throws SandboxException {
        calls.one(FileCall.UNLINKAT, name, AT_REMOVEDIR, 0, "remove a directory");
    }

    /** Renames within the file system, and replaces a file that has the new name. */
    public void replace(String name, HostTree to, String newName) throws SandboxException {
        Calls.check(links.rename(name, to, newName, 0), "rename", "renameat2", to.shown(newName));
    }

    /** Renames within the file system; fails with EEXIST if the new name is taken, 0 on success. */
    public int tryRename(String name, HostTree to, String newName) {
        return links.rename(name, to, newName, RENAME_NOREPLACE);
    }

    /**
     * Names in it, without "." and "..", in no order.
     *
     * @throws SandboxException if there are more than a million
     */
    public List<String> list() throws SandboxException {
        return TreeNames.all(this);
    }

    /** Waits until all that was written to this file system is on the disk ({@code syncfs(2)}). */
    public void syncFileSystem() throws SandboxException {
        Calls.check((int) FileCall.SYNCFS.call(fd), "write to the disk", "syncfs", toString());
    }

    /** Waits until the names in this directory are on the disk ({@code fsync(2)}). */
    public void sync() throws SandboxException {
        Calls.check((int) FileCall.FSYNC.call(fd), "write to the disk", "fsync", toString());
    }

    /** Locks this open directory ({@code flock(2)}); false if another has it and {@code wait} is not set. */
    public boolean lock(boolean exclusive, boolean wait) throws SandboxException {
        return DirectoryLock.take(fd, exclusive, wait, calls.toString());
    }

    /** The name of an entry for people. */
    public String shown(String name) {
        return calls.shown(name);
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            FileCall.CLOSE.call(fd);
        }
    }

    @Override
    public String toString() {
        return calls.toString();
    }
}
