package dev.sandjar.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.Errno;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;

/**
 * The launcher program as something that can be executed: the path that {@code -Dsandjar.launcher} names, else the copy in this
 * jar, from a sealed memfd, else (where those may not be executed) from a cache file that is checked before each use.
 */
final class LauncherBinary {
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int MFD_EXEC = 0x10;
    private static final int F_ADD_SEALS = 1033;
    private static final int ALL_SEALS = 1 | 2 | 4 | 8;
    private static final List<String> ARGV = List.of("sandjar-launcher");
    private static final int BUSY_TRIES = 50;

    private LauncherBinary() {}

    /** Starts it with {@code socket} as its descriptor 3 and returns its process id. */
    static int spawn(Kernel kernel, int socket) throws SandboxException {
        String override = System.getProperty("sandjar.launcher");
        if (override != null) {
            return started(spawnFile(kernel, Path.of(override).toAbsolutePath(), socket), override);
        }
        byte[] program = resource();
        if (!"false".equals(System.getProperty("sandjar.launcher.memfd"))) {
            int pid = spawnMemfd(kernel, program, socket);
            if (pid >= 0) {
                return pid;
            }
            if (!Errno.EACCES.is(-pid) && !Errno.EPERM.is(-pid) && !Errno.ENOSYS.is(-pid) && !Errno.ENOENT.is(-pid)) {
                return started(pid, "memfd");
            }
        }
        Path file = LauncherCache.file(program, sha256(program));
        return started(spawnFile(kernel, file, socket), file.toString());
    }

    private static int started(int pid, String path) throws SandboxException {
        if (pid >= 0) {
            return pid;
        }
        boolean noexec = Errno.EACCES.is(-pid);
        throw new SandboxException(
                "start the launcher",
                "posix_spawn",
                path,
                -pid,
                noexec ? "the file may not be executed; its file system may be mounted noexec" : "",
                noexec
                        ? "name a directory where programs may be executed with -Dsandjar.dir=DIRECTORY"
                        : "check -Dsandjar.launcher and the limits on processes");
    }

    private static List<String> environment() {
        // For builds that die on demand in tests; nothing else of the host's environment reaches the launcher.
        String fault = System.getProperty("sandjar.fault");
        return fault == null ? List.of() : List.of("SANDJAR_FAULT=" + fault);
    }

    private static int spawnMemfd(Kernel kernel, byte[] program, int socket) {
        int fd = kernel.memfd("sandjar-launcher", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
        if (Errno.EINVAL.is(-fd)) {
            fd = kernel.memfd("sandjar-launcher", MFD_CLOEXEC | MFD_ALLOW_SEALING); // before Linux 6.3
        }
        if (fd < 0) {
            return fd;
        }
        try {
            for (int done = 0; done < program.length; ) {
                int n = kernel.write(fd, program, done, program.length - done);
                if (n <= 0) {
                    return n == 0 ? -Errno.EIO.number() : n;
                }
                done += n;
            }
            // Nobody, the launcher included, can change the program any more.
            int sealed = kernel.fcntl(fd, F_ADD_SEALS, ALL_SEALS);
            return sealed < 0 ? sealed : kernel.spawn("/proc/self/fd/" + fd, ARGV, environment(), socket);
        } finally {
            kernel.close(fd);
        }
    }

    private static int spawnFile(Kernel kernel, Path file, int socket) {
        int pid = kernel.spawn(file.toString(), ARGV, environment(), socket);
        // A file that was just written may still be open in a child that another thread is forking.
        for (int i = 0; Errno.ETXTBSY.is(-pid) && i < BUSY_TRIES; i++) {
            LockSupport.parkNanos(1_000_000L * (i + 1));
            pid = kernel.spawn(file.toString(), ARGV, environment(), socket);
        }
        return pid;
    }

    private static byte[] resource() throws SandboxException {
        String arch = System.getProperty("os.arch", "");
        String directory = "linux-" + (arch.equals("amd64") || arch.equals("x86_64") ? "x86-64" : arch);
        String name = "/" + directory + "/sandjar-launcher";
        try (InputStream program = LauncherBinary.class.getResourceAsStream(name);
                InputStream description = LauncherBinary.class.getResourceAsStream(name + ".properties")) {
            if (program == null || description == null) {
                throw problem(name, "this jar has no launcher for " + directory, "build it on such a machine, or set"
                        + " -Dsandjar.launcher");
            }
            Properties properties = new Properties();
            properties.load(description);
            byte[] bytes = program.readAllBytes();
            if (!sha256(bytes).equals(properties.getProperty("sha256"))) {
                throw problem(name, "its SHA-256 is not the one that was recorded at build time", "the jar is damaged or was"
                        + " changed: get it again");
            }
            return bytes;
        } catch (SandboxException e) {
            throw e;
        } catch (IOException e) {
            throw problem(name, String.valueOf(e.getMessage()), "check the jar");
        }
    }

    private static SandboxException problem(String path, String reason, String remedy) {
        return new SandboxException("read the launcher", null, path, 0, reason, remedy);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

}
