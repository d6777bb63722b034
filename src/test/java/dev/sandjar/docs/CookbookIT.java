package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Descriptor;
import dev.sandjar.ExitReport;
import dev.sandjar.Explanation;
import dev.sandjar.Isolation;
import dev.sandjar.Landlock;
import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.MountOption;
import dev.sandjar.Network;
import dev.sandjar.OutputSink;
import dev.sandjar.Rlimit;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxHost;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.SandboxSession;
import dev.sandjar.Verdict;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.seccomp.LearnedProfile;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallResponse;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.verify.Attestation;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recipes of docs/cookbook.md; each does what its page says. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class CookbookIT {
    @TempDir
    Path directory;

    private Path scripts() throws Exception {
        Path scripts = Files.createDirectory(directory.resolve("scripts"));
        Files.writeString(scripts.resolve("hello.sh"), "echo hello\n");
        Files.writeString(scripts.resolve("secret"), "secret\n");
        HostProgram.sh("chmod -R go+rX " + directory);
        return scripts;
    }

    @Test
    void untrusted() throws Exception {
        // tag::untrusted
        Sandbox sandbox = Sandbox.untrusted().build();
        RunResult result = sandbox.run("sh", "-c", "id -u; hostname");
        System.out.print(result.stdout()); // 1000, sandbox
        // end::untrusted
        assertEquals("1000\nsandbox\n", result.stdout());
    }

    @Test
    void fail() throws Exception {
        // tag::fail
        String text = Sandbox.untrusted()
                .build()
                .run("sort", "-u", "/etc/passwd")
                .orThrow() // CommandFailedException: verdict, exit code, the end of both streams
                .stdout();
        // end::fail
        assertFalse(text.isEmpty());
    }

    @Test
    void input() throws Exception {
        // tag::input
        Sandbox sandbox = Sandbox.untrusted().build();
        Command command = Command.of("tr", "a-z", "A-Z").input("quiet\n");
        String loud = sandbox.run(command).orThrow().stdout();
        // end::input
        assertEquals("QUIET\n", loud);
    }

    @Test
    void lines() throws Exception {
        Path words = Files.writeString(directory.resolve("words"), "one\ntwo\n");
        List<String> seen = new ArrayList<>();
        // tag::lines
        Command command = Command.of("grep", "-n", "w")
                .input(words) // or a stream
                .stdout(OutputSink.lines(line -> seen.add(line))) // as soon as it is written
                .exitCodes(0, 1); // 1: no line has matched
        RunResult result = Sandbox.untrusted().build().run(command).orThrow();
        // end::lines
        assertEquals(List.of("2:two"), seen);
        assertEquals("2:two\n", result.stdout());
    }

    @Test
    void async() throws Exception {
        // tag::async
        Sandbox sandbox = Sandbox.untrusted().build();
        CompletableFuture<RunResult> sorted =
                sandbox.runAsync(Command.of("sort").input("b\na\n"));
        CompletableFuture<RunResult> endless = sandbox.runAsync(Command.of("sleep", "1000"));
        endless.cancel(true); // nothing of it is left
        String text = sorted.get().orThrow().stdout(); // a, b
        // end::async
        assertEquals("a\nb\n", text);
    }

    @Test
    void redirect() throws Exception {
        Path log = directory.resolve("log");
        // tag::redirect
        Sandbox sandbox = Sandbox.untrusted().build();
        Command command = Command.of("sh", "-c", "echo result; echo problem >&2")
                .stdout(Redirect.to(log.toFile())) // emptied at the start; appendTo keeps what is there
                .mergeStderr(); // or stderr(Redirect.to(...)), DISCARD, INHERIT
        RunResult result = sandbox.run(command).orThrow();
        // end::redirect
        assertEquals("", result.stdout() + result.stderr());
        assertEquals("result\nproblem\n", Files.readString(log));
    }

    @Test
    @NeedsHost({Feature.CGROUP_MEMORY, Feature.CGROUP_CPU})
    void converter() throws Exception {
        Path in = Files.createDirectory(directory.resolve("in"));
        Files.writeString(in.resolve("text"), "quiet\n");
        Path out = Files.createDirectory(directory.resolve("out"));
        Path log = directory.resolve("log");
        // tag::converter
        Sandbox sandbox = Sandbox.untrusted()
                .bindReadOnly(in, "/in")
                .bind(out, "/out", MountOption.IDMAPPED_ROOT) // new, and empty
                .memoryLimit(DataSize.mebibytes(256))
                .timeout(Duration.ofMinutes(5))
                .bounds(b -> b.cpuTime(Duration.ofMinutes(5))) // else one minute, by the preset
                .process(p -> p.rlimit(Rlimit.FSIZE, 100_000_000)) // bytes, of each file
                .build();
        Command command = Command.of("sh", "-c", "tr a-z A-Z </in/text >/out/text; echo done >&2")
                .stdout(Redirect.to(log.toFile()))
                .mergeStderr();
        sandbox.run(command).orThrow();
        Path text = out.resolve("text"); // or a link to any file of the host: the program has chosen
        String result = Files.isRegularFile(text, LinkOption.NOFOLLOW_LINKS) ? Files.readString(text) : "";
        // end::converter
        assertEquals("QUIET\n", result);
        sandbox.run("sh", "-c", "rm /out/text; ln -s '" + log + "' /out/text").orThrow();
        assertEquals("done\n", Files.readString(text), "the control: whoever follows it is led out");
        assertFalse(Files.isRegularFile(text, LinkOption.NOFOLLOW_LINKS));
        assertEquals("done\n", Files.readString(log));
        assertEquals(Files.getOwner(out), Files.getOwner(text, LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void readOnlyBind() throws Exception {
        Path scripts = scripts();
        // tag::read-only-bind
        Sandbox sandbox = Sandbox.untrusted()
                .bindReadOnly(scripts, "/scripts") // as it is at each start
                .build();
        RunResult result = sandbox.run("sh", "/scripts/hello.sh");
        // end::read-only-bind
        assertEquals("hello\n", result.stdout(), result.stderr());
    }

    @Test
    void filesOut() throws Exception {
        Path target = directory.resolve("target");
        // tag::files-out
        Sandbox sandbox = Sandbox.hermetic().hostPrograms().build();
        RunResult result = sandbox.run("sh", "-c", "date -u +%Y >/work/year").orThrow();
        try (ChangeSet changes = result.changes().orElseThrow()) {
            System.out.println(changes.created());
            changes.commit(Files.createDirectory(target)); // owned by this process's user
        }
        // end::files-out
        assertTrue(Files.exists(target.resolve("work/year")));
    }

    @Test
    void oneFile() throws Exception {
        Path input = Files.writeString(directory.resolve("names"), "b\na\n");
        Path results = Files.createDirectory(directory.resolve("results"));
        // tag::one-file
        Sandbox sandbox = Sandbox.hermetic()
                .hostPrograms()
                .bindReadOnly(input, "/in/names")
                .build();
        RunResult result = sandbox.run("sort", "-o", "sorted", "/in/names").orThrow();
        try (ChangeSet changes = result.changes().orElseThrow()) {
            changes.commit(results); // an existing directory
        }
        String sorted = Files.readString(results.resolve("work/sorted")); // where it was inside
        // end::one-file
        assertEquals("a\nb\n", sorted);
    }

    @Test
    void config() throws Exception {
        // tag::config
        Sandbox sandbox = Sandbox.untrusted()
                .file("/etc/tool.conf", "mode=fast\n")
                .symlink("/etc/alias.conf", "tool.conf")
                .build();
        String text = sandbox.run("cat", "/etc/alias.conf").orThrow().stdout();
        // end::config
        assertEquals("mode=fast\n", text);
    }

    @Test
    void environment() throws Exception {
        // tag::environment
        Sandbox sandbox = Sandbox.untrusted()
                .env("LANG", "C.UTF-8")
                .process(p -> p.inheritEnv("TZ")) // of this process, if it is set
                .build();
        Command command = Command.of("sh", "-c", "echo $LANG $JOB").env("JOB", "17"); // for this start alone
        // end::environment
        assertEquals("C.UTF-8 17\n", sandbox.run(command).stdout());
    }

    @Test
    void scratch() throws Exception {
        // tag::scratch
        Sandbox sandbox = Sandbox.untrusted()
                .tmpfs("/build", DataSize.mebibytes(128)) // counts as memory of the sandbox
                .build();
        RunResult result = sandbox.run(Command.of("pwd").directory("/build"));
        // end::scratch
        assertEquals("/build\n", result.stdout());
    }

    @Test
    @NeedsHost({Feature.CGROUP_MEMORY, Feature.PYTHON})
    void memory() throws Exception {
        // tag::memory
        Sandbox sandbox =
                Sandbox.untrusted().memoryLimit(DataSize.mebibytes(64)).build();
        ExitReport report = sandbox.run("python3", "-c", "x = 'x' * 10**9").report();
        System.out.println(report.verdict()); // OOM_KILLED
        // end::memory
        assertEquals(Verdict.OOM_KILLED, report.verdict());
    }

    @Test
    @NeedsHost({Feature.CGROUP_MEMORY, Feature.CGROUP_CPU})
    void oneStart() throws Exception {
        // tag::one-start
        Sandbox sandbox = Sandbox.untrusted().build(); // one for all requests, with what it keeps warm
        Command small = Command.of("sort", "/etc/passwd")
                .timeout(Duration.ofSeconds(5)) // never more than the sandbox has
                .cpuTime(Duration.ofSeconds(2))
                .memory(DataSize.mebibytes(32));
        String sorted = sandbox.run(small).orThrow().stdout();
        // end::one-start
        assertFalse(sorted.isEmpty());
    }

    @Test
    @NeedsHost({Feature.CGROUP_MEMORY, Feature.CGROUP_CPU, Feature.CGROUP_PIDS})
    void session() throws Exception {
        // tag::session
        Sandbox sandbox =
                Sandbox.untrusted().memoryLimit(DataSize.mebibytes(256)).build();
        try (SandboxSession session = sandbox.session(Duration.ofMinutes(10))) { // closed when idle for so long
            session.files().write("main.sh", "echo $GREETING > out; date >> log".getBytes(StandardCharsets.UTF_8));
            session.env(Map.of("GREETING", "hello"));
            session.run("sh", "main.sh").orThrow();
            session.run(Command.of("sh", "main.sh"), Duration.ofSeconds(5)).orThrow();
            System.out.println(session.files().text("out")); // hello
            System.out.println(session.files().list("")); // log, main.sh, out
            session.reset(); // no programs, no files, no variables
        }
        // end::session
    }

    @Test
    void timeout() throws Exception {
        // tag::timeout
        Sandbox sandbox = Sandbox.untrusted()
                .timeout(Duration.ofMillis(300))
                .bounds(b -> b.grace(Duration.ofMillis(100)))
                .build();
        Verdict verdict = sandbox.run("sleep", "600").report().verdict(); // TIMED_OUT
        // end::timeout
        assertEquals(Verdict.TIMED_OUT, verdict);
    }

    @Test
    @NeedsHost(Feature.CGROUP_CPU)
    void cpuTime() throws Exception {
        // tag::cpu-time
        Sandbox sandbox = Sandbox.untrusted()
                .bounds(b -> b.cpuTime(Duration.ofMillis(300)))
                .build();
        RunResult result = sandbox.run("sh", "-c", "while :; do :; done");
        System.out.println(result.report().verdict()); // CPU_TIME_EXCEEDED
        // end::cpu-time
        assertEquals(Verdict.CPU_TIME_EXCEEDED, result.report().verdict());
    }

    @Test
    void output() throws Exception {
        // tag::output
        Sandbox sandbox =
                Sandbox.untrusted().outputLimit(DataSize.kibibytes(64)).build();
        RunResult result = sandbox.run("yes");
        System.out.println(result.report().verdict()); // OUTPUT_LIMIT_EXCEEDED
        // end::output
        assertEquals(Verdict.OUTPUT_LIMIT_EXCEEDED, result.report().verdict());
    }

    @Test
    @NeedsHost(Feature.CGROUP_PIDS)
    void processes() throws Exception {
        // tag::processes
        Sandbox sandbox = Sandbox.untrusted().pidsLimit(8).build();
        RunResult result = sandbox.run("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done");
        System.out.println(result.report().usage().hits().pidsMax()); // how often a fork was refused
        // end::processes
        assertTrue(result.report().usage().hits().pidsMax() > 0);
    }

    @Test
    @NeedsHost(Feature.CGROUP_CPU)
    void share() throws Exception {
        // tag::share
        Sandbox sandbox = Sandbox.untrusted()
                .without(Limit.CPU)
                .limits(Limits.none().cpuWeight(20)) // 100 is everybody's share
                .build();
        // end::share
        assertEquals(0, sandbox.run("true").exitValue());
    }

    @Test
    void verdict() throws Exception {
        // tag::verdict
        ExitReport report =
                Sandbox.untrusted().build().run("sh", "-c", "kill -SEGV $$").report();
        switch (report.verdict()) {
            case EXITED -> System.out.println("exit code " + report.exitValue());
            case SIGNALED -> System.out.println("signal " + report.signal().orElseThrow()); // SEGV
            default -> System.out.println(report); // a limit, or a call that the filter ends a process for
        }
        System.out.println(report.usage().cpuTime() + " " + report.usage().peakMemory());
        // end::verdict
        assertEquals(Verdict.SIGNALED, report.verdict());
    }

    @Test
    void hostNetwork() throws Exception {
        // tag::host-network
        Sandbox sandbox = Sandbox.untrusted()
                .network(Network.host())
                .bindReadOnly(Path.of("/etc/resolv.conf"), "/etc/resolv.conf", MountOption.OPTIONAL)
                .bindReadOnly(Path.of("/etc/hosts"), "/etc/hosts", MountOption.OPTIONAL)
                .build();
        // end::host-network
        assertEquals(0, sandbox.run("true").exitValue());
    }

    @Test
    void connect() throws Exception {
        Set<InetSocketAddress> allowed = Set.of(new InetSocketAddress("127.0.0.1", 5432));
        // tag::connect
        Sandbox sandbox = Sandbox.untrusted()
                .network(Network.host())
                .confinement(c -> c.onSyscall("connect", call -> call.socketAddress(call.argument(1), call.argument(2))
                        .filter(allowed::contains)
                        .map(InetSocketAddress.class::cast)
                        .map(address -> SyscallResponse.connect(address, call.argument(0))) // made by the host
                        .orElse(SyscallResponse.errno("EACCES"))))
                .build();
        // end::connect
        assertEquals(0, sandbox.run("true").exitValue());
    }

    @Test
    void deny() throws Exception {
        // tag::deny
        SeccompProfile profile =
                SeccompProfile.standard().toBuilder().deny("mkdir", "mkdirat").build();
        Sandbox sandbox = Sandbox.untrusted()
                .seccomp(profile)
                .confinement(c -> c.recordDenials(true))
                .build();
        RunResult result = sandbox.run("mkdir", "/tmp/x");
        System.out.println(result.report().denials()); // which calls were refused, and how often
        // end::deny
        assertEquals(1, result.exitValue());
        assertFalse(result.report().denials().isEmpty());
    }

    @Test
    void learn() throws Exception {
        // tag::learn
        Sandbox sandbox = Sandbox.untrusted().build();
        LearnedProfile learned = sandbox.learn(Command.of("sort", "/etc/passwd"));
        Files.writeString(directory.resolve("sort.json"), learned.toJson()); // SeccompProfile.fromJson reads it
        // end::learn
        assertTrue(Files.size(directory.resolve("sort.json")) > 0);
    }

    @Test
    @NeedsHost(Feature.LANDLOCK)
    void landlock() throws Exception {
        // tag::landlock
        Sandbox sandbox = Sandbox.untrusted()
                .landlock(Landlock.builder()
                        .execute("/usr")
                        .read("/etc")
                        .readWrite("/tmp")
                        .readWrite("/dev")
                        .build())
                .build();
        RunResult result = sandbox.run("sh", "-c", "cat /proc/meminfo; echo yes >/tmp/x && cat /tmp/x");
        // end::landlock
        assertEquals("yes\n", result.stdout(), result.stderr());
    }

    @Test
    void mask() throws Exception {
        Path scripts = scripts();
        // tag::mask
        Sandbox sandbox = Sandbox.untrusted()
                .bindReadOnly(scripts, "/scripts")
                .mounts(m -> m.mask("/scripts/secret")) // a file becomes empty, a directory too
                .build();
        RunResult result = sandbox.run("cat", "/scripts/secret");
        // end::mask
        assertEquals("", result.stdout());
    }

    @Test
    void exec() throws Exception {
        // tag::exec
        try (SandboxProcess server = Sandbox.untrusted().build().start("sleep", "600")) {
            try (SandboxProcess second = server.exec(Command.of("ls", "-d", "/tmp"))) {
                System.out.println(second.inputReader().readLine()); // /tmp
                System.out.println(second.waitFor()); // 0
            }
            System.out.print(server.processes()); // ids inside and on the host
        } // all processes are gone here
        // end::exec
    }

    @Test
    @NeedsHost({Feature.CGROUP_FREEZER, Feature.CGROUP_CPU})
    void freeze() throws Exception {
        // tag::freeze
        try (SandboxProcess process = Sandbox.untrusted().build().start("sleep", "600")) {
            process.freeze();
            System.out.println(process.usage().cpuTime());
            process.thaw();
            process.update(Limits.none().cpus(0.1)); // limits may change while it runs
        }
        // end::freeze
    }

    @Test
    void asynchronous() throws Exception {
        // tag::asynchronous
        SandboxProcess process = Sandbox.untrusted().build().start("true");
        CompletableFuture<Verdict> verdict = process.onReport().thenApply(report -> {
            process.close();
            return report.verdict();
        });
        // end::asynchronous
        assertEquals(Verdict.EXITED, verdict.get(30, TimeUnit.SECONDS));
    }

    @Test
    void terminal() throws Exception {
        // tag::terminal
        Command command = Command.of("sh", "-c", "stty size").pty(24, 80);
        try (SandboxProcess process = Sandbox.untrusted().build().start(command)) {
            String size = process.inputReader().readLine(); // 24 80
            System.out.println(size);
        }
        // end::terminal
    }

    @Test
    void descriptor() throws Exception {
        // tag::descriptor
        Command command = Command.of("sh", "-c", "echo result >&$" + Descriptor.variable("answer"))
                .descriptor("answer", Descriptor.pipeOut());
        try (SandboxProcess process = Sandbox.untrusted().build().start(command)) {
            byte[] answer = process.descriptorInput("answer").readAllBytes();
            System.out.print(new String(answer, StandardCharsets.UTF_8));
        }
        // end::descriptor
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void overlay() throws Exception {
        Path tree = scripts();
        // tag::overlay
        Sandbox sandbox = Sandbox.hermetic()
                .hostPrograms()
                .rootfs(RootFs.overlay(tree).captureChanges())
                .build();
        RunResult result =
                sandbox.run("sh", "-c", "rm /hello.sh; echo new >/new").orThrow();
        try (ChangeSet changes = result.changes().orElseThrow()) {
            System.out.println(changes.all()); // what was made, changed and removed
        }
        // end::overlay
        assertTrue(Files.exists(tree.resolve("hello.sh")));
    }

    @Test
    void degrade() throws Exception {
        // tag::degrade
        Sandbox sandbox = Sandbox.untrusted()
                .allowDegraded(Isolation.CGROUP_LIMITS, Isolation.TIME_NAMESPACE)
                .build();
        ExitReport report = sandbox.run("true").report();
        report.applied().entries().stream()
                .filter(entry -> entry.outcome() == AppliedPolicy.Outcome.DEGRADED)
                .forEach(System.out::println);
        // end::degrade
        assertTrue(report.isSuccess());
    }

    @Test
    void explain() throws Exception {
        // tag::explain
        Explanation explanation = Sandbox.untrusted().build().explain();
        System.out.print(explanation); // request, outcome, mechanism, reason
        if (!explanation.isPossible()) {
            System.err.println(SandboxHost.probe()); // with remedies
        }
        // end::explain
        assertTrue(explanation.isPossible());
    }

    @Test
    void attack() throws Exception {
        // tag::attack
        Attestation attestation = Sandbox.untrusted().build().verify();
        System.out.println(attestation.isContained());
        System.out.println(attestation.exposure()); // system calls, visible processes, interfaces
        // end::attack
        assertTrue(attestation.isContained());
    }

    @Test
    void pool() throws Exception {
        // tag::pool
        try (SandboxPool pool = Sandbox.untrusted().build().pool(2)) {
            RunResult result = pool.run("id", "-u");
            System.out.print(result.stdout());
        }
        // end::pool
    }
}
