package dev.sandjar.adapters.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import dev.sandjar.AppliedPolicy;
import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.ExitReport;
import dev.sandjar.Isolation;
import dev.sandjar.Network;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Tier;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.Verdict;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A policy as dockerd carries it out, beside what a container of it is otherwise. */
@Timeout(value = 15, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EngineSandboxIT {
    enum Kind {
        DOCKER("dockerd"),
        PODMAN("podman");

        private final String program;

        Kind(String program) {
            this.program = program;
        }
    }

    private static final String IMAGE = "docker.io/test/box:latest";
    private static final Map<Kind, Running> RUNNING = new EnumMap<>(Kind.class);

    private record Running(Process process, Engine engine) {}

    @TempDir(cleanup = org.junit.jupiter.api.io.CleanupMode.ALWAYS)
    static Path work;

    @TempDir
    Path files;

    private static synchronized Engine engine(Kind kind) throws Exception {
        Running running = RUNNING.get(kind);
        if (running == null) {
            assumeTrue("root".equals(System.getProperty("user.name")), "an engine is started by root");
            assumeTrue(installed(kind.program), kind.program + " is not installed");
            assumeTrue(Files.isExecutable(Path.of("/bin/busybox")), "busybox-static is not installed");
            Path directory = Files.createDirectory(work.resolve(kind.program));
            Path script = Path.of(EngineSandboxIT.class.getResource("/engine").toURI());
            Process process = new ProcessBuilder(
                            "bash",
                            script.toString(),
                            kind.name().toLowerCase(java.util.Locale.ROOT),
                            directory.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader said = process.inputReader();
            assertEquals("ready", said.readLine(), kind.program);
            running = new Running(process, Engine.docker(directory.resolve("engine.sock")));
            RUNNING.put(kind, running);
        }
        return running.engine;
    }

    private static boolean installed(String program) {
        return List.of("/usr/sbin", "/usr/bin", "/usr/local/bin").stream()
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    @AfterAll
    static void end() throws Exception {
        for (Running running : RUNNING.values()) {
            running.engine.close();
            running.process.getOutputStream().close();
            assertTrue(running.process.waitFor(30, TimeUnit.SECONDS));
        }
        RUNNING.clear();
    }

    @AfterEach
    void nothingStays() {
        for (Running running : RUNNING.values()) {
            assertEquals(
                    List.of(),
                    running.engine
                            .client()
                            .listContainersCmd()
                            .withShowAll(true)
                            .exec());
        }
    }

    private static SandboxBuilder untrusted() {
        return Sandbox.untrusted().minimumTier(Tier.CONTAINER).allowDegraded(Isolation.SECCOMP);
    }

    private static EngineSandbox via(Kind kind, SandboxBuilder policy) throws Exception {
        return EngineSandbox.via(engine(kind), IMAGE, policy.build());
    }

    private static EngineResult shell(Kind kind, String script) throws Exception {
        return via(kind, untrusted()).run(Command.of("sh", "-c", script));
    }

    /** What a container of that engine gives that nobody has told anything. */
    private static String plain(Kind kind, String script) throws Exception {
        return plain(kind, script, "default");
    }

    private static String plain(Kind kind, String script, String network) throws Exception {
        var client = engine(kind).client();
        String id = client.createContainerCmd(IMAGE)
                .withHostConfig(HostConfig.newHostConfig().withNetworkMode(network))
                .withEntrypoint("sh")
                .withCmd("-c", script)
                .exec()
                .getId();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            var attached = new ResultCallback.Adapter<Frame>() {
                @Override
                public void onNext(Frame frame) {
                    bytes.writeBytes(frame.getPayload());
                }
            };
            client.attachContainerCmd(id)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withFollowStream(true)
                    .exec(attached);
            attached.awaitStarted();
            client.startContainerCmd(id).exec();
            client.waitContainerCmd(id).exec(new WaitContainerResultCallback()).awaitStatusCode();
            attached.awaitCompletion();
        } finally {
            client.removeContainerCmd(id).withForce(true).exec();
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void whatTheDocumentationShows(Kind kind) throws Exception {
        Path socket = engine(kind).socket();
        // tag::engine
        Sandbox policy = Sandbox.untrusted()
                .minimumTier(Tier.CONTAINER)
                .allowDegraded(Isolation.SECCOMP)
                .build();
        try (Engine docker = Engine.docker(socket)) { // such as /var/run/docker.sock
            EngineSandbox sandbox = EngineSandbox.via(docker, "docker.io/test/box:latest", policy);
            EngineResult result = sandbox.run(Command.of("sh", "-c", "id -u; exit 3"));
            System.out.print(result.stdout() + result.report().tier());
        }
        // end::engine
    }

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void streamsAndExitCodesArePassedOn(Kind kind) throws Exception {
        EngineResult result = via(kind, untrusted())
                .run(Command.of("sh", "-c", "cat; echo err >&2; exit 7").input("line\nno end"));
        assertEquals("line\nno end", result.stdout());
        assertEquals("err\n", result.stderr());
        assertEquals(7, result.report().exitCode().orElseThrow());
        assertEquals(Verdict.EXITED, result.report().verdict());
    }

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void aConversationGoesOnWhileTheProgramRuns(Kind kind) throws Exception {
        try (SandboxProcess process =
                via(kind, untrusted()).start(Command.of("sh", "-c", "while read x; do echo got $x; done"))) {
            var writer = process.outputWriter();
            BufferedReader reader = process.inputReader();
            for (int i = 0; i < 3; i++) {
                writer.append(i + "\n").flush();
                assertEquals("got " + i, reader.readLine());
            }
            assertTrue(process.isAlive());
            writer.close();
            assertEquals(0, process.waitForReport().exitValue());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void moreOutputThanAPipeHoldsComesWhole(Kind kind) throws Exception {
        assertEquals(
                3_000_000, shell(kind, "head -c 3000000 /dev/zero").stdout().length());
    }

    private static final String LOOK =
            "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; echo uid $(id -u) $(id -g) $(id -G); (echo > /written) 2>/dev/null"
                    + " && echo root written; echo interfaces $(ls /sys/class/net); echo host $(hostname)";

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void aProgramIsHeldToThePolicy(Kind kind) throws Exception {
        String plain = plain(kind, LOOK);
        assertTrue(
                plain.contains("NoNewPrivs:\t0") && plain.contains("uid 0 0") && plain.contains("root written"), plain);
        assertFalse(plain.contains("CapEff:\t0000000000000000"), plain);
        // A container in the engine's own network, which the policy's would be in if it were not told apart.
        String shared = plain(kind, LOOK, "host");
        assertTrue(shared.contains("outside"), shared);
        EngineResult result = shell(kind, LOOK);
        assertEquals(
                "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nuid 1000 1000 1000\ninterfaces lo\nhost"
                        + " sandbox\n",
                result.stdout(),
                result.stderr());
    }

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void temporaryDirectoriesAreBoundedAndPathsMasked(Kind kind) throws Exception {
        String look = "wc -c < /proc/cmdline";
        assertNotEquals("0\n", plain(kind, look));
        EngineResult result = shell(
                kind,
                look
                        + "; pwd; df -k /tmp | tail -n 1 | awk '{print $2}'; grep -o ' /tmp .*nosuid,nodev' /proc/mounts; (echo 1 >"
                        + " /proc/sys/kernel/panic) 2>/dev/null || echo refused");
        assertEquals(0, result.report().exitCode().orElse(-1), result.stderr());
        List<String> lines = result.stdout().lines().toList();
        assertEquals(List.of("0", "/tmp", "65536"), lines.subList(0, 3));
        assertTrue(lines.get(3).startsWith(" /tmp tmpfs"), result.stdout());
        assertEquals("refused", lines.get(4));
    }

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void limitsHold(Kind kind) throws Exception {
        assertEquals(
                Verdict.OOM_KILLED,
                via(kind, untrusted().memoryLimit(DataSize.mebibytes(32)))
                        .run(Command.of("tail", "/dev/zero"))
                        .report()
                        .verdict());
        EngineResult forks = via(kind, untrusted().pidsLimit(12))
                .run(Command.of("sh", "-c", "i=0; while test $i -lt 40; do sleep 5 & i=$((i+1)); done; echo all"));
        assertFalse(forks.stdout().contains("all"), forks.stdout());
        assertTrue(forks.stderr().contains("fork"), forks.stderr());
        assertTrue(via(kind, untrusted().pidsLimit(100))
                .run(Command.of("sh", "-c", "i=0; while test $i -lt 40; do sleep 5 & i=$((i+1)); done; echo all"))
                .stdout()
                .contains("all"));
        EngineResult loud = via(kind, untrusted().outputLimit(DataSize.kibibytes(10)))
                .run(Command.of("sh", "-c", "while :; do echo line; done"));
        assertEquals(Verdict.OUTPUT_LIMIT_EXCEEDED, loud.report().verdict());
        assertEquals(10 << 10, loud.stdout().length());
    }

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void timeIsBoundedAndNothingGoesOn(Kind kind) throws Exception {
        long begin = System.nanoTime();
        EngineResult result = via(kind, untrusted().timeout(Duration.ofSeconds(1)))
                .run(Command.of("sh", "-c", "(trap '' TERM; sleep 1000) & sleep 1000"));
        assertEquals(Verdict.TIMED_OUT, result.report().verdict());
        assertTrue(Duration.ofNanos(System.nanoTime() - begin).toSeconds() < 60);
    }

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void signalsArriveAndCloseEndsAll(Kind kind) throws Exception {
        try (SandboxProcess process =
                via(kind, untrusted()).start(Command.of("sh", "-c", "echo up; exec sleep 1000"))) {
            assertEquals("up", process.inputReader().readLine());
            process.signal(Signal.TERM);
            ExitReport report = process.waitForReport();
            assertEquals(Verdict.SIGNALED, report.verdict());
            assertEquals(Signal.TERM, report.signal().orElseThrow());
        }
        SandboxProcess process = via(kind, untrusted())
                .start(Command.of("sh", "-c", "for i in 1 2 3; do sleep 1000 & done; echo up; wait"));
        assertEquals("up", process.inputReader().readLine());
        process.freeze();
        process.thaw();
        process.close();
        assertEquals(Verdict.DESTROYED, process.waitForReport().verdict());
    }

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void bindsAreWhatTheySay(Kind kind) throws Exception {
        Path read = Files.createDirectory(files.resolve("read"));
        Path write = Files.createDirectory(files.resolve("write"));
        Files.writeString(read.resolve("file"), "text");
        Files.setPosixFilePermissions(write, java.nio.file.attribute.PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.setPosixFilePermissions(read, java.nio.file.attribute.PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.setPosixFilePermissions(files, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        EngineResult result = via(kind, untrusted().bindReadOnly(read, "/read").bind(write, "/write"))
                .run(Command.of("sh", "-c", "cat /read/file; echo mine > /write/mine; echo no > /read/no"));
        assertEquals("text", result.stdout());
        assertTrue(result.stderr().contains("Read-only file system"), result.stderr());
        assertEquals("mine\n", Files.readString(write.resolve("mine")));
    }

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void whatTheEngineLacksIsRefusedOrNamed(Kind kind) throws Exception {
        UnsupportedIsolationException refused =
                assertThrows(UnsupportedIsolationException.class, () -> via(kind, Sandbox.untrusted())
                        .start(Command.of("true")));
        assertEquals(Isolation.USER_NAMESPACE, refused.isolation().orElseThrow());
        assertFalse(via(kind, Sandbox.untrusted()).explain().isPossible());

        ExitReport report = shell(kind, "true").report();
        assertEquals(Tier.CONTAINER, report.tier());
        assertTrue(degraded(report.applied()).contains("user namespace"), report.toString());
        assertEquals(
                via(kind, untrusted()).explain().entries(), report.applied().entries());

        SandboxBuilder named = Sandbox.untrusted()
                .allowDegraded(
                        Isolation.SECCOMP,
                        Isolation.NO_NESTED_USER_NAMESPACES,
                        Isolation.USER_NAMESPACE,
                        Isolation.TIME_NAMESPACE,
                        Isolation.PRIVATE_PROC,
                        Isolation.PRIVATE_DEVPTS);
        report = via(kind, named).run(Command.of("true")).report();
        assertEquals(Tier.NAMESPACES, report.tier());
        assertTrue(degraded(report.applied()).contains("time namespace"), report.toString());

        for (SandboxBuilder more : List.of(
                untrusted().network(Network.host()),
                untrusted().process(p -> p.nice(5)),
                untrusted().rootfs(RootFs.tmpfs(DataSize.mebibytes(1))))) {
            assertThrows(
                    UnsupportedIsolationException.class, () -> via(kind, more).start(Command.of("true")));
        }
    }

    private static List<String> degraded(AppliedPolicy applied) {
        return applied.entries().stream()
                .filter(entry -> entry.outcome() == AppliedPolicy.Outcome.DEGRADED)
                .map(AppliedPolicy.Entry::request)
                .toList();
    }

    @ParameterizedTest
    @EnumSource(names = "DOCKER")
    void errorsSayWhatTheEngineSaid(Kind kind) throws Exception {
        // With an init, which the preset asks for, it is the init that finds none.
        EngineResult program = via(kind, untrusted()).run(Command.of("/no/such"));
        assertEquals(127, program.exitValue(), program.stderr());
        Sandbox policy = untrusted().build();
        SandboxException image = assertThrows(
                SandboxException.class, () -> EngineSandbox.via(engine(kind), "docker.io/test/none:latest", policy)
                        .start(Command.of("true")));
        assertTrue(image.getMessage().contains("docker.io/test/none:latest"), image.getMessage());
        UnsupportedIsolationException volume =
                assertThrows(UnsupportedIsolationException.class, () -> EngineSandbox.via(
                                engine(kind), "docker.io/test/volumes:latest", policy)
                        .start(Command.of("true")));
        assertTrue(volume.getMessage().contains("/data"), volume.getMessage());
        try (Engine none = Engine.docker(files.resolve("none.sock"))) {
            SandboxException gone = assertThrows(SandboxException.class, () -> EngineSandbox.via(none, IMAGE, policy)
                    .explain());
            assertTrue(gone.getMessage().contains("none.sock"), gone.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "PODMAN")
    void anotherEngineIsRefused(Kind kind) throws Exception {
        UnsupportedIsolationException refused =
                assertThrows(UnsupportedIsolationException.class, () -> via(kind, untrusted())
                        .start(Command.of("true")));
        assertTrue(refused.getMessage().contains("Podman"), refused.getMessage());
    }
}
