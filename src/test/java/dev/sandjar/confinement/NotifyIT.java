package dev.sandjar.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.seccomp.SyscallHandler;
import dev.sandjar.seccomp.SyscallResponse;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** System calls that the host decides on. */
@KernelTest
class NotifyIT {
    @TempDir
    Path directory;

    private static boolean amd64() {
        return System.getProperty("os.arch").equals("amd64");
    }

    private static SandboxBuilder plain() {
        return Sandbox.builder().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
    }

    @Test
    void handlersReadPathsAndRefuse() throws Exception {
        ConcurrentLinkedQueue<String> paths = new ConcurrentLinkedQueue<>();
        Sandbox sandbox = plain().confinement(c -> c.onSyscall("mkdir", call -> {
                    paths.add(call.readString(call.argument(0), 4096));
                    return SyscallResponse.errno("EROFS");
                }))
                .confinement(c -> c.onSyscall("mkdirat", call -> {
                    paths.add(call.readString(call.argument(1), 4096));
                    return SyscallResponse.errno("EROFS");
                }))
                .build();
        RunResult result = sandbox.run("/bin/sh", "-c", "mkdir " + directory + "/made");
        assertTrue(result.stderr().contains("Read-only file system"), result.stderr());
        assertEquals(List.of(directory + "/made"), List.copyOf(paths));
        assertTrue(!Files.exists(directory.resolve("made")));
    }

    @Test
    void proceedingLetsTheKernelDoIt() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Sandbox sandbox = plain().confinement(c -> c.onSyscall("mkdir", call -> {
                    calls.incrementAndGet();
                    return SyscallResponse.proceed();
                }))
                .confinement(c -> c.onSyscall("mkdirat", call -> {
                    calls.incrementAndGet();
                    return SyscallResponse.proceed();
                }))
                .build();
        assertEquals(0, sandbox.run("/bin/mkdir", directory + "/made").exitValue());
        assertTrue(Files.isDirectory(directory.resolve("made")));
        assertEquals(1, calls.get());
    }

    /** No answer is none to go on with. */
    @Test
    void aHandlerThatAnswersNothingRefuses() throws Exception {
        Sandbox sandbox = plain().confinement(c -> c.onSyscall("mkdir", call -> null))
                .confinement(c -> c.onSyscall("mkdirat", call -> null))
                .build();
        RunResult result = sandbox.run("/bin/mkdir", directory + "/made", directory + "/more");
        assertTrue(!Files.exists(directory.resolve("made")) && !Files.exists(directory.resolve("more")));
        assertEquals(2, result.stderr().split("Operation not permitted", -1).length - 1, result.stderr());
        assertEquals(
                List.of("EPERM 2"),
                result.report().denials().stream()
                        .map(denial -> denial.error() + " " + denial.count())
                        .toList());
    }

    /** As failed assertions are. */
    @Test
    void anErrorOfAHandlerRefusesOneCallAndNotTheRest() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        SyscallHandler once = call -> {
            if (calls.incrementAndGet() == 1) {
                throw new AssertionError("on purpose");
            }
            return SyscallResponse.proceed();
        };
        Sandbox sandbox = plain().confinement(c -> c.onSyscall("mkdir", once).onSyscall("mkdirat", once))
                .build();
        RunResult result = sandbox.run("/bin/mkdir", directory + "/made", directory + "/more");
        assertTrue(result.stderr().contains("Operation not permitted"), result.stderr());
        assertTrue(!Files.exists(directory.resolve("made")) && Files.isDirectory(directory.resolve("more")));
        assertEquals(
                List.of("EPERM 1"),
                result.report().denials().stream()
                        .map(denial -> denial.error() + " " + denial.count())
                        .toList());
    }

    @Test
    void aHandlerThatThrowsRefuses() throws Exception {
        Sandbox sandbox = plain().confinement(c -> c.onSyscall("mkdir", call -> {
                    throw new IllegalStateException("on purpose");
                }))
                .confinement(c -> c.onSyscall("mkdirat", call -> {
                    throw new StackOverflowError("on purpose");
                }))
                .build();
        RunResult result = sandbox.run("/bin/mkdir", directory + "/made");
        assertTrue(result.stderr().contains("Operation not permitted"), result.stderr());
        assertTrue(!Files.exists(directory.resolve("made")));
    }

    /** Programs may call as often as they like. */
    @Test
    @NeedsHost(Feature.PYTHON)
    void nobodyFillsTheLog() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger written = new AtomicInteger();
        IllegalStateException failure = new IllegalStateException("on purpose") {
            private static final long serialVersionUID = 1;

            @Override
            public void printStackTrace(PrintStream to) {
                written.incrementAndGet();
            }
        };
        Sandbox sandbox = plain().confinement(c -> c.onSyscall("getppid", call -> {
                    asked.incrementAndGet();
                    throw failure;
                }))
                .build();
        for (int run = 1; run <= 2; run++) {
            assertEquals("{-1}", Guest.python(sandbox, "import os; print({os.getppid() for i in range(100)})"));
            assertEquals(100 * run, asked.get());
            assertEquals(7 * run, written.get(), "the first of each sandbox, the second, the fourth and so on to 64");
        }
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void resultsAndMemoryAreGiven() throws Exception {
        Sandbox sandbox = plain().confinement(c -> c.onSyscall("getppid", call -> SyscallResponse.value(4711)))
                .confinement(c -> c.onSyscall("uname", call -> {
                    call.writeMemory(call.argument(0), "Sandjar\0".getBytes(StandardCharsets.US_ASCII));
                    return SyscallResponse.value(0);
                }))
                .build();
        assertEquals("4711 Sandjar", Guest.python(sandbox, "import os; print(os.getppid(), os.uname().sysname)"));
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void aFileOfTheHostIsPutIn() throws Exception {
        Path secret = Files.writeString(directory.resolve("given"), "from the host");
        Sandbox sandbox = plain().confinement(c -> c.onSyscall("mknodat", call -> SyscallResponse.open(secret, false)))
                .confinement(c -> c.onSyscall("mknod", call -> SyscallResponse.open(secret, false)))
                .confinement(c ->
                        c.onSyscall("lookup_dcookie", call -> SyscallResponse.open(Path.of("/nowhere/at/all"), false)))
                .build();
        // Calls that nothing else makes: what they return is the descriptor.
        String program =
                """
                import ctypes, os
                libc = ctypes.CDLL(None, use_errno=True)
                fd = libc.syscall(ctypes.c_long(%d), 0, 0, 0, 0)
                print(os.read(fd, 100).decode(), os.get_inheritable(fd), libc.syscall(ctypes.c_long(%d), 0), ctypes.get_errno())
                """
                        .formatted(amd64() ? 133 : 33, amd64() ? 212 : 18);
        assertEquals("from the host False -1 2", Guest.python(sandbox, program));
    }

    @Test
    @NeedsHost({Feature.PYTHON, Feature.USERNS})
    void connectionsAreMadeOnBehalf() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(30_000);
            CompletableFuture<Void> served = CompletableFuture.runAsync(() -> {
                try (Socket socket = server.accept()) {
                    socket.getOutputStream().write("hello from outside".getBytes(StandardCharsets.US_ASCII));
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            InetSocketAddress allowed = new InetSocketAddress("192.0.2.1", 80);
            Sandbox sandbox = Sandbox.untrusted()
                    .confinement(c -> c.onSyscall("connect", call -> {
                        // Decided on a copy, done on behalf: what the program changes meanwhile is of no use to it.
                        return call.socketAddress(call.argument(1), call.argument(2))
                                        .filter(allowed::equals)
                                        .isPresent()
                                ? SyscallResponse.connect(
                                        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()),
                                        call.argument(0))
                                : SyscallResponse.errno("EACCES");
                    }))
                    .build();
            String program =
                    """
                    import socket
                    s = socket.socket()
                    s.connect(("192.0.2.1", 80))
                    print(s.recv(100).decode())
                    try:
                        socket.socket().connect(("192.0.2.2", 80))
                    except PermissionError as e:
                        print("refused")
                    """;
            assertEquals("hello from outside\nrefused", Guest.python(sandbox, program));
            served.get(30, TimeUnit.SECONDS);
        }
    }

    /** Whoever answers no one must not hold up the program's other calls for as long as the kernel tries, which is minutes. */
    @Test
    @NeedsHost({Feature.PYTHON, Feature.USERNS})
    @Tag("heavy")
    void aConnectionThatNobodyAnswersHasATimeLimit() throws Exception {
        List<Socket> waiting = new ArrayList<>();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress full = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
            boolean answered = true;
            for (int i = 0; answered && i < 50; i++) {
                Socket socket = new Socket();
                waiting.add(socket);
                try {
                    socket.connect(full, 1_000);
                } catch (SocketTimeoutException e) {
                    answered = false;
                }
            }
            assertFalse(answered, "its queue is full, so that nobody else is answered");
            Sandbox sandbox = Sandbox.untrusted()
                    .confinement(c -> c.onSyscall("connect", call -> SyscallResponse.connect(full, call.argument(0))))
                    .build();
            String program =
                    """
                    import errno, socket, time
                    begin = time.monotonic()
                    error = socket.socket().connect_ex(("192.0.2.1", 80))
                    print(errno.errorcode[error], time.monotonic() - begin < 60)
                    """;
            assertEquals("ETIMEDOUT True", Guest.python(sandbox, program));
        } finally {
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    /**
     * A second process changes the path while it is looked at: what was decided on is what counts, since nothing proceeds.
     *
     * <p>Not a thread: Python's lock would let both go in step, and the handler might see one of the two paths only.
     */
    @Test
    @NeedsHost(Feature.PYTHON)
    void changingMemoryMeanwhileIsOfNoUse() throws Exception {
        Path good = Files.writeString(directory.resolve("good"), "good");
        Path evil = Files.writeString(directory.resolve("evil"), "evil");
        int openat = amd64() ? 304 : 265; // open_by_handle_at: nobody else calls it
        Sandbox sandbox = plain().confinement(c -> c.onSyscall("open_by_handle_at", call -> {
                    String path = call.readString(call.argument(1), 4096);
                    return path.equals(good.toString())
                            ? SyscallResponse.open(good, false)
                            : SyscallResponse.errno("EACCES");
                }))
                .build();
        String program =
                """
                import ctypes, mmap, os, signal
                libc = ctypes.CDLL(None, use_errno=True)
                good, evil = b"%s\\0", b"%s\\0"
                shared = mmap.mmap(-1, 4096)
                path = (ctypes.c_char * 4096).from_buffer(shared)
                ctypes.memmove(path, good, len(good))
                child = os.fork()
                while child == 0:
                    ctypes.memmove(path, evil, len(evil))
                    ctypes.memmove(path, good, len(good))
                seen, rounds = {}, 0
                while rounds < 300 or len(seen) < 2 and rounds < 30000:
                    rounds += 1
                    fd = libc.syscall(ctypes.c_long(%d), -100, path, 0, 0)
                    what = os.read(fd, 10).decode() if fd >= 0 else ctypes.get_errno()
                    if fd >= 0: os.close(fd)
                    seen[what] = seen.get(what, 0) + 1
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                print(sorted(map(str, seen)))
                """
                        .formatted(good, evil, openat);
        assertEquals("['13', 'good']", Guest.python(sandbox, program));
    }

    @Test
    void everyCallOfTheWayToTheHostMayBeAskedAbout() throws Exception {
        SandboxBuilder builder = plain();
        for (String call : List.of("sendmsg", "close", "execve", "exit_group", "futex", "write")) {
            builder.confinement(c -> c.onSyscall(call, asked -> SyscallResponse.proceed()));
        }
        assertEquals("on", builder.build().run("/bin/echo", "on").stdout().strip());
    }

    @Test
    void furtherProgramsAskTheSameHandler() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Sandbox sandbox = plain().confinement(c -> c.onSyscall("uname", call -> {
                    calls.incrementAndGet();
                    return SyscallResponse.proceed();
                }))
                .build();
        try (SandboxProcess process = sandbox.start("/bin/cat")) {
            assertEquals(0, process.exec(Command.of("/bin/uname")).waitFor());
        }
        assertTrue(calls.get() > 0);
    }
}
