package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.Platform;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.UserCache;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Starts the launcher program: the one that {@code -Dsandjar.launcher} names, else the copy in this jar, from a sealed memfd, else
 * (where those may not be executed) from a cache file that is checked before each use.
 */
public final class LauncherBinary {
    private static final String STEP = "start the launcher";
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int MFD_EXEC = 0x10;
    private static final int F_ADD_SEALS = 1033;
    /** F_SEAL_SEAL, SHRINK, GROW, WRITE. */
    private static final int ALL_SEALS = 1 | 2 | 4 | 8;

    private static final List<String> ARGV = List.of("sandjar-launcher");
    private static final List<Path> NEEDED = List.of(Path.of("/dev/null"), Path.of("/proc/self/fd"));
    private static final String MEMORY = "memfd:sandjar-launcher";
    private static final long BUSY_PAUSE_NANOS = 1_000_000;
    private static final int BUSY_TRIES = 50;

    private final Kernel kernel;
    private final int socket;
    private final List<String> argv;

    private LauncherBinary(Kernel kernel, int socket) {
        this(kernel, socket, ARGV);
    }

    private LauncherBinary(Kernel kernel, int socket, List<String> argv) {
        this.kernel = kernel;
        this.socket = socket;
        this.argv = argv;
    }

    /** Starts it with {@code socket} as its descriptor 3 and returns its process id. */
    static int spawn(Kernel kernel, int socket) throws SandboxException {
        return new LauncherBinary(kernel, socket).spawn();
    }

    /** The same program for its other use, files/files.h; {@code commands} write the id map. */
    public static int spawnForFiles(Kernel kernel, int socket, List<String> commands) throws SandboxException {
        List<String> argv = new ArrayList<>(List.of("sandjar-files", "files"));
        argv.addAll(commands);
        return new LauncherBinary(kernel, socket, argv).spawn();
    }

    /** The same program for its third use, relay/relay.h. */
    static int spawnForRelay(Kernel kernel, int socket) throws SandboxException {
        return new LauncherBinary(kernel, socket, List.of("sandjar-relay", "relay")).spawn();
    }

    /** The same program for its fourth use, keeper/keeper.h; {@code map} are its arguments. */
    static int spawnForKeeper(Kernel kernel, int socket, List<String> map) throws SandboxException {
        List<String> argv = new ArrayList<>(List.of("sandjar-keeper", "keeper"));
        argv.addAll(map);
        return new LauncherBinary(kernel, socket, argv).spawn();
    }

    /** The program itself, which is the command {@code sandjar-run} under that name. */
    public static byte[] bytes() throws IOException {
        String override = System.getProperty(Platform.LAUNCHER_PROPERTY);
        return override != null
                ? BoundedReads.bytes(Path.of(override), BoundedReads.RESOURCE_MAX)
                : LauncherResource.load().bytes().clone();
    }

    private int spawn() throws SandboxException {
        String override = System.getProperty(Platform.LAUNCHER_PROPERTY);
        if (override != null) {
            return fromPath(Path.of(override));
        }
        Optional<Path> installed = InstalledLauncher.find();
        if (installed.isPresent()) {
            return fromPath(installed.get());
        }
        boolean memfd = !"false".equals(System.getProperty("sandjar.launcher.memfd"));
        return fromResource(LauncherResource.load(), memfd, UserCache.directory());
    }

    /** Without any fallback, because somebody wants this one. */
    private int fromPath(Path path) throws SandboxException {
        return started(untilNotBusy(PathBytes.of(path)), PathBytes.shown(path), "check -Dsandjar.launcher");
    }

    static int fromResource(Kernel kernel, LauncherResource program, boolean memfd, Path cache, int socket)
            throws SandboxException {
        return new LauncherBinary(kernel, socket).fromResource(program, memfd, cache);
    }

    private int fromResource(LauncherResource program, boolean memfd, Path cache) throws SandboxException {
        if (memfd) {
            int pid = fromMemfd(program.bytes());
            boolean needs = Errno.ENOENT.is(-pid) && !NEEDED.stream().allMatch(Files::exists);
            if (!isRefusal(-pid) || needs) {
                return started(pid, MEMORY, "");
            }
        }
        return fromCache(program, cache);
    }

    static int fromCache(Kernel kernel, LauncherResource program, Path cache, int socket) throws SandboxException {
        return new LauncherBinary(kernel, socket).fromCache(program, cache);
    }

    private int fromCache(LauncherResource program, Path cache) throws SandboxException {
        LauncherCache file = new LauncherCache(kernel, cache, program);
        int fd = file.open();
        try {
            // By the descriptor whose bytes were checked: nobody can put another file in its place.
            int pid = untilNotBusy(descriptor(fd));
            return started(
                    pid,
                    PathBytes.shown(file.path()),
                    "name a directory where programs may be executed with -Dsandjar.dir=DIRECTORY");
        } finally {
            kernel.close(fd);
        }
    }

    /** What security modules, {@code vm.memfd_noexec} and old kernels say to programs in memory. */
    private static boolean isRefusal(int errno) {
        return Errno.EACCES.is(errno) || Errno.EPERM.is(errno) || Errno.ENOSYS.is(errno) || Errno.ENOENT.is(errno);
    }

    private static int started(int pid, String path, String remedy) throws SandboxException {
        if (pid >= 0) {
            return pid;
        }
        if (Errno.ENOENT.is(-pid)) {
            for (Path needed : NEEDED) {
                if (!Files.exists(needed)) {
                    throw new SandboxException(
                            STEP,
                            "posix_spawn",
                            PathBytes.shown(needed),
                            -pid,
                            "this process has no " + PathBytes.shown(needed) + ", which is needed to start a program",
                            needed.startsWith("/dev")
                                    ? "mount /dev where java runs, or: mknod -m 666 /dev/null c 1 3"
                                    : "mount /proc where java runs: mount -t proc proc /proc");
                }
            }
        }
        boolean denied = Errno.EACCES.is(-pid);
        throw new SandboxException(
                STEP,
                "posix_spawn",
                path,
                -pid,
                denied ? "the file may not be executed; its file system may be mounted noexec" : "",
                shortage(-pid).orElse(remedy));
    }

    private static Optional<String> shortage(int errno) {
        return switch (Errno.of(errno).orElse(Errno.EINVAL)) {
            case EMFILE, ENFILE, ENOMEM -> Optional.of(Calls.remedy(errno));
            case EAGAIN -> Optional.of("this user has too many processes: raise RLIMIT_NPROC (ulimit -u), or end some");
            default -> Optional.empty();
        };
    }

    private static byte[] descriptor(int fd) {
        return ("/proc/self/fd/" + fd).getBytes(StandardCharsets.US_ASCII);
    }

    private static List<String> environment() {
        // For builds that die on demand in tests; nothing of the host's environment reaches the launcher.
        String fault = System.getProperty("sandjar.fault");
        return fault == null ? List.of() : List.of("SANDJAR_FAULT=" + fault);
    }

    private int spawn(byte[] path) {
        return kernel.spawn(path, argv, environment(), socket);
    }

    private int fromMemfd(byte[] program) {
        int fd = kernel.memfd("sandjar-launcher", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
        if (Errno.EINVAL.is(-fd)) {
            fd = kernel.memfd("sandjar-launcher", MFD_CLOEXEC | MFD_ALLOW_SEALING); // before Linux 6.3
        }
        if (fd < 0) {
            return fd;
        }
        try {
            int written = Calls.writeAll(kernel, fd, program);
            // Nobody, the launcher included, can change the program any more.
            int sealed = written < 0 ? written : kernel.fcntl(fd, F_ADD_SEALS, ALL_SEALS);
            // The child gets its standard descriptors before it executes: the program may not have one of their
            // numbers.
            int high = sealed < 0 ? sealed : kernel.raise(fd);
            if (high < 0) {
                return high;
            }
            try {
                return spawn(descriptor(high));
            } finally {
                kernel.close(high);
            }
        } finally {
            kernel.close(fd);
        }
    }

    /** A file that was just written may still be open for writing in a child that another thread is forking. */
    private int untilNotBusy(byte[] path) {
        int pid = spawn(path);
        for (int i = 1; Errno.ETXTBSY.is(-pid) && i < BUSY_TRIES; i++) {
            LockSupport.parkNanos(BUSY_PAUSE_NANOS * i);
            pid = spawn(path);
        }
        return pid;
    }
}
