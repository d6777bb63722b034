package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An open directory of the host whose entries may be hostile: each is reached by its one name below the descriptor, and no symbolic
 * link is ever followed, so that nothing outside can be meant. Not thread-safe.
 */
public final class HostDirectory implements AutoCloseable {
    private static final int ALL_OF_OWNER = 0700;
    private static final int READ_OF_OWNER = 0400;
    private static final byte[] SELF = new byte[0];

    private final Kernel kernel;
    private final int fd;
    private final String shown;
    /** What its permissions were before they were widened to get in; -1 if they were not. */
    private final int before;
    /** Whether what belongs to subordinate ids is within reach. */
    private final boolean ids;

    private HostDirectory(Kernel kernel, int fd, String shown, int before, boolean ids) {
        this.ids = ids;
        this.kernel = kernel;
        this.fd = fd;
        this.shown = shown;
        this.before = before;
    }

    /** Links in the path itself are followed as far as a {@link HostWalk} trusts them. */
    public static HostDirectory open(Path path) throws IOException {
        return open(path, false);
    }

    /** The same; what lies in it and belongs to subordinate ids of this user can be read and removed too. */
    public static HostDirectory openWithSubordinates(Path path) throws IOException {
        return open(path, true);
    }

    private static HostDirectory open(Path path, boolean ids) throws IOException {
        Kernel kernel = Kernel.get();
        String name = PathBytes.shown(path);
        try (HostWalk walk = HostWalk.to(path, "read or change a directory", HostWalk.Last.FOLLOWED)) {
            walk.require();
            int fd = FileCalls.open(walk.leaf(), new byte[] {'.'}, Kernel.O_RDONLY | Kernel.O_DIRECTORY, 0, ids);
            return new HostDirectory(kernel, checked(fd, "open", name), name, -1, ids);
        }
    }

    private static int checked(int result, String call, String path) throws SandboxException {
        return Calls.check(result, "read or change a directory", call, path);
    }

    private String shown(byte[] name) {
        return name.length == 0 ? shown : shown + "/" + new String(name, StandardCharsets.UTF_8);
    }

    private int checked(int result, String call, byte[] name) throws SandboxException {
        return checked(result, call, shown(name));
    }

    int descriptor() {
        return fd;
    }

    /** Names of all entries but "." and "..", in the file system's order. */
    public List<byte[]> names(int max) throws IOException {
        List<byte[]> names = new ArrayList<>();
        checked(FileCalls.rewind(fd), "lseek", SELF);
        while (checked(FileCalls.names(fd, names), "getdents64", SELF) > 0) {
            if (names.size() > max) {
                throw new SandboxException(
                        "read changes", null, shown, 0, "it has more than " + max + " entries", "write fewer files");
            }
        }
        return names;
    }

    public FileStatus status() throws IOException {
        FileStatus[] found = new FileStatus[1];
        checked(FileCalls.status(fd, SELF, found, ids), "statx", SELF);
        return found[0];
    }

    /** Null if there is no such entry. */
    public @Nullable FileStatus status(byte[] name) throws IOException {
        FileStatus[] found = new FileStatus[1];
        int n = FileCalls.status(fd, name, found, ids);
        if (Errno.ENOENT.is(-n)) {
            return null;
        }
        checked(n, "statx", name);
        return found[0];
    }

    /** An entry that is a directory. Without the permission to enter one of its own, this process gives it to itself until the close. */
    public HostDirectory directory(byte[] name) throws IOException {
        int flags = Kernel.O_RDONLY | Kernel.O_DIRECTORY | Kernel.O_NOFOLLOW;
        int opened = FileCalls.open(fd, name, flags, 0, ids);
        FileStatus[] status = new FileStatus[1];
        if (opened >= 0) {
            boolean open = FileCalls.status(opened, SELF, status, ids) == 0;
            int mode = open ? status[0].permissions() : ALL_OF_OWNER;
            if ((mode & ALL_OF_OWNER) == ALL_OF_OWNER || FileCalls.changeMode(opened, mode | ALL_OF_OWNER) < 0) {
                return new HostDirectory(kernel, opened, shown(name), -1, ids); // others' directories stay as they are
            }
            return new HostDirectory(kernel, opened, shown(name), mode, ids);
        }
        int mode = Errno.EACCES.is(-opened) ? widened(name, ALL_OF_OWNER) : -1;
        opened = checked(mode < 0 ? opened : FileCalls.open(fd, name, flags, 0, ids), "open", name);
        return new HostDirectory(kernel, opened, shown(name), mode, ids);
    }

    /** The same without changing any permissions. */
    public HostDirectory directoryAsItIs(byte[] name) throws IOException {
        int flags = Kernel.O_RDONLY | Kernel.O_DIRECTORY | Kernel.O_NOFOLLOW;
        return new HostDirectory(
                kernel, checked(FileCalls.open(fd, name, flags, 0, ids), "open", name), shown(name), -1, ids);
    }

    /** What the permissions were, or -1 if they can't be changed. */
    private int widened(byte[] name, int more) {
        int path = FileCalls.open(fd, name, Kernel.O_PATH | Kernel.O_NOFOLLOW, 0, ids);
        if (path < 0) {
            return -1;
        }
        FileStatus[] status = new FileStatus[1];
        try {
            if (FileCalls.status(path, SELF, status, ids) < 0 || status[0].isLink()) {
                return -1;
            }
            int mode = status[0].permissions();
            return FileCalls.changeModeOfPath(path, mode | more) < 0 ? -1 : mode;
        } finally {
            kernel.close(path);
        }
    }

    /** The content of an entry that is a file. */
    public InputStream read(byte[] name) throws IOException {
        // No waiting for the other end, should a pipe have taken its place.
        int flags = Kernel.O_RDONLY | Kernel.O_NOFOLLOW | Kernel.O_NONBLOCK;
        int opened = FileCalls.open(fd, name, flags, 0, ids);
        if (Errno.EACCES.is(-opened)) {
            int mode = widened(name, READ_OF_OWNER);
            if (mode >= 0) {
                opened = FileCalls.open(fd, name, flags, 0, ids);
                if (opened >= 0) {
                    FileCalls.changeMode(opened, mode);
                }
            }
        }
        opened = checked(opened, "open", name);
        FileStatus[] status = new FileStatus[1];
        int n = FileCalls.status(opened, SELF, status, ids);
        if (n < 0 || !status[0].isFile()) {
            kernel.close(opened);
            throw new SandboxException("read changes", "open", shown(name), 0, "it is not a regular file", "");
        }
        return new In(opened, name);
    }

    /** A new file, which must not be there yet. */
    public OutputStream create(byte[] name, int mode) throws IOException {
        int flags = Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_EXCL | Kernel.O_NOFOLLOW;
        int opened = checked(FileCalls.open(fd, name, flags, mode & 0777, ids), "open", name);
        int n = FileCalls.changeMode(opened, mode & 0777); // whatever the umask
        if (n < 0) {
            kernel.close(opened);
            checked(n, "fchmod", name);
        }
        return new Out(opened, name);
    }

    public byte[] link(byte[] name) throws IOException {
        List<byte[]> target = new ArrayList<>();
        checked(FileCalls.link(fd, name, target, ids), "readlinkat", name);
        return target.get(0);
    }

    public void makeDirectory(byte[] name) throws IOException {
        checked(FileCalls.makeDirectory(fd, name, ALL_OF_OWNER), "mkdirat", name);
    }

    public void makeLink(byte[] target, byte[] name) throws IOException {
        checked(FileCalls.makeLink(target, fd, name), "symlinkat", name);
    }

    /** Sets its own permissions. */
    public void changeMode(int mode) throws IOException {
        checked(FileCalls.changeMode(fd, mode), "fchmod", SELF);
    }

    public void rename(byte[] name, byte[] newName) throws IOException {
        checked(FileCalls.rename(fd, name, fd, newName, ids), "renameat", name);
    }

    /** The value of an extended attribute of this directory, "" if it has none. */
    public String attribute(String name) throws IOException {
        return attribute(fd, name, SELF);
    }

    /** The value of an extended attribute of a file, "" if it has none. */
    public String attribute(byte[] file, String name) throws IOException {
        try (In in = (In) read(file)) {
            return attribute(in.fd, name, file);
        }
    }

    private String attribute(int of, String name, byte[] file) throws IOException {
        StringBuilder value = new StringBuilder();
        int n = FileCalls.attribute(of, name, value, ids);
        if (Errno.ENODATA.is(-n) || Errno.EOPNOTSUPP.is(-n) || Errno.EPERM.is(-n)) {
            return "";
        }
        checked(n, "fgetxattr", file);
        return value.toString();
    }

    /** Removes an entry with all below. */
    public void remove(byte[] name) throws IOException {
        FileStatus found = status(name);
        if (found == null) {
            return;
        }
        if (found.isDirectory()) {
            flatten(name);
        }
        checked(FileCalls.remove(fd, name, found.isDirectory(), ids), "unlinkat", name);
        if (found.isDirectory()) {
            removeMoved();
        }
    }

    /** Removes all entries. However deep they nest, there is one descriptor more. */
    public void clear() throws IOException {
        for (List<byte[]> names = batch(fd); !names.isEmpty(); names = batch(fd)) {
            for (byte[] name : names) {
                FileStatus found = status(name);
                if (found != null && found.isDirectory()) {
                    flatten(name);
                }
                checked(FileCalls.remove(fd, name, found != null && found.isDirectory(), ids), "unlinkat", name);
            }
        }
    }

    private List<byte[]> batch(int of) throws IOException {
        List<byte[]> names = new ArrayList<>();
        checked(FileCalls.rewind(of), "lseek", SELF);
        while (names.isEmpty() && checked(FileCalls.names(of, names), "getdents64", SELF) > 0) {
            // "." and ".." alone are no end yet
        }
        return names;
    }

    private static final String MOVED = ".sandjar-removed-";
    private long lastMoved;
    private final List<byte[]> moved = new ArrayList<>();

    /** Empties a directory: files go, directories come up to this one, under names that nobody else uses. */
    private void flatten(byte[] name) throws IOException {
        try (HostDirectory child = directory(name)) {
            for (List<byte[]> names = batch(child.fd); !names.isEmpty(); names = batch(child.fd)) {
                for (byte[] inner : names) {
                    FileStatus found = child.status(inner);
                    if (found == null || !found.isDirectory()) {
                        checked(FileCalls.remove(child.fd, inner, false, ids), "unlinkat", inner);
                    } else {
                        child.widened(inner, ALL_OF_OWNER); // its ".." is written too
                        checked(FileCalls.rename(child.fd, inner, fd, fresh(), ids), "renameat", inner);
                    }
                }
            }
        }
    }

    private byte[] fresh() throws IOException {
        byte[] name;
        do {
            name = (MOVED + lastMoved++).getBytes(StandardCharsets.US_ASCII);
        } while (status(name) != null);
        moved.add(name);
        return name;
    }

    /** Those that were moved here, and no other of such a name. */
    private void removeMoved() throws IOException {
        while (!moved.isEmpty()) {
            byte[] name = moved.remove(moved.size() - 1);
            FileStatus found = status(name);
            if (found != null && found.isDirectory()) {
                flatten(name);
                checked(FileCalls.remove(fd, name, true, ids), "unlinkat", name);
            }
        }
    }

    @Override
    public void close() {
        if (before >= 0) {
            FileCalls.changeMode(fd, before);
        }
        kernel.close(fd);
    }

    /** A file that is read. */
    private final class In extends InputStream {
        private final int fd;
        private final byte[] name;
        private boolean closed;

        In(int fd, byte[] name) {
            this.fd = fd;
            this.name = name;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (closed) {
                throw new IOException("the file is closed");
            }
            if (length == 0) {
                return 0;
            }
            int n = checked(kernel.read(fd, buffer, offset, Math.min(length, 1 << 20)), "read", name);
            return n == 0 ? -1 : n;
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                kernel.close(fd);
            }
        }
    }

    /** A file that is written. */
    private final class Out extends OutputStream {
        private final int fd;
        private final byte[] name;
        private boolean closed;

        Out(int fd, byte[] name) {
            this.fd = fd;
            this.name = name;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            if (closed) {
                throw new IOException("the file is closed");
            }
            checked(
                    Calls.writeAll(kernel, fd, java.util.Arrays.copyOfRange(buffer, offset, offset + length)),
                    "write",
                    name);
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                kernel.close(fd);
            }
        }
    }
}
