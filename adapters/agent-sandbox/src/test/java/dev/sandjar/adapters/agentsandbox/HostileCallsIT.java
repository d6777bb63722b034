package dev.sandjar.adapters.agentsandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springaicommunity.sandbox.ExecResult;
import org.springaicommunity.sandbox.ExecSpec;
import org.springaicommunity.sandbox.FileEntry;
import org.springaicommunity.sandbox.LocalSandbox;
import org.springaicommunity.sandbox.Sandbox;
import org.springaicommunity.sandbox.SandboxException;
import org.springaicommunity.sandbox.TimeoutException;

/** What a model that is led astray may ask for: with agent-sandbox's own local backend it happens, with this one it does not. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileCallsIT {
    @TempDir
    private Path host;

    private LocalSandbox local;
    private SandjarSandbox sandbox;

    @BeforeEach
    void create() throws IOException {
        local = new LocalSandbox(Files.createDirectory(host.resolve("local")));
        sandbox = SandjarSandbox.create(dev.sandjar.Sandbox.untrusted().build());
    }

    @AfterEach
    void close() {
        sandbox.close();
        local.close();
    }

    private static ExecResult shell(Sandbox sandbox, String script) {
        return sandbox.exec(ExecSpec.builder()
                .shellCommand(script)
                .timeout(Duration.ofSeconds(30))
                .build());
    }

    @Test
    void whatTheDocumentationShows() throws Exception {
        // tag::agent
        try (Sandbox agent = SandjarSandbox.create(
                dev.sandjar.Sandbox.untrusted().pidsLimit(64).build())) {
            agent.files().create("main.sh", "echo 42");
            ExecResult result = agent.exec(ExecSpec.builder()
                    .command("sh", "main.sh")
                    .timeout(Duration.ofSeconds(10))
                    .build());
            System.out.println(result.stdout()); // 42
        }
        // end::agent
    }

    @Test
    void secretsOfTheHostAreNotInside() throws Exception {
        Path secret = Files.writeString(host.resolve("key"), "of the host");
        assertEquals("of the host", shell(local, "cat " + secret).stdout());
        assertEquals(
                "secret-of-the-host\n", shell(local, "echo $ADAPTER_SECRET").stdout());
        assertFalse(shell(sandbox, "cat " + secret).success());
        assertEquals("\n", shell(sandbox, "echo $ADAPTER_SECRET").stdout());
        ExecResult shadow = shell(sandbox, "cat /etc/shadow");
        assertFalse(shadow.success());
        assertEquals("", shadow.stdout());
    }

    @Test
    void loopbackOfTheHostIsNotReached() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 4, InetAddress.getLoopbackAddress())) {
            String connect = "exec 3<>/dev/tcp/127.0.0.1/" + server.getLocalPort();
            assertTrue(shell(local, connect).success());
            ExecResult refused = shell(sandbox, connect);
            assertTrue(refused.failed() && refused.stderr().contains("refused"), refused::toString);
        }
    }

    /** Without a control: it would be one for the whole machine. */
    @Test
    void aForkBombIsBoundedAndNothingOfItIsLeft() {
        String bomb = "bomb() { bomb | bomb & }; bomb; sleep 1; echo survived";
        ExecResult result = shell(sandbox, bomb);
        assertTrue(result.failed() || result.stdout().contains("survived"), result::toString);
        assertEquals("still here\n", shell(sandbox, "echo still here").stdout());
        ExecResult processes = shell(sandbox, "ls /proc | grep -c '^[0-9]'");
        assertTrue(Integer.parseInt(processes.stdout().strip()) < 8, processes::toString);
    }

    @Test
    void anEndlessLoopEndsByItsTimeout() {
        ExecSpec spec = ExecSpec.builder()
                .shellCommand("setsid sh -c 'while :; do :; done' & while :; do :; done")
                .timeout(Duration.ofSeconds(1))
                .build();
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.exec(spec));
        assertEquals(
                Duration.ofSeconds(1),
                assertInstanceOf(TimeoutException.class, e.getCause()).getTimeout());
    }

    @Test
    void whatEndedAProgramIsSaid() {
        ExecResult result = shell(sandbox, "head -c 200M /dev/zero");
        assertTrue(result.failed() && result.stderr().contains("sandbox: "), result::stderr);
        assertTrue(result.stdout().length() <= 16 << 20);
    }

    /** Links that an agent leaves are followed by the local backend's host. */
    @Test
    void linksInTheWorkspaceLeadNowhereElse() throws Exception {
        Path secret = Files.writeString(host.resolve("key"), "of the host");
        String link = "ln -s " + secret + " link; ln -s " + host + " dir; ln -s /dev/zero zero; mkfifo pipe";
        assertTrue(shell(local, link).success());
        assertEquals("of the host", local.files().read("link"));
        assertTrue(shell(sandbox, link).success());
        assertThrows(SandboxException.class, () -> sandbox.files().read("link"));
        assertThrows(SandboxException.class, () -> sandbox.files().list("dir"));
        assertThrows(SandboxException.class, () -> sandbox.files().create("dir/new", "x"));
        assertFalse(Files.exists(host.resolve("new")));
        assertThrows(SandboxException.class, () -> sandbox.files().read("zero"));
        sandbox.files().delete("link").delete("dir");
        assertTrue(Files.exists(secret));
        List<String> left =
                sandbox.files().list(".").stream().map(FileEntry::name).sorted().toList();
        assertEquals(List.of("pipe", "zero"), left);
    }

    @Test
    void namesAreNoOptions() {
        sandbox.files().create("-rf", "x").create("a'b\"c $(id)\n", "y");
        assertEquals("x", sandbox.files().read("-rf"));
        assertEquals("y", sandbox.files().read("a'b\"c $(id)\n"));
        assertEquals(2, sandbox.files().list(".").size());
        sandbox.files().delete("-rf");
        assertFalse(sandbox.files().exists("-rf"));
    }

    @Test
    void interactiveProgramsEndWithTheSandbox() throws Exception {
        Process cat = sandbox.startInteractive(ExecSpec.of("cat"));
        cat.outputWriter().append("hello\n").flush();
        assertEquals("hello", cat.inputReader().readLine());
        sandbox.close();
        assertTrue(cat.waitFor(30, TimeUnit.SECONDS));
        assertThrows(IllegalStateException.class, () -> sandbox.exec(ExecSpec.of("true")));
    }

    @Test
    void aWorkspaceIsRemovedWhateverIsInIt() throws Exception {
        List<Path> before = workspaces();
        SandjarSandbox other =
                SandjarSandbox.create(dev.sandjar.Sandbox.untrusted().build());
        assertEquals(before.size() + 1, workspaces().size());
        shell(
                other,
                "for i in $(seq 300); do mkdir -p abcdefghijklmnop; cd abcdefghijklmnop; done; touch x; cd /workspace;"
                        + " mkdir shut; touch shut/y; chmod 0 shut");
        other.close();
        other.close();
        assertEquals(before, workspaces());
    }

    private static List<Path> workspaces() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("sandjar-workspace"))
                    .sorted()
                    .toList();
        }
    }
}
