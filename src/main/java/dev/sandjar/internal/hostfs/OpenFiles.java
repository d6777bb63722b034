package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Files of the host, opened close-on-exec by their exact names, which on Linux are bytes and need not be UTF-8. */
public final class OpenFiles {
    private static final int MODE = 0666;
    private static final int O_NOCTTY = 0400;
    private static final int ATTEMPTS = 100;
    private static final int CREATE = Kernel.O_CREAT | Kernel.O_EXCL | Kernel.O_NOFOLLOW;

    /** What this process has open already, whoever made it: links of the kernel's own. */
    private static final Pattern OWN = Pattern.compile("/(?:dev|proc/self|proc/"
            + ProcessHandle.current().pid() + ")/(?:fd/([0-9]{1,9})|(stdin)|(stdout)|(stderr))");

    private OpenFiles() {}

    /** The path of a file that is a {@link File}'s, which holds text. */
    public static Path path(String step, File file) throws SandboxException {
        try {
            return file.toPath();
        } catch (InvalidPathException e) {
            throw new SandboxException(
                    step,
                    null,
                    file.getPath(),
                    0,
                    "this JVM's file name encoding (" + System.getProperty("sun.jnu.encoding") + ") has no such name",
                    "start java in a UTF-8 locale, such as LC_ALL=C.UTF-8");
        }
    }

    /**
     * The file of a namespace that a program is to enter. Links are followed as far as a {@link HostWalk} trusts them, and the kernel's own
     * in /proc; nothing waits for a pipe that stands in its place.
     */
    public static int namespace(String step, Path path) throws SandboxException {
        try {
            return namespaceFile(step, path);
        } catch (SandboxException e) {
            if (!Errno.ENOENT.is(e.errno())) {
                throw e;
            }
            throw new SandboxException(
                    e.step(),
                    e.systemCall().orElse(null),
                    PathBytes.shown(path),
                    e.errno(),
                    e.reason(),
                    "make the namespace first (\"ip netns add NAME\" makes networks below /run/netns), or correct the path");
        }
    }

    private static int namespaceFile(String step, Path path) throws SandboxException {
        try (HostWalk walk = HostWalk.to(path, step, HostWalk.Last.FOLLOWED)) {
            walk.require();
            HostStat stat = walk.leafStat();
            byte[] name = walk.leafName();
            if (stat == null || name == null || !(stat.isFile() || stat.isLink())) {
                throw walk.failure(
                        "openat",
                        Errno.EINVAL.number(),
                        "it is " + (stat == null ? "a directory" : stat.kind()) + ", not the file of a namespace",
                        "name a file such as /proc/PID/ns/net, or one that such a file is mounted on");
            }
            int flags = Kernel.O_RDONLY | Kernel.O_NONBLOCK | (stat.isLink() ? 0 : Kernel.O_NOFOLLOW);
            int fd = FileCalls.open(walk.directory(), name, flags, 0, false);
            return Calls.check(fd, step, "openat", PathBytes.shown(path));
        }
    }

    /** A file that only the kernel or this library makes: links are followed. */
    public static int open(Kernel kernel, String step, Path path, int flags) throws SandboxException {
        return Calls.check(kernel.open(PathBytes.of(path), flags, MODE), step, "open", PathBytes.shown(path));
    }

    /**
     * A file that a program is to read or write. It never blocks, and opens regular files, terminals and the character devices of the
     * host's own /dev only, no link, and no file that strangers may have given another name.
     *
     * @param flags O_RDONLY, O_WRONLY or O_RDWR, and O_CREAT, O_TRUNC, O_APPEND
     */
    public static int openForProgram(Kernel kernel, String step, Path path, int flags) throws SandboxException {
        Matcher own = OWN.matcher(PathBytes.shown(path));
        if (own.matches()) {
            return reopened(kernel, step, path, number(own), flags);
        }
        for (int i = 0; i < ATTEMPTS; i++) {
            try (HostWalk walk = HostWalk.to(path, step, HostWalk.Last.NOT_FOLLOWED)) {
                int fd = open(kernel, walk, step, path, flags);
                if (fd >= 0) {
                    return fd;
                }
            }
        }
        throw new SandboxException(
                step,
                "openat",
                PathBytes.shown(path),
                Errno.EAGAIN.number(),
                "somebody makes and removes it all the time",
                "");
    }

    /**
     * The content of a regular file that the caller names: links are followed as far as a {@link HostWalk} trusts them, and nothing waits
     * for a pipe.
     */
    public static InputStream content(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(PathBytes.shown(path));
        }
        FileCall.require();
        return new HostFile(openRegular(Kernel.get(), "read a file", path), () -> PathBytes.shown(path)).content();
    }

    /** A regular file that the host itself reads, under the same conditions, but links to it are followed as far as a {@link HostWalk} trusts them. */
    static int openRegular(Kernel kernel, String step, Path path) throws SandboxException {
        Path real = HostWalk.real(path, step);
        try (HostWalk walk = HostWalk.to(real, step, HostWalk.Last.NOT_FOLLOWED)) {
            HostStat stat = walk.leafStat();
            check(walk, stat);
            if (stat == null || !stat.isFile()) {
                throw walk.failure("openat", Errno.EINVAL.number(), "it is not a regular file", "name a regular file");
            }
            return reopened(kernel, step, path, walk.leaf(), Kernel.O_RDONLY);
        }
    }

    private static int number(Matcher own) {
        return own.group(1) != null
                ? Integer.parseInt(own.group(1))
                : own.group(2) != null ? 0 : own.group(3) != null ? 1 : 2;
    }

    /** -1 if it has come or gone meanwhile. */
    private static int open(Kernel kernel, HostWalk walk, String step, Path path, int flags) throws SandboxException {
        HostStat stat = walk.leafStat();
        byte[] name = walk.leafName();
        if (stat == null && name != null) {
            if ((flags & Kernel.O_CREAT) == 0) {
                walk.require();
            }
            int fd = FileCalls.open(walk.directory(), name, flags | CREATE, MODE, false);
            return Errno.EEXIST.is(-fd) ? -1 : Calls.check(fd, step, "openat", PathBytes.shown(path));
        }
        check(walk, stat);
        if (flags == Kernel.O_RDONLY && stat != null && stat.isFile()) {
            return ReadOnlyFile.open(kernel, step, path, walk.leaf(), stat);
        }
        return reopened(kernel, step, path, walk.leaf(), flags);
    }

    private static void check(HostWalk walk, @Nullable HostStat stat) throws SandboxException {
        if (stat == null || stat.isDirectory()) {
            throw walk.failure("openat", Errno.EISDIR.number(), "it is a directory", "name a file");
        }
        if (stat.isLink()) {
            throw walk.refusedLast();
        }
        // Also where a sandbox could write to /dev, which every redirection to /dev/null would miss otherwise: a guest
        // makes no devices.
        if (stat.isCharacterDevice() && PathBytes.shown(walk.realName()).startsWith("/dev/")) {
            return;
        }
        if (!stat.isFile()) {
            throw walk.failure(
                    "openat",
                    Errno.EINVAL.number(),
                    "it is " + stat.kind() + "; only regular files, terminals and character devices of /dev are opened",
                    "name a regular file, or open it yourself and copy");
        }
        if (stat.links() > 1 && walk.isOfStrangers()) {
            throw walk.failure(
                    "openat",
                    Errno.EMLINK.number(),
                    "it has " + stat.links() + " names, and others could write to the directory of this one: it may be"
                            + " any file of that file system",
                    "remove this name, or use a directory that no sandbox may write to");
        }
    }

    /** The same file once more, which the walk has checked. */
    private static int reopened(Kernel kernel, String step, Path path, int of, int flags) throws SandboxException {
        byte[] name = ("/proc/self/fd/" + of).getBytes(StandardCharsets.US_ASCII);
        int plain = flags & ~Kernel.O_CREAT;
        int fd = kernel.open(name, plain | Kernel.O_NONBLOCK | O_NOCTTY, 0);
        Calls.check(fd, step, "open", PathBytes.shown(path));
        HostStat stat = HostStat.of(fd, new byte[0]);
        if (stat == null || stat.isDirectory()) {
            kernel.close(fd);
            throw Calls.failure(step, "open", PathBytes.shown(path), Errno.EISDIR.number());
        }
        int cleared = kernel.fcntl(fd, Kernel.F_SETFL, plain & Kernel.O_APPEND);
        if (cleared < 0) {
            kernel.close(fd);
            throw Calls.failure(step, "fcntl", PathBytes.shown(path), -cleared);
        }
        return fd;
    }
}
