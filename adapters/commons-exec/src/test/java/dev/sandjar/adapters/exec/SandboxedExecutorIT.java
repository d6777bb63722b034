package dev.sandjar.adapters.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.commons.exec.CommandLine;
import org.apache.commons.exec.DefaultExecuteResultHandler;
import org.apache.commons.exec.DefaultExecutor;
import org.apache.commons.exec.ExecuteException;
import org.apache.commons.exec.ExecuteWatchdog;
import org.apache.commons.exec.Executor;
import org.apache.commons.exec.ProcessDestroyer;
import org.apache.commons.exec.PumpStreamHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What users of Commons Exec rely on, and what a program gets of the host with its own executor and with this one. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SandboxedExecutorIT {
    private static final Sandbox SANDBOX = Sandbox.untrusted().build();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private static CommandLine shell(String script, String... arguments) {
        return new CommandLine("sh")
                .addArgument("-c")
                .addArgument(script, false)
                .addArgument("sh")
                .addArguments(arguments, false);
    }

    private <E extends DefaultExecutor> E capturing(E executor, String input) {
        executor.setStreamHandler(
                new PumpStreamHandler(out, err, new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8))));
        return executor;
    }

    private SandboxedExecutor sandboxed() {
        return capturing(new SandboxedExecutor(SANDBOX), "");
    }

    private static DefaultExecutor plain() {
        return DefaultExecutor.builder().get();
    }

    private String out() {
        String text = out.toString(StandardCharsets.UTF_8);
        out.reset();
        return text;
    }

    @Test
    void whatTheDocumentationShows() throws Exception {
        // tag::executor
        Executor executor = new SandboxedExecutor(Sandbox.untrusted().build());
        executor.setStreamHandler(new PumpStreamHandler(out, err));
        executor.setWatchdog(ExecuteWatchdog.builder()
                .setTimeout(Duration.ofSeconds(10)) // ends all that the program has started, too
                .get());
        int exitValue = executor.execute(CommandLine.parse("sort --version"));
        // end::executor
        assertEquals(0, exitValue);
        assertTrue(out().startsWith("sort "));
    }

    @Test
    void inputOutputAndErrorAreThoseOfTheProgram() throws Exception {
        SandboxedExecutor executor = capturing(new SandboxedExecutor(SANDBOX), "b\na\n");
        assertEquals(0, executor.execute(shell("sort; echo \"$1\" >&2", "it's 'quoted'")));
        assertEquals("a\nb\n", out());
        assertEquals("it's 'quoted'\n", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void exitValuesAreJudgedAsOfAnyExecutor() throws Exception {
        ExecuteException e =
                assertThrows(ExecuteException.class, () -> sandboxed().execute(shell("exit 3")));
        assertEquals(3, e.getExitValue());
        SandboxedExecutor executor = sandboxed();
        executor.setExitValues(new int[] {0, 3});
        assertEquals(3, executor.execute(shell("exit 3")));
        DefaultExecuteResultHandler handler = new DefaultExecuteResultHandler();
        sandboxed().execute(shell("exit 4"), handler);
        handler.waitFor(Duration.ofSeconds(30));
        assertEquals(4, handler.getExitValue());
    }

    @Test
    void aProgramThatIsNotInsideIsRefused() {
        IOException e = assertThrows(IOException.class, () -> sandboxed().execute(new CommandLine("no-such-program")));
        assertTrue(e.toString().contains("no-such-program"), e::toString);
    }

    @Test
    void theEnvironmentIsTheSandboxes() throws Exception {
        CommandLine env = new CommandLine("env");
        DefaultExecutor control = capturing(plain(), "");
        control.execute(env);
        assertTrue(out().contains("ADAPTER_SECRET=secret-of-the-host"));
        sandboxed().execute(env);
        assertFalse(out().contains("ADAPTER_SECRET"));
        sandboxed().execute(env, Map.of("MODE", "fast"));
        String variables = out();
        assertTrue(variables.contains("MODE=fast\n") && variables.contains("PATH="), variables);
        assertFalse(variables.contains("ADAPTER_SECRET"));
    }

    @Test
    void theWorkingDirectoryIsOneInside() throws Exception {
        SandboxedExecutor executor = sandboxed();
        assertNull(executor.getWorkingDirectory());
        executor.setWorkingDirectory(new File("/var/tmp"));
        assertEquals(new File("/var/tmp"), executor.getWorkingDirectory());
        executor.execute(new CommandLine("pwd"));
        assertEquals("/var/tmp\n", out());
        assertThrows(IllegalArgumentException.class, () -> executor.setWorkingDirectory(new File("relative")));
        executor.setWorkingDirectory(new File("/no/such/place"));
        assertThrows(SandboxException.class, () -> executor.execute(new CommandLine("pwd")));
    }

    @Test
    void whatTheHostsUserMayReadIsNotInside(@TempDir Path home) throws Exception {
        Path secret = Files.writeString(home.resolve("secret"), "of the host");
        CommandLine cat = new CommandLine("cat").addArgument(secret.toString());
        capturing(plain(), "").execute(cat);
        assertEquals("of the host", out());
        assertThrows(ExecuteException.class, () -> sandboxed().execute(cat));
        assertEquals("", out());
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("No such file"), err::toString);
    }

    @Test
    void theHostsLoopbackIsNotReached() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 4, InetAddress.getLoopbackAddress())) {
            CommandLine connect = new CommandLine("bash")
                    .addArgument("-c")
                    .addArgument("exec 3<>/dev/tcp/127.0.0.1/" + server.getLocalPort(), false);
            capturing(plain(), "").execute(connect);
            assertThrows(ExecuteException.class, () -> sandboxed().execute(connect));
            assertTrue(err.toString(StandardCharsets.UTF_8).contains("refused"), err::toString);
        }
    }

    /** The plain executor's watchdog ends the program it knows, and what that has started goes on. */
    @Test
    void aWatchdogEndsGrandchildrenToo() throws Exception {
        // The control's first process is the one that is waited for: a child with its output would keep the plain
        // executor for ever.
        String grandchild = "setsid sleep \"$1\" </dev/null >/dev/null 2>&1 & echo started; ";
        String plainMark = mark();
        ExecuteWatchdog watchdog =
                ExecuteWatchdog.builder().setTimeout(Duration.ofSeconds(1)).get();
        DefaultExecutor control = plain();
        control.setWatchdog(watchdog);
        try {
            assertThrows(
                    ExecuteException.class, () -> control.execute(shell(grandchild + "exec sleep 1000", plainMark)));
            assertEquals(1, running(plainMark), "the control's grandchild goes on");
        } finally {
            ProcessHandle.allProcesses()
                    .filter(process -> has(process, plainMark))
                    .forEach(ProcessHandle::destroyForcibly);
        }

        String mark = mark();
        SandboxedExecutor executor = sandboxed();
        assertThrows(IllegalStateException.class, executor::onReport);
        ExecuteWatchdog second =
                ExecuteWatchdog.builder().setTimeout(Duration.ofSeconds(1)).get();
        executor.setWatchdog(second);
        assertThrows(ExecuteException.class, () -> executor.execute(shell(grandchild + "sleep 1000; true", mark)));
        assertTrue(second.killedProcess());
        assertEquals("started\n", out());
        assertEquals(
                Verdict.DESTROYED, executor.onReport().get(30, TimeUnit.SECONDS).verdict());
        assertEquals(0, running(mark));
    }

    @Test
    void theSandboxesOwnLimitsHoldAndAreToldByTheReport() throws Exception {
        Sandbox brief = SANDBOX.toBuilder().timeout(Duration.ofMillis(500)).build();
        SandboxedExecutor executor = new SandboxedExecutor(brief);
        assertThrows(ExecuteException.class, () -> executor.execute(shell("while :; do :; done")));
        assertEquals(
                Verdict.TIMED_OUT, executor.onReport().get(30, TimeUnit.SECONDS).verdict());
    }

    @Test
    void processDestroyersGetTheProcessInItsSandbox() throws Exception {
        CompletableFuture<Process> added = new CompletableFuture<>();
        CompletableFuture<Process> removed = new CompletableFuture<>();
        SandboxedExecutor executor = sandboxed();
        executor.setProcessDestroyer(new ProcessDestroyer() {
            @Override
            public boolean add(Process process) {
                return added.complete(process);
            }

            @Override
            public boolean remove(Process process) {
                return removed.complete(process);
            }

            @Override
            public int size() {
                return 0;
            }
        });
        DefaultExecuteResultHandler handler = new DefaultExecuteResultHandler();
        executor.execute(shell("sleep 1000"), handler);
        Process process = added.get(30, TimeUnit.SECONDS);
        assertInstanceOf(SandboxProcess.class, process).destroy();
        handler.waitFor(Duration.ofSeconds(30));
        assertEquals(process, removed.get(30, TimeUnit.SECONDS));
        assertTrue(handler.getException() != null);
    }

    /** A duration that sleep takes and nothing else on the machine has. */
    private static String mark() {
        return "1000." + Math.abs(UUID.randomUUID().getMostSignificantBits());
    }

    private static long running(String mark) {
        return ProcessHandle.allProcesses()
                .filter(process -> has(process, mark))
                .count();
    }

    private static boolean has(ProcessHandle process, String mark) {
        return process.info()
                .arguments()
                .map(arguments -> arguments.length == 1 && arguments[0].equals(mark))
                .orElse(false);
    }
}
