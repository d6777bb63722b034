package dev.sandjar.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.IdMapping;
import dev.sandjar.Isolation;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallHandler;
import dev.sandjar.seccomp.SyscallResponse;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What programs of a sandbox may trace: each other, and nobody else (src/test/native/tracer.c). */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BOMB})
class TracingIT {
    private static final Path PROGRAM = Path.of(System.getProperty("sandjar.test.bomb", "target/native/sandjar-bomb"))
            .toAbsolutePath()
            .resolveSibling("sandjar-tracer");
    private static final int ENOSYS = 38;

    /** Sandboxes that differ in who the init is to the program. */
    enum As {
        ANOTHER(builder -> builder),
        ROOT(builder -> builder.user(0, 0)),
        THE_CALLER(builder -> builder.userNamespace(IdMapping.single())),
        WITHOUT_FILTER(builder -> builder.user(0, 0).seccomp(SeccompProfile.none())),
        FROM_NOTHING(builder -> builder.template(false).warm(0)),
        A_CLONE(builder -> builder.warm(0));

        private final UnaryOperator<SandboxBuilder> change;

        As(UnaryOperator<SandboxBuilder> change) {
            this.change = change;
        }

        Sandbox sandbox() {
            return change.apply(untrusted()).build();
        }
    }

    private static SandboxBuilder untrusted() {
        return Sandbox.untrusted().bindReadOnly(PROGRAM, "/tracer");
    }

    private static Map<String, Integer> ways(String output) {
        Map<String, Integer> ways = new TreeMap<>();
        output.lines().map(line -> line.split(" ")).forEach(words -> ways.put(words[0], Integer.valueOf(words[1])));
        return ways;
    }

    private static Map<String, Integer> inside(Sandbox sandbox, String... command) throws Exception {
        RunResult result = sandbox.run(command);
        assertEquals(0, result.exitValue(), () -> result.stdout() + result.stderr());
        return ways(result.stdout());
    }

    private static String explained(Sandbox sandbox) throws Exception {
        return sandbox.explain().entries().toString();
    }

    @ParameterizedTest
    @EnumSource(As.class)
    void programsTraceTheirOwn(As as) throws Exception {
        assertEquals(Map.of("seize", 0, "readv", 0, "writev", 0, "word", 2), inside(as.sandbox(), "/tracer", "own"));
    }

    /** The second start is a program that had been waiting, where sandboxes are made ahead. */
    @ParameterizedTest
    @EnumSource(As.class)
    void theInitIsNone(As as) throws Exception {
        Sandbox sandbox = as.sandbox();
        for (int start = 0; start < 3; start++) {
            Map<String, Integer> ways = inside(sandbox, "/tracer", "one", "1");
            // Its /proc is not even there where the program is another user.
            assertTrue(ways.remove("mem") > 0, as + ", start " + start);
            assertEquals(Map.of("seize", 1, "attach", 1, "readv", 1, "writev", 1), ways, as + ", start " + start);
        }
    }

    /** The same program against a process that is not protected so. */
    @Test
    void theControl() throws Exception {
        Map<String, Integer> ways = inside(untrusted().build(), "sh", "-c", "sleep 60 & /tracer one $!; kill $!");
        assertEquals(0, ways.get("seize"), ways::toString);
        assertEquals(0, ways.get("mem"), ways::toString);
        assertEquals(14, ways.get("readv"), "EFAULT: it may, and there is nothing at this address: " + ways);
    }

    /**
     * Whoever enters is out of reach until it is a program of the sandbox's own: here in its last call before, which waits for the host's
     * word. The control is the same process after that.
     */
    @ParameterizedTest
    @EnumSource(
            value = As.class,
            names = {"WITHOUT_FILTER"},
            mode = EnumSource.Mode.EXCLUDE)
    void whoEntersIsNotTracedBeforeItIsAProgram(As as) throws Exception {
        CompletableFuture<SandboxProcess> guest = new CompletableFuture<>();
        Queue<String> swept = new ConcurrentLinkedQueue<>();
        SyscallHandler handler = call -> {
            if (guest.isDone()) {
                swept.add(sweep(guest.join()));
            }
            return SyscallResponse.proceed();
        };
        Sandbox sandbox = as.change
                .apply(untrusted())
                .confinement(c -> c.onSyscall("execve", handler))
                .build();
        try (SandboxProcess tracer = sandbox.start("/tracer", "sweep")) {
            assertEquals("ready", tracer.inputReader().readLine());
            assertEquals("seen 0 caught 0", sweep(tracer));
            guest.complete(tracer);
            try (SandboxProcess entered = tracer.exec(Command.of("/tracer", "sweep"))) {
                assertEquals("ready", entered.inputReader().readLine());
                assertEquals("[seen 1 caught 0]", swept.toString());
                assertEquals("seen 1 caught 1", sweep(tracer));
            }
        }
    }

    private static String sweep(SandboxProcess tracer) throws IOException {
        tracer.outputWriter().append('x').flush();
        return tracer.inputReader().readLine();
    }

    @Test
    void withoutAPidNamespaceItIsRefused() throws Exception {
        Sandbox shared = Sandbox.builder().seccomp(SeccompProfile.standard()).build();
        RunResult result = shared.run(
                PROGRAM.toString(), "one", Long.toString(ProcessHandle.current().pid()));
        Map<String, Integer> ways = ways(result.stdout());
        for (String way : new String[] {"seize", "attach", "readv", "writev"}) {
            assertEquals(ENOSYS, ways.get(way), way);
        }
        assertTrue(explained(shared).contains("no tracing, which needs a PID namespace of its own"), explained(shared));
        Sandbox taken = untrusted().without(Isolation.PID_NAMESPACE).build();
        assertTrue(explained(taken).contains("no tracing"), explained(taken));
        Sandbox own = untrusted().build();
        assertTrue(explained(own).contains("tracing within its PID namespace"), explained(own));
        assertFalse(explained(own).contains("no tracing"), explained(own));
    }

    /** Nor in one that is somebody else's too. */
    @Test
    void inAJoinedPidNamespaceItIsRefused() throws Exception {
        Sandbox first = Sandbox.builder().userNamespace().pidNamespace().build();
        try (SandboxProcess other = first.start("sleep", "60")) {
            Path namespace = Path.of("/proc/" + other.pid() + "/ns/");
            Sandbox joining = Sandbox.builder()
                    .namespaces(n -> n.join(NamespaceKind.USER, namespace.resolve("user"))
                            .join(NamespaceKind.PID, namespace.resolve("pid")))
                    .seccomp(SeccompProfile.standard())
                    .build();
            RunResult result = joining.run(PROGRAM.toString(), "one", "2");
            Map<String, Integer> ways = ways(result.stdout());
            assertEquals(ENOSYS, ways.get("seize"), result.stdout() + result.stderr());
            assertEquals(ENOSYS, ways.get("readv"), ways::toString);
        }
    }

    @Test
    void strictAndADenialByNameRefuseIt() throws Exception {
        SeccompProfile denied = SeccompProfile.standard().toBuilder()
                .deny("ptrace", "process_vm_readv", "process_vm_writev")
                .build();
        Map<String, Integer> ways = inside(untrusted().seccomp(denied).build(), "/tracer", "own");
        assertEquals(1, ways.get("seize"), ways::toString);
        assertEquals(1, ways.get("writev"), ways::toString);
        SeccompProfile strict =
                SeccompProfile.strict().toBuilder().allowProcesses().build();
        ways = inside(untrusted().seccomp(strict).build(), "/tracer", "one", "1");
        assertEquals(1, ways.get("seize"), ways::toString);
        assertEquals(1, ways.get("readv"), ways::toString);
    }

    private static String decided(String mode, SyscallHandler handler) throws Exception {
        RunResult result = untrusted()
                .confinement(c -> c.onSyscall("dup3", handler))
                .build()
                .run("/tracer", mode);
        assertEquals(0, result.exitValue(), () -> result.stdout() + result.stderr());
        return result.stdout().strip();
    }

    /** A tracer changes what is called before the filter looks, so the host decides on what is going to be done. */
    @Test
    void theHostDecidesOnWhatATracerMadeOfACall() throws Exception {
        Queue<Long> asked = new ConcurrentLinkedQueue<>();
        assertEquals("changed 1 open 2", decided("entry", call -> {
            asked.add(call.argument(1));
            return SyscallResponse.proceed();
        }));
        assertEquals("[51]", asked.toString());
        assertEquals(
                "changed 1 open 0",
                decided(
                        "entry",
                        call -> call.argument(1) == 51 ? SyscallResponse.errno("EACCES") : SyscallResponse.proceed()));
    }

    /** Nor while it decides: a call that was interrupted is asked about again. */
    @Test
    void aTracerChangesNothingWhileTheHostDecides() throws Exception {
        CompletableFuture<SandboxProcess> guest = new CompletableFuture<>();
        CompletableFuture<Void> tried = new CompletableFuture<>();
        Queue<Long> asked = new ConcurrentLinkedQueue<>();
        Sandbox sandbox = untrusted()
                .confinement(c -> c.onSyscall("dup3", call -> {
                    asked.add(call.argument(1));
                    if (call.argument(1) == 51) {
                        return SyscallResponse.errno("EACCES");
                    }
                    if (asked.size() == 1) {
                        guest.join().outputWriter().append('x').flush();
                        tried.orTimeout(60, TimeUnit.SECONDS).join();
                    }
                    return SyscallResponse.proceed();
                }))
                .build();
        try (SandboxProcess process = sandbox.start("/tracer", "meanwhile")) {
            guest.complete(process);
            BufferedReader output = process.inputReader();
            assertEquals("tried", output.readLine());
            tried.complete(null);
            String end = output.readLine();
            assertTrue(end.endsWith(" open 1") || end.endsWith(" open 0"), () -> end + " after " + asked);
            assertEquals(0, process.waitFor());
        }
    }

    /** What is stopped by its tracer can be frozen, and goes with the rest. */
    @Test
    @NeedsHost(Feature.CGROUP_FREEZER)
    void whatIsStoppedByATracerCanBeFrozenAndEnded() throws Exception {
        try (SandboxProcess process = untrusted().build().start("/tracer", "stop")) {
            BufferedReader output = process.inputReader();
            assertEquals("stopped", output.readLine());
            process.freeze();
            process.thaw();
            process.destroyForcibly();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertNull(output.readLine());
        }
    }
}
