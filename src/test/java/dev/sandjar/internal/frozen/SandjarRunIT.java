package dev.sandjar.internal.frozen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.MountOption;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.Sandjar;
import dev.sandjar.seccomp.SyscallResponse;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command that carries out frozen policies: what a start by Java has, without Java. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class SandjarRunIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int OWN_FAILURE = 125;

    @TempDir
    private Path directory;

    private Path command;

    @BeforeEach
    void extract() throws Exception {
        command = Sandjar.extractRun(directory);
    }

    private static SandboxBuilder plain() {
        return Sandbox.untrusted().without(Limit.values());
    }

    private Path frozen(SandboxBuilder builder) throws Exception {
        Path file = directory.resolve("policy.plan");
        builder.build().freeze(file);
        return file;
    }

    private String[] line(Path file, String... words) {
        return Stream.concat(Stream.of(command.toString(), file.toString(), "--"), Stream.of(words))
                .toArray(String[]::new);
    }

    private HostProgram.Result run(Path file, String... words) {
        return HostProgram.run(line(file, words));
    }

    // ---- as the program itself

    @Test
    void endsAsTheProgramEnds() throws Exception {
        Path file = frozen(plain());
        assertEquals(new HostProgram.Result(0, "out\n", "err\n"), run(file, "sh", "-c", "echo out; echo err >&2"));
        assertEquals(7, run(file, "sh", "-c", "exit 7").exit());
        assertEquals(128 + 9, run(file, "sh", "-c", "kill -9 $$").exit());
        assertEquals(128 + 15, run(file, "sh", "-c", "kill $$").exit());
    }

    @Test
    void takesWhatIsWrittenToIt() throws Exception {
        Process process = new ProcessBuilder(line(frozen(plain()), "tr", "a-z", "A-Z")).start();
        process.getOutputStream().write("some words".getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        assertEquals("SOME WORDS", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(0, process.waitFor());
    }

    @Test
    void saysWhyNothingRuns() throws Exception {
        Path file = frozen(plain());
        HostProgram.Result missing = run(file, "no-such-program");
        assertEquals(127, missing.exit());
        assertTrue(missing.err().contains("no-such-program: No such file or directory"), missing.err());
        HostProgram.Result refused = run(file, "/etc/passwd");
        assertEquals(126, refused.exit());
        assertTrue(refused.err().contains("execve /etc/passwd: Permission denied"), refused.err());
        HostProgram.Result nowhere =
                HostProgram.run(command.toString(), "--chdir", "/no-such-place", file.toString(), "true");
        assertEquals(OWN_FAILURE, nowhere.exit());
        assertTrue(nowhere.err().contains("/no-such-place"), nowhere.err());
    }

    @Test
    void signalsGoOnToTheProgram() throws Exception {
        Process process = new ProcessBuilder(line(
                        frozen(plain()),
                        "sh",
                        "-c",
                        "trap 'echo asked; exit 3' TERM; echo ready; while :; do sleep 0.01; done"))
                .start();
        BufferedReader lines = process.inputReader();
        assertEquals("ready", lines.readLine());
        process.toHandle().destroy(); // that of Process would close the streams
        assertEquals("asked", lines.readLine());
        assertEquals(3, process.waitFor());
    }

    @Test
    void variablesAndDirectoryAreTheCallers() throws Exception {
        Path file = frozen(plain().env("KEPT", "policy").env("CHANGED", "policy"));
        ProcessBuilder builder = new ProcessBuilder(
                command.toString(),
                "--env",
                "CHANGED=caller",
                "--env",
                "FROM",
                "--env",
                "UNSET",
                "--chdir",
                "/usr",
                file.toString(),
                "sh",
                "-c",
                "echo $KEPT $CHANGED $FROM ${UNSET-none} ${SECRET-none}; pwd");
        builder.environment().put("FROM", "environment");
        builder.environment().put("SECRET", "secret");
        builder.environment().remove("UNSET");
        Process process = builder.start();
        assertEquals(
                "policy caller environment none none\n/usr\n",
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(0, process.waitFor());
    }

    // ---- the same policy

    /** Everything that a program can see of its isolation, but for ids of the host, which no two starts share. */
    @Test
    void whatAProgramSeesIsWhatItSeesInAStart() throws Exception {
        String look = "grep -E 'Cap|Seccomp|NoNewPrivs|Groups|Uid|Gid' /proc/self/status; id; hostname; ulimit -a;"
                + " cut -d' ' -f 5- /proc/self/mountinfo | sed 's/ [0-9]*:[0-9]* / /; s/master:[0-9]*//; s/size=[0-9a-z]*//; s/[ug]id=[0-9]*//g' | sort; ls -la / | grep -v proc; ls -la /dev /tmp /etc;"
                + " cat /etc/passwd /proc/net/dev; env | sort; pwd; cut -d' ' -f 1,3 /proc/self/uid_map; ls /proc/self/fd; echo $$";
        // A template has other owners of what Sandjar has made in the root.
        SandboxBuilder builder = plain().template(false).warm(0);
        String expected = builder.build().run("sh", "-c", look).stdout();
        assertTrue(expected.contains("Seccomp:\t2"), expected);
        assertEquals(
                times(expected), times(run(frozen(builder), "sh", "-c", look).out()));
    }

    private static List<String> times(String listing) {
        return listing.lines()
                .map(line -> line.replaceAll(" [A-Z][a-z]{2} +\\d+ [0-9:]+ ", " "))
                .toList();
    }

    @Test
    @NeedsHost(Feature.CGROUP_PIDS)
    void limitsHold() throws Exception {
        Path file = frozen(Sandbox.untrusted().pidsLimit(4));
        String fork = "for i in 1 2 3 4 5 6; do sleep 5 & done; echo all";
        HostProgram.Result limited = run(file, "sh", "-c", fork);
        assertFalse(limited.out().contains("all"), limited.toString());
        assertTrue(limited.err().contains("fork"), limited.toString());
        HostProgram.Result free =
                run(frozen(Sandbox.untrusted().pidsLimit(64)), "sh", "-c", fork + "; kill $(jobs -p)");
        assertEquals("all\n", free.out());
    }

    @Test
    @NeedsHost({Feature.CGROUP_MEMORY, Feature.BOMB})
    void whoTakesTooMuchMemoryIsEnded() throws Exception {
        Path bomb = Path.of(System.getProperty("sandjar.test.bomb"));
        SandboxBuilder builder = Sandbox.untrusted().bindReadOnly(bomb, "/bomb");
        JsonNode report = reportOf(frozen(builder.memoryLimit(DataSize.mebibytes(32))), "/bomb", "grow", "200");
        assertEquals("OOM_KILLED", report.path("verdict").asText(), report.toString());
    }

    private JsonNode reportOf(Path file, String... words) throws Exception {
        Path report = directory.resolve("report.json");
        List<String> all = new ArrayList<>(List.of(command.toString(), "--report", report.toString(), file.toString()));
        all.addAll(List.of(words));
        HostProgram.run(all.toArray(String[]::new));
        return new ObjectMapper().readTree(report.toFile());
    }

    @Test
    void timeAndOutputAreBounded() throws Exception {
        SandboxBuilder builder = plain().timeout(Duration.ofMillis(300));
        JsonNode late = reportOf(frozen(builder), "sleep", "100");
        assertEquals("TIMED_OUT", late.path("verdict").asText());
        JsonNode good = reportOf(frozen(plain().timeout(PATIENCE)), "sh", "-c", "exit 5");
        assertEquals("EXITED", good.path("verdict").asText());
        assertEquals(5, good.path("exitStatus").asInt());
        assertTrue(good.path("wallNanos").asLong() > 0);

        SandboxBuilder loud = plain().bounds(b -> b.output(DataSize.bytes(100_000)));
        HostProgram.Result much = run(frozen(loud), "sh", "-c", "yes; true");
        assertEquals(100_000, much.out().length());
        assertTrue(much.err().contains("more than it may"), much.err());
        HostProgram.Result little = run(frozen(loud), "sh", "-c", "head -c 99990 /dev/zero; echo five >&2");
        assertEquals(99_990, little.out().length());
        assertEquals(new HostProgram.Result(0, little.out(), "five\n"), little);
    }

    /** What is made for one owner alone is that owner's in each run, whatever ids the run has. */
    @Test
    @NeedsHost({Feature.ROOT, Feature.ID_RANGE})
    void ownersOfBindsAreThoseOfTheHost() throws Exception {
        Path shared = Files.createDirectory(directory.resolve("shared"));
        HostProgram.sh("chown 4711:4711 \"$1\"", shared.toString());
        Path file = frozen(plain().bind(shared, "/shared", MountOption.IDMAPPED));
        for (String name : List.of("one", "two")) {
            assertEquals(0, run(file, "sh", "-c", "echo text >/shared/" + name).exit());
            assertEquals(4711, Files.getAttribute(shared.resolve(name), "unix:uid"));
        }
    }

    // ---- many at once

    @Test
    void runsAtOnceShareNothing() throws Exception {
        shareNothing(frozen(plain()), false);
    }

    @Test
    @NeedsHost(Feature.CGROUP_PIDS)
    void runsAtOnceHaveCgroupsOfTheirOwn() throws Exception {
        shareNothing(frozen(plain().pidsLimit(100)), true);
    }

    private void shareNothing(Path file, boolean grouped) throws Exception {
        List<Process> all = new ArrayList<>();
        Set<String> maps = new HashSet<>();
        Set<String> groups = new HashSet<>();
        Set<String> namespaces = new HashSet<>();
        try {
            for (int i = 0; i < 6; i++) {
                Process process = new ProcessBuilder(
                                line(file, "sh", "-c", "cat /proc/self/uid_map; readlink /proc/self/ns/pid; read line"))
                        .start();
                all.add(process);
                BufferedReader lines = process.inputReader();
                maps.add(lines.readLine());
                namespaces.add(lines.readLine());
                ProcessHandle program = process.descendants()
                        .filter(p -> p.info().command().orElse("").endsWith("sh"))
                        .findFirst()
                        .orElseThrow();
                groups.add(Files.readString(Path.of("/proc/" + program.pid() + "/cgroup")));
            }
            assertEquals(all.size(), namespaces.size());
            if (!maps.iterator().next().matches(" *1?0* +\\d+ +1")) {
                assertEquals(all.size(), maps.size(), maps.toString());
            }
            if (grouped) {
                assertEquals(all.size(), groups.size(), groups.toString());
            }
        } finally {
            for (Process process : all) {
                process.getOutputStream().close();
            }
        }
        for (Process process : all) {
            process.waitFor();
        }
    }

    @Test
    void everythingEndsWithTheCommand() throws Exception {
        Process process = new ProcessBuilder(line(
                        frozen(plain()), "sh", "-c", "trap '' TERM HUP; setsid sleep 1000 & echo ready; sleep 1001"))
                .start();
        assertEquals("ready", process.inputReader().readLine());
        List<ProcessHandle> tree = process.descendants().toList();
        assertTrue(tree.size() >= 4, tree.toString());
        process.destroyForcibly();
        process.waitFor();
        assertTrue(Await.within(PATIENCE, () -> tree.stream().noneMatch(ProcessHandle::isAlive)), tree.toString());
    }

    @Test
    void aLauncherThatIsKilledIsTold() throws Exception {
        Process process = new ProcessBuilder(line(frozen(plain()), "sh", "-c", "echo ready; sleep 1000")).start();
        assertEquals("ready", process.inputReader().readLine());
        List<ProcessHandle> tree = process.descendants().toList();
        process.children().findFirst().orElseThrow().destroyForcibly();
        assertEquals(OWN_FAILURE, process.waitFor());
        assertTrue(process.errorReader().readLine().contains("the launcher has ended"));
        assertTrue(Await.within(PATIENCE, () -> tree.stream().noneMatch(ProcessHandle::isAlive)), tree.toString());
    }

    /** Its file, which /proc/PID/exe leads to from inside, may be one that the program's user may write to. */
    @Test
    void itsProcessesAreNotOfTheFileThatWasCalled() throws Exception {
        Process process = new ProcessBuilder(line(frozen(plain()), "sh", "-c", "echo ready; read line")).start();
        assertEquals("ready", process.inputReader().readLine());
        List<Path> programs = new ArrayList<>();
        boolean supervised = false;
        for (ProcessHandle each : Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList()) {
            try {
                programs.add(Files.readSymbolicLink(Path.of("/proc/" + each.pid() + "/exe")));
            } catch (AccessDeniedException e) {
                supervised = true; // nobody but root looks into a supervisor
            }
        }
        process.getOutputStream().close();
        process.waitFor();
        long own = programs.stream()
                .filter(program -> program.toString().startsWith("/memfd:sandjar-run"))
                .count();
        assertTrue(own >= (supervised ? 2 : 3), programs.toString()); // the command, its launcher, the supervisor
        assertFalse(programs.contains(command), programs.toString());
        assertEquals(0, run(frozen(plain()), "true").exit());
    }

    /** A sandbox may have put them there, where it may write. */
    @Test
    void aReportIsWrittenThroughNoLink() throws Exception {
        Path file = frozen(plain());
        Path other = Files.writeString(directory.resolve("other"), "kept");
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.createSymbolicLink(directory.resolve("link"), other);
        Files.createSymbolicLink(directory.resolve("led"), outside);
        Files.createLink(directory.resolve("hard"), other);
        HostProgram.sh("mkfifo \"$1\"", directory.resolve("fifo").toString());
        for (String name : List.of("link", "led/report", "hard", "fifo", "outside")) {
            HostProgram.Result result = HostProgram.run(
                    command.toString(), "--report", directory.resolve(name).toString(), file.toString(), "true");
            assertEquals(OWN_FAILURE, result.exit(), name + ": " + result);
        }
        assertEquals("kept", Files.readString(other));
        try (Stream<Path> entries = Files.list(outside)) {
            assertEquals(0, entries.count());
        }
        assertEquals("EXITED", reportOf(file, "true").path("verdict").asText());
    }

    // ---- refusals

    @Test
    void refusesWhatIsNotWhatItWas() throws Exception {
        Path shown = Files.createDirectory(directory.resolve("shown"));
        Path file = frozen(plain().bindReadOnly(shown, "/shown"));
        assertEquals(0, run(file, "true").exit());
        Files.move(shown, directory.resolve("away"));
        refused(file, "which can't be looked at now");
        Files.createDirectory(shown);
        refused(file, "which has been replaced since");
        Files.delete(shown);
        Files.createSymbolicLink(shown, Path.of("/"));
        refused(file, "which has been replaced since");
    }

    private void refused(Path file, String why) {
        HostProgram.Result result = run(file, "true");
        assertEquals(OWN_FAILURE, result.exit(), result.toString());
        assertTrue(result.err().contains(why), result.err());
    }

    @Test
    void refusesWhatOthersMayHaveWritten() throws Exception {
        Path file = frozen(plain());
        assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
        refused(file, "others may write");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertEquals(0, run(file, "true").exit());
        byte[] bytes = Files.readAllBytes(file);
        for (int length : new int[] {0, 4, bytes.length / 2, bytes.length - 1}) {
            Files.write(file, java.util.Arrays.copyOf(bytes, length));
            refused(file, "no frozen policy");
        }
        Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length + 1));
        refused(file, "no frozen policy");
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void refusesOtherRights() throws Exception {
        Path file = frozen(plain());
        HostProgram.sh("chmod 755 \"$1\" && chmod 644 \"$2\"", directory.toString(), file.toString());
        String as = "setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\" 2>&1; test $? -eq 125";
        assertTrue(HostProgram.sh(as, line(file, "true")).contains("frozen for user 0"));
        String less = "setpriv --bounding-set -sys_ptrace --inh-caps -all \"$@\" 2>&1; test $? -eq 125";
        assertTrue(HostProgram.sh(less, line(file, "true")).contains("capabilities"));
        HostProgram.sh("chown 65534 \"$1\"", file.toString());
        refused(file, "belongs to user 65534");
    }

    @Test
    void whatNeedsJavaIsNotFrozen() {
        notFrozen(
                plain().confinement(c -> c.onSyscall("getppid", call -> SyscallResponse.errno("EACCES"))),
                "decided or recorded");
        notFrozen(plain().network(Network.loopback().publish(8080)), "network");
        notFrozen(plain().namespaces(n -> n.clockStart(Duration.ofDays(1))), "clockStart");
    }

    private void notFrozen(SandboxBuilder builder, String why) {
        Path file = directory.resolve("refused.plan");
        String message = assertThrows(
                        IllegalStateException.class, () -> builder.build().freeze(file))
                .getMessage();
        assertTrue(message.contains(why), message);
        assertFalse(Files.exists(file));
    }

    @Test
    void wrongUseIsTold() throws Exception {
        for (String[] words :
                new String[][] {{}, {"--no-such"}, {"--report"}, {"a.plan"}, {"--chdir", "x", "a", "b"}}) {
            HostProgram.Result result = HostProgram.run(Stream.concat(Stream.of(command.toString()), Stream.of(words))
                    .toArray(String[]::new));
            assertEquals(OWN_FAILURE, result.exit());
            assertTrue(result.err().startsWith("sandjar-run: "), result.err());
        }
        assertTrue(HostProgram.run(command.toString(), "--help").out().startsWith("usage: sandjar-run"));
    }
}
