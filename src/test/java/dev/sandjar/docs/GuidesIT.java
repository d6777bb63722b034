package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.ExitReport;
import dev.sandjar.Landlock;
import dev.sandjar.Limits;
import dev.sandjar.MountOption;
import dev.sandjar.Network;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxHost;
import dev.sandjar.SandboxListener;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Sandjar;
import dev.sandjar.Verdict;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.seccomp.LearnedProfile;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.seccomp.SyscallResponse;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.verify.Hermeticity;
import dev.sandjar.verify.Hermeticity.Perturbation;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of the guides, which do what the pages say. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class GuidesIT {
    @TempDir
    Path directory;

    @Test
    @NeedsHost({Feature.UNPRIVILEGED, Feature.CGROUP_PIDS})
    void files() throws Exception {
        Path scripts = Files.createDirectory(directory.resolve("scripts"));
        Path results = Files.createDirectory(directory.resolve("results"));
        Files.writeString(scripts.resolve("convert.sh"), "cat /etc/tool.conf - >/results/out; pwd >>/results/out");
        // tag::files
        Sandbox sandbox = Sandbox.untrusted()
                .bindReadOnly(scripts, "/scripts") // a file or a directory, as it is at each start
                .bind(
                        results,
                        "/results",
                        MountOption.IDMAPPED) // writable; a new one of root's: IDMAPPED_ROOT; see below
                .file("/etc/tool.conf", "mode=fast\n") // a file of its own
                .tmpfs("/build", DataSize.mebibytes(128)) // beside /tmp, /var/tmp and /dev/shm of 64 MiB each
                .env("LANG", "C.UTF-8")
                .process(p -> p.inheritEnv("TZ")) // else PATH, HOME and a few more
                .build();
        RunResult result = sandbox.run(Command.of("sh", "/scripts/convert.sh")
                .directory("/build")
                .input("what it reads on standard input")); // or stdin(...), stdout(...), pty(24, 80), descriptor(...)
        // end::files
        assertEquals(0, result.exitValue(), result.stderr());
        assertEquals("mode=fast\nwhat it reads on standard input/build\n", Files.readString(results.resolve("out")));
    }

    @Test
    void policies() throws Exception {
        Path file = directory.resolve("policy.json");
        // tag::policy
        Sandbox sandbox =
                Sandbox.untrusted().network(Network.none()).pidsLimit(32).build();
        Files.writeString(file, sandbox.toJson());
        Sandbox same = SandboxBuilder.fromJson(Files.readString(file)).build();
        System.out.println(same.equals(sandbox) + ", " + same.limits());
        // end::policy
        assertEquals(sandbox, same);
        assertEquals(sandbox.explain().toString(), same.explain().toString());
    }

    @Test
    @NeedsHost(Feature.CGROUP_PIDS)
    void told() throws Exception {
        // tag::told
        List<String> told = new CopyOnWriteArrayList<>();
        CountDownLatch refused = new CountDownLatch(1);
        Sandbox sandbox = Sandbox.untrusted()
                .pidsLimit(4)
                .listener(new SandboxListener() {
                    @Override
                    public void started(Command command, SandboxProcess process) {
                        told.add("started " + command.program());
                    }

                    @Override
                    public void finished(RunResult result) { // of run; after start, process.onReport() tells the end
                        told.add("finished with " + result.exitValue());
                    }
                })
                .build();
        sandbox.run("true");
        try (SandboxProcess process =
                sandbox.start("sh", "-c", "(for i in 1 2 3 4 5; do sleep 60 & done); exec sleep 60")) {
            process.onEvent(event -> {
                told.add(event.kind() + " " + event.count()); // PIDS_MAX: a fork was refused
                refused.countDown();
            });
            refused.await();
        }
        // end::told
        assertEquals(List.of("started true", "finished with 0", "started sh"), told.subList(0, 3));
        assertTrue(told.get(3).startsWith("PIDS_MAX "), told.get(3));
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void publish() throws Exception {
        // tag::publish
        Command server =
                Command.of("python3", "-u", "-m", "http.server", "8080").mergeStderr();
        Sandbox sandbox =
                Sandbox.untrusted().network(Network.loopback().publish(8080)).build();
        try (SandboxProcess process = sandbox.start(server)) {
            System.out.println(process.inputReader().readLine()); // Serving HTTP on ...: now it listens
            int port = process.publishedPort(8080);
            try (InputStream page =
                    URI.create("http://127.0.0.1:" + port).toURL().openStream()) {
                System.out.println(new String(page.readAllBytes(), StandardCharsets.UTF_8)); // files of its directory
            }
        }
        // end::publish
        assertTrue(sandbox.explain().isPossible());
    }

    @Test
    @NeedsHost({Feature.CGROUP_MEMORY, Feature.CGROUP_CPU, Feature.CGROUP_PIDS})
    void freeze(@TempDir Path directory) throws Exception {
        Path project = directory;
        // tag::freeze
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(project, "/project").build();
        sandbox.freeze(directory.resolve("untrusted.plan"));
        Path command = Sandjar.extractRun(directory); // directory/sandjar-run
        // end::freeze
        Files.writeString(project.resolve("text"), "TODO");
        HostProgram.Result result = HostProgram.run(
                command.toString(), directory + "/untrusted.plan", "--", "grep", "-r", "TODO", "/project");
        assertEquals(new HostProgram.Result(0, "/project/text:TODO\n", ""), result);
    }

    @Test
    void probe() {
        // tag::probe
        SandboxHost host = SandboxHost.probe();
        if (!host.isReady()) {
            System.err.println(host); // the doctor's words; host.toJson() for programs
        }
        // end::probe
        assertFalse(host.toJson().isEmpty());
    }

    @Test
    @NeedsHost({Feature.LANDLOCK_SCOPES, Feature.CGROUP_PIDS})
    void confinement() throws Exception {
        Set<InetSocketAddress> allowed = Set.of();
        InetSocketAddress proxy = new InetSocketAddress("127.0.0.1", 3128);
        // tag::confinement
        SeccompProfile profile = SeccompProfile.standard().toBuilder() // or fromJson(Path): Docker's and OCI's format
                .deny("mlockall")
                .rule(
                        SeccompAction.errno("EPERM"),
                        "kill",
                        SyscallArgument.at(1).notEqualTo(0))
                .build();
        Sandbox sandbox = Sandbox.untrusted()
                .seccomp(profile)
                .confinement(c -> c.onSyscall(
                        "connect",
                        call -> call.socketAddress(call.argument(1), call.argument(2))
                                        .filter(allowed::contains)
                                        .isPresent()
                                ? SyscallResponse.connect(
                                        proxy, call.argument(0)) // done on behalf: what was decided is done
                                : SyscallResponse.errno("EACCES")))
                .confinement(c -> c.recordDenials(true)) // report.denials(): "keyctl EPERM x2"
                .landlock(Landlock.builder()
                        .execute("/usr")
                        .read("/etc")
                        .readWrite("/tmp")
                        .readWrite("/dev")
                        .isolateSignals()
                        .build())
                .build();

        // In the sandbox that is going to use it: another set-up may need other calls.
        LearnedProfile learned = Sandbox.untrusted().build().learn(Command.of("sort", "/etc/passwd"));
        Files.writeString(directory.resolve("sort.json"), learned.toJson()); // the least profile that this run needs
        // end::confinement
        assertEquals(0, sandbox.run("true").exitValue());
        assertTrue(learned.toJson().contains("execve"));
    }

    @Test
    @NeedsHost({Feature.CGROUP_MEMORY, Feature.CGROUP_CPU, Feature.CGROUP_PIDS, Feature.CGROUP_FREEZER, Feature.PYTHON})
    void limits() throws Exception {
        // tag::limits
        Sandbox sandbox = Sandbox.untrusted()
                .memoryLimit(DataSize.mebibytes(64))
                .cpuLimit(0.5)
                .pidsLimit(64)
                .timeout(Duration.ofSeconds(30))
                .bounds(b -> b.grace(Duration.ofSeconds(1)))
                .build();
        try (SandboxProcess process = sandbox.start("python3", "-c", "input(); x = 'x' * 10**9")) {
            process.onEvent(System.out::println); // memory.high, out of memory, refused forks, pressure
            Optional<DataSize> current = process.usage().memory().current(); // while it runs
            process.update(Limits.none().cpus(0.25)); // changes what runs
            process.freeze();
            process.thaw();
            process.outputWriter().append("\n").close(); // what it waits for
            ExitReport report = process.waitForReport();
            System.out.println(report.verdict() + ", at first " + current); // OOM_KILLED
        }
        // end::limits
        assertEquals(
                Verdict.OOM_KILLED,
                sandbox.run("python3", "-c", "x = 'x' * 10**9").report().verdict());
    }

    @Test
    void hermetic() throws Exception {
        Path here = directory;
        // tag::hermetic
        Sandbox sandbox = Sandbox.hermetic()
                .hostPrograms() // the host's /usr, as a declared input
                .file("/in/words", "b\na\nb\n") // or bindReadOnly, or rootfs(RootFs.overlay(tree).captureChanges())
                .build();
        RunResult result =
                sandbox.run("sort", "-u", "-o", "/work/out", "/in/words").orThrow();
        try (ChangeSet changes = result.changes().orElseThrow()) {
            System.out.println(changes.text("/work/out")); // a and b
            System.out.println(changes.digest()); // the same on every machine, for every user
            try (OutputStream layer = Files.newOutputStream(here.resolve("layer.tar"))) {
                changes.exportTar(layer); // a layer of an OCI image, the same bytes each time
            }
            changes.commit(Files.createDirectory(here.resolve("result"))); // or discard()
        }
        // end::hermetic
        assertTrue(Files.size(here.resolve("layer.tar")) > 0);
    }

    @Test
    @NeedsHost(Feature.TWO_CPUS)
    void hermeticity() throws Exception {
        Path in = Files.createDirectory(directory.resolve("in"));
        for (String name : List.of("a", "b", "c")) {
            Files.createFile(in.resolve(name));
        }
        HostProgram.sh("chmod -R go+rX " + directory);
        // tag::hermeticity
        Sandbox sandbox =
                Sandbox.hermetic().hostPrograms().bindReadOnly(in, "/in").build();
        Hermeticity found = Hermeticity.check(
                sandbox,
                Command.of("sh", "-c", "hostname >host; id -u >id; nproc >nproc; ls -U /in >order; date +%Z >zone"));
        System.out.print(found);
        // end::hermeticity
        Set<Perturbation> sources =
                found.findings().stream().map(Hermeticity.Finding::perturbation).collect(Collectors.toSet());
        Set<Perturbation> expected = new HashSet<>(Set.of(
                Perturbation.HOST_NAME,
                Perturbation.USER,
                Perturbation.PROCESSORS,
                Perturbation.DIRECTORY_ORDER,
                Perturbation.TIME_ZONE));
        // Some can't be tried on every host, and the result says so.
        expected.removeAll(found.skipped().keySet());
        assertTrue(expected.contains(Perturbation.HOST_NAME), found::toString);
        assertEquals(expected, sources, found::toString);
    }

    @Test
    @NeedsHost(Feature.BUSYBOX)
    void root() throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        Files.createDirectory(root.resolve("bin"));
        Files.copy(Path.of("/bin/busybox"), root.resolve("bin/sh"));
        HostProgram.sh("chmod 755 " + directory + " " + root + " " + root + "/bin " + root + "/bin/sh");
        // tag::root
        for (String place : List.of("proc", "dev", "tmp")) { // where untrusted() mounts
            Files.createDirectories(root.resolve(place));
        }
        Sandbox sandbox = Sandbox.untrusted().rootfs(RootFs.directory(root)).build();
        RunResult result = sandbox.run("sh", "-c", "echo /*");
        System.out.print(result.stdout());
        // end::root
        assertEquals("/bin /dev /proc /tmp\n", result.stdout(), result.stderr());
        Files.delete(root.resolve("tmp"));
        assertTrue(assertThrows(SandboxException.class, () -> sandbox.run("sh", "-c", "true"))
                .getMessage()
                .contains("no such mount point"));
        Sandbox made = sandbox.toBuilder()
                .rootfs(RootFs.directoryWithMountPoints(root))
                .build();
        HostProgram.sh("chmod 777 " + root); // who sets root's sandbox up is not its owner
        assertEquals(result.stdout(), made.run("sh", "-c", "echo /*").stdout());
    }

    @Test
    @NeedsHost(Feature.CGROUP_PIDS)
    void fast() throws Exception {
        // tag::fast
        Sandjar.warmUp(); // a second or more of processor time, which the first request need not wait for
        Sandbox sandbox = Sandbox.untrusted().warm(4).build(); // 0 to 16 warm; template(false): share nothing
        try (SandboxPool pool = sandbox.pool(64)) { // for bursts: as many as wanted, always kept ready
            RunResult result = pool.run("id", "-u");
            System.out.println(result.stdout());
        }
        // end::fast
        assertEquals("1000\n", sandbox.run("id", "-u").stdout());
    }
}
