package dev.sandjar.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.util.Errno;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JnaKernelTest {
    private final Set<String> before = Fds.open();
    private Kernel kernel;

    @BeforeEach
    void kernel() throws SandboxException {
        kernel = Kernel.get();
    }

    @AfterEach
    void nothingStaysOpen() {
        Fds.assertNoneBeyond(before);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Calls like unshare, setuid or fork would act on one thread of many, or leave a child without most of them. */
    @Test
    void nothingElseOfTheCLibraryCanBeCalled() throws Exception {
        Set<String> allowed = new TreeSet<>(List.of(
                "open",
                "close",
                "connect",
                "epoll_create1",
                "epoll_ctl",
                "epoll_wait",
                "pipe2",
                "socket",
                "socketpair",
                "memfd_create",
                "read",
                "write",
                "fcntl",
                "flock",
                "ioctl",
                "poll",
                "sendmsg",
                "setsockopt",
                "recvmsg",
                "recvfrom",
                "sendto",
                "shutdown",
                "waitpid",
                "kill",
                "posix_spawn",
                "posix_spawn_file_actions_init",
                "posix_spawn_file_actions_destroy",
                "posix_spawn_file_actions_adddup2",
                "posix_spawn_file_actions_addopen",
                "posix_spawnattr_init",
                "posix_spawnattr_destroy",
                "posix_spawnattr_setflags",
                "posix_spawnattr_setsigmask",
                "posix_spawnattr_setsigdefault",
                // Files beneath a directory's descriptor.
                "chmod",
                "fallocate",
                "fchmod",
                "fgetxattr",
                "getdents64",
                "lseek",
                "mkdirat",
                "openat",
                "readlinkat",
                "renameat",
                "statx",
                "symlinkat",
                "unlinkat",
                // By the numbers of FileCall alone.
                "syscall"));
        Set<String> natives = new TreeSet<>();
        Path classes = Path.of(
                Kernel.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(classes.resolve("dev/sandjar"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                String name =
                        classes.relativize(file).toString().replace('/', '.').replaceAll("\\.class$", "");
                for (Method method :
                        Class.forName(name, false, getClass().getClassLoader()).getDeclaredMethods()) {
                    if (Modifier.isNative(method.getModifiers())) {
                        natives.add(method.getName());
                    }
                }
            }
        }
        assertEquals(allowed, natives);
        Set<String> ofFiles =
                Arrays.stream(FileCall.values()).map(Enum::name).collect(Collectors.toCollection(TreeSet::new));
        for (String never :
                List.of("CLONE", "CLONE3", "FORK", "VFORK", "EXECVE", "UNSHARE", "SETNS", "SETUID", "PRCTL", "MOUNT")) {
            assertFalse(ofFiles.contains(never), never);
        }
        assertEquals(29, ofFiles.size(), "a call more: is it one on files?");
    }

    @Test
    void failuresAreErrorNumbersNegated() {
        byte[] one = new byte[1];
        assertEquals(-Errno.EBADF.number(), kernel.close(-1));
        assertEquals(-Errno.ENOENT.number(), kernel.open(ascii("/nope"), Kernel.O_RDONLY, 0));
        assertEquals(-Errno.EISDIR.number(), kernel.open(ascii("/tmp"), Kernel.O_WRONLY, 0));
        assertEquals(-Errno.EBADF.number(), kernel.read(-1, one, 0, 1));
        assertEquals(-Errno.EBADF.number(), kernel.write(-1, one, 0, 1));
        assertEquals(-Errno.EBADF.number(), kernel.receive(-1).length());
        assertEquals(-Errno.EBADF.number(), kernel.send(-1, one, 1, new int[0]));
        assertEquals(-Errno.ECHILD.number(), kernel.waitFor((int)
                ProcessHandle.current().pid()));
        assertEquals(-Errno.EBADF.number(), kernel.fcntl(-1, 1, 0));
        assertEquals(-Errno.EINVAL.number(), kernel.memfd("x", 1 << 30));
        assertEquals(-Errno.EBADF.number(), kernel.windowSize(-1, 1, 1));
        assertEquals(-Errno.EBADF.number(), kernel.lockByte(-1, 0));
        assertEquals(-Errno.EBADF.number(), kernel.raise(-1));
        assertEquals(-Errno.ENOENT.number(), kernel.spawn(ascii("/nope"), List.of("x"), List.of(), 0));
    }

    @Test
    void everyDescriptorIsCloseOnExec() {
        int[] pair = new int[2];
        int[] pipe = new int[2];
        kernel.socketPair(pair);
        kernel.pipe(pipe);
        int memfd = kernel.memfd("x", 1);
        int file = kernel.open(ascii("/dev/null"), Kernel.O_RDONLY, 0);
        int high = kernel.raise(file);
        kernel.send(pair[0], new byte[1], 1, new int[] {file});
        int passed = kernel.receive(pair[1]).fds()[0];
        assertTrue(high >= 10);
        for (int fd : new int[] {pair[0], pair[1], pipe[0], pipe[1], memfd, file, high, passed}) {
            assertEquals(1, kernel.fcntl(fd, 1, 0), "FD_CLOEXEC");
            assertEquals(0, kernel.close(fd));
        }
    }

    @Test
    void datagramsKeepTheirBoundariesAndDescriptors() throws Exception {
        int[] pair = new int[2];
        kernel.socketPair(pair);
        int[] fds = new int[64];
        for (int i = 0; i < fds.length; i++) {
            fds[i] = kernel.memfd("n" + i, 1);
        }
        byte[] large = new byte[Frame.SIZE + Frame.INLINE_MAX];
        Arrays.fill(large, (byte) 7);
        assertEquals(large.length, kernel.send(pair[0], large, large.length, fds));
        assertEquals(1, kernel.send(pair[0], new byte[] {9, 9}, 1, new int[0]));
        Kernel.Received received = kernel.receive(pair[1]);
        assertArrayEquals(large, received.data());
        assertFalse(received.truncated());
        assertEquals(64, received.fds().length);
        for (int i = 0; i < fds.length; i++) {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + received.fds()[i]))
                    .toString();
            assertTrue(target.startsWith("/memfd:n" + i + " "), target);
            kernel.close(fds[i]);
            kernel.close(received.fds()[i]);
        }
        Kernel.Received next = kernel.receive(pair[1]);
        assertArrayEquals(new byte[] {9}, next.data());
        assertEquals(0, next.fds().length);
        byte[] tooLarge = new byte[large.length + 1];
        kernel.send(pair[0], tooLarge, tooLarge.length, new int[0]);
        assertTrue(kernel.receive(pair[1]).truncated());
        kernel.close(pair[0]);
        assertEquals(0, kernel.receive(pair[1]).length());
        assertEquals(-Errno.EPIPE.number(), kernel.send(pair[1], new byte[1], 1, new int[0]));
        kernel.close(pair[1]);
    }

    @Test
    void pollSaysWhichIsReady() {
        int[] one = new int[2];
        int[] other = new int[2];
        kernel.pipe(one);
        kernel.pipe(other);
        kernel.write(one[1], new byte[1], 0, 1);
        assertEquals(1, kernel.pollTwo(one[0], Kernel.POLLIN, other[0]));
        kernel.write(other[1], new byte[1], 0, 1);
        assertEquals(3, kernel.pollTwo(one[0], Kernel.POLLIN, other[0]));
        assertEquals(1, kernel.pollTwo(one[1], Kernel.POLLOUT, one[1]) & 1);
        for (int fd : new int[] {one[0], one[1], other[0], other[1]}) {
            kernel.close(fd);
        }
    }

    @Test
    void aSpawnedProgramHasItsSocketNoEnvironmentAndNoBlockedSignal() {
        int[] pair = new int[2];
        kernel.socketPair(pair);
        String script =
                "out=$(readlink /proc/$$/fd/1); { env | grep -v -e ^PWD= -e ^SHLVL= -e ^_=; grep -e SigBlk -e SigIgn /proc/self/status;"
                        + " readlink /proc/$$/fd/0; echo $out; test -S /proc/$$/fd/3 && echo socket; } >&3; exit 5";
        int pid = kernel.spawn(ascii("/bin/sh"), List.of("sh", "-c", script), List.of("SANDJAR_FAULT=x"), pair[1]);
        assertTrue(pid > 0, () -> Errno.describe(-pid));
        kernel.close(pair[1]);
        StringBuilder out = new StringBuilder();
        for (Kernel.Received r = kernel.receive(pair[0]); r.length() > 0; r = kernel.receive(pair[0])) {
            out.append(new String(r.data(), StandardCharsets.US_ASCII));
        }
        kernel.close(pair[0]);
        assertEquals(5 << 8, kernel.waitFor(pid));
        assertEquals(
                "SANDJAR_FAULT=x\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n/dev/null\n/dev/null\nsocket\n",
                out.toString());
    }

    @Test
    void whatAPeerHasSentIsReceivedAlsoIfItEndsWithSomethingUnread() {
        int[] pair = new int[2];
        kernel.socketPair(pair);
        kernel.send(pair[1], ascii("why"), 3, new int[0]);
        kernel.send(pair[0], ascii("unread"), 6, new int[0]);
        kernel.close(pair[1]);
        assertArrayEquals(ascii("why"), kernel.receive(pair[0]).data());
        assertEquals(0, kernel.receive(pair[0]).length());
        kernel.close(pair[0]);
    }
}
