package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The life of containers by the runtime command, as engines drive it. */
@KernelTest
@Tag("heavy")
@NeedsHost({Feature.ROOT, Feature.BUSYBOX})
class OciRuntimeIT extends RuntimeFixture {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    OciRuntimeIT() {
        super("one");
    }

    private static String cgroup() {
        return parent() + "/one";
    }

    private String created(String id) throws Exception {
        Path pidFile = directory.resolve(id + ".pid");
        runtime.good("create", "--bundle", bundle.written().toString(), "--pid-file", pidFile.toString(), id);
        return Files.readString(pidFile);
    }

    private static String status(String pid, String field) {
        return HostProgram.sh("sed -n \"s/^$2:[[:space:]]*//p\" /proc/$1/status", pid, field);
    }

    @Test
    void aContainerLivesThroughEachStatus() throws Exception {
        bundle.script("exec sleep 1000");
        String pid = created("life");
        JsonNode state = runtime.state("life");
        assertEquals("created", state.get("status").asText());
        assertEquals(pid, state.get("pid").asText());
        assertEquals(
                bundle.written().toRealPath().toString(), state.get("bundle").asText());
        assertEquals(Set.of(), Schema.state().errors(state.toString()));
        assertTrue(
                HostProgram.sh("cat /proc/$1/cgroup", pid).contains(cgroup() + "\n"),
                "it is in its cgroup before it starts");
        assertEquals(
                "container with given ID already exists: life",
                runtime.refused("create", "--bundle", bundle.written().toString(), "life"));

        runtime.good("start", "life");
        assertEquals("running", runtime.status("life"));
        assertEquals(pid, runtime.state("life").get("pid").asText());
        assertEquals(pid + "\t1", status(pid, "NSpid"), "the program is process 1");
        assertEquals("cannot start an already running container", runtime.refused("start", "life"));
        assertEquals("cannot delete container life that is not stopped: running", runtime.refused("delete", "life"));
        assertEquals("life\n", runtime.good("list", "-q"));

        runtime.good("kill", "life", "KILL");
        runtime.awaitStatus("life", "stopped");
        assertEquals("container not running", runtime.refused("kill", "life", "9"));
        assertEquals("cannot start a container that has stopped", runtime.refused("start", "life"));
        assertFalse(RuntimeCommand.cgroups("one").isEmpty(), "cgroups stay until it is deleted");
        runtime.good("delete", "life");
        assertEquals(List.of(), RuntimeCommand.cgroups("one"));
        assertEquals(List.of(), runtime.left());
        assertEquals("container \"life\" does not exist", runtime.refused("state", "life"));
        assertEquals("container \"life\" does not exist", runtime.refused("delete", "life"));
        runtime.good("delete", "--force", "life");
        assertEquals("invalid container ID \"..\"", runtime.refused("state", ".."));
    }

    @Test
    void runEndsAsItsProgramDoes() throws Exception {
        bundle.script("echo out; echo err >&2; exit 7");
        RuntimeCommand.Result result =
                runtime.run("run", "--bundle", bundle.written().toString(), "run");
        assertEquals(7, result.exit());
        assertEquals("out\n", result.out());
        assertEquals("err\n", result.err());
        assertEquals(List.of(), runtime.left());
        bundle.script("kill -TERM $$ || true; sleep 1000 & kill -KILL $!; wait $!; exit $?");
        assertEquals(
                128 + 9,
                runtime.run("run", "--bundle", bundle.written().toString(), "run")
                        .exit());

        bundle.script("exec sleep 1000");
        runtime.good("run", "--detach", "--bundle", bundle.written().toString(), "run");
        assertEquals("running", runtime.status("run"));
        runtime.good("delete", "--force", "run");
        assertEquals(List.of(), RuntimeCommand.cgroups("one"));
    }

    /** What engines look for in the message, to tell 127 from 126. */
    @Test
    void aProgramThatIsNotThereIsKnownWhenTheContainerIsCreated() throws Exception {
        String written = bundle.written().toString();
        bundle.process().putArray("args").add("no-such");
        bundle.written();
        assertTrue(runtime.refused("create", "--bundle", written, "none")
                .endsWith("exec: \"no-such\": executable file not found in $PATH"));
        bundle.process().putArray("args").add("/no/such");
        bundle.written();
        assertTrue(runtime.refused("create", "--bundle", written, "none")
                .endsWith("stat /no/such: no such file or directory"));
        bundle.process().putArray("args").add("/tmp/text");
        Files.writeString(bundle.rootfs().resolve("tmp/text"), "no program\n");
        bundle.written();
        assertTrue(runtime.refused("create", "--bundle", written, "none")
                .endsWith("exec: \"/tmp/text\": permission denied"));
        bundle.process().putArray("args").add("sh");
        bundle.process().put("cwd", "/bin/sh");
        bundle.written();
        assertTrue(runtime.refused("create", "--bundle", written, "none").contains("/bin/sh"));
        assertEquals(List.of(), runtime.left());
        assertEquals(List.of(), RuntimeCommand.cgroups("one"));
    }

    @Test
    void hooksRunInTheirOrderEachWithTheStateOfThatMoment() throws Exception {
        Path log = directory.resolve("hooks");
        Path inside = bundle.rootfs().resolve("tmp/hooks");
        for (String point : List.of("prestart", "createRuntime", "createContainer", "poststart", "poststop")) {
            bundle.hook(point, "{ echo " + point + "; cat; echo; } >> " + log);
        }
        bundle.hook("startContainer", "{ echo startContainer; cat; echo; } >> /tmp/hooks");
        ((ObjectNode) bundle.config.get("root")).put("readonly", false);
        bundle.script("exec sleep 1000");
        String pid = created("hooked");
        assertEquals(
                List.of("prestart creating " + pid, "createRuntime creating " + pid, "createContainer creating 1"),
                told(log));
        assertFalse(Files.exists(inside));
        runtime.good("start", "hooked");
        assertEquals(List.of("startContainer created 1"), told(inside));
        runtime.good("delete", "--force", "hooked");
        List<String> all = told(log);
        assertEquals(List.of("poststart running " + pid, "poststop stopped "), all.subList(3, all.size()));
    }

    private static List<String> told(Path log) throws Exception {
        List<String> lines = Files.readAllLines(log);
        List<String> told = new ArrayList<>();
        for (int i = 0; i < lines.size(); i += 2) {
            JsonNode state = Schema.tree(lines.get(i + 1));
            assertEquals("hooked", state.get("id").asText());
            told.add(lines.get(i) + " " + state.get("status").asText() + " "
                    + state.path("pid").asText());
        }
        return told;
    }

    @Test
    void aHookThatFailsKeepsTheContainerFromBeingCreated() throws Exception {
        Path stopped = directory.resolve("stopped");
        bundle.hook("createRuntime", "echo what is wrong; exit 3").hook("poststop", "cat > " + stopped);
        bundle.script("exec sleep 1000");
        String message = runtime.refused("create", "--bundle", bundle.written().toString(), "bad");
        assertTrue(message.contains("createRuntime hook #0: exit status 3, output: what is wrong"), message);
        assertEquals(List.of(), runtime.left());
        assertEquals(List.of(), RuntimeCommand.cgroups("one"));
        assertTrue(Files.exists(stopped));
    }

    /** As a shim of containerd or a conmon has it: the reaper of what `create` leaves learns the end of the program. */
    @Test
    void theProgramIsTheChildOfTheCallersReaper() throws Exception {
        bundle.script("exit 42");
        Path pidFile = directory.resolve("pid");
        List<String> words = new ArrayList<>(
                List.of(RuntimeCommand.nativeProgram("sandjar-reaper").toString()));
        words.addAll(runtime.words(
                "create", "--bundle", bundle.written().toString(), "--pid-file", pidFile.toString(), "orphan"));
        Process reaper = runtime.builder(words)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader said = reaper.inputReader()) {
            assertEquals("command 0", said.readLine());
            String pid = Files.readString(pidFile);
            assertEquals(Long.toString(reaper.pid()), status(pid, "PPid"));
            runtime.good("start", "orphan");
            assertEquals("child " + pid + " 42", said.readLine());
            assertEquals("stopped", runtime.status("orphan"));
            runtime.good("delete", "orphan");
        } finally {
            reaper.destroyForcibly();
        }
        assertEquals(0, reaper.waitFor());
    }

    /** Of descriptors only those that the caller hands over. */
    @Test
    void theProgramHasTheDescriptorsOfTheCallerAlone() throws Exception {
        bundle.script("ls /proc/self/fd; cat <&3");
        Path text = Files.writeString(directory.resolve("text"), "three\n");
        List<String> words = runtime.words(
                "run", "--preserve-fds", "1", "--bundle", bundle.written().toString(), "fds");
        String command = words.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        Process process = runtime.builder(List.of("sh", "-c", command + " 3<" + text + " 9</etc/passwd"))
                .start();
        process.getOutputStream().close();
        // ls has one of its own.
        assertEquals(
                "0\n1\n2\n3\n4\nthree\n", new String(process.getInputStream().readAllBytes()));
        assertEquals(0, process.waitFor());
    }

    @Test
    void privilegesAreGainedOrNotAsTheFileSays() throws Exception {
        ObjectNode seccomp = bundle.linux().putObject("seccomp");
        seccomp.put("defaultAction", "SCMP_ACT_ALLOW");
        ObjectNode rule = seccomp.putArray("syscalls").addObject();
        rule.putArray("names").add("sethostname");
        rule.put("action", "SCMP_ACT_ERRNO").put("errnoRet", 95);
        bundle.script(
                "grep -E '^(NoNewPrivs|Seccomp|CapEff)' /proc/self/status; hostname other; grep ' / / ' /proc/self/mountinfo");
        for (boolean kept : new boolean[] {true, false}) {
            bundle.process().put("noNewPrivileges", kept);
            RuntimeCommand.Result result =
                    runtime.run("run", "--bundle", bundle.written().toString(), "gain");
            assertTrue(result.out().contains("NoNewPrivs:\t" + (kept ? 1 : 0) + "\n"), result.out());
            assertTrue(result.out().contains("Seccomp:\t2\n"), result.out());
            assertTrue(result.out().contains("CapEff:\t0000000020000420\n"), result.out());
            assertTrue(result.err().contains("not supported"), "the filter is in force: " + result.err());
            assertFalse(
                    result.out().contains("nosuid"), "set-user-ID programs of the root have effect: " + result.out());
        }
    }

    @Test
    void limitsAreWhatTheFileSaysAndNothingMore() throws Exception {
        ObjectNode resources = bundle.linux().putObject("resources");
        resources.putObject("memory").put("limit", 64 << 20);
        resources.putObject("pids").put("limit", 20);
        resources.putObject("cpu").put("shares", 1024);
        resources.putArray("devices").addObject().put("allow", false).put("access", "rwm");
        ObjectNode device = bundle.linux().putArray("devices").addObject();
        device.put("path", "/dev/mine").put("type", "c").put("major", 10).put("minor", 229);
        bundle.script("exec sleep 1000");
        created("limited");
        for (String group : RuntimeCommand.cgroups("one")) {
            Path shares = Path.of(group, "cpu.shares");
            assertTrue(!Files.exists(shares) || Files.readString(shares).strip().equals("1024"), "as v1 counts them");
        }
        String leaf = RuntimeCommand.cgroups("one").stream()
                .filter(path -> Files.exists(Path.of(path, "memory.limit_in_bytes"))
                        || Files.exists(Path.of(path, "memory.max")))
                .findFirst()
                .orElseThrow();
        String limit = Files.exists(Path.of(leaf, "memory.max")) ? "memory.max" : "memory.limit_in_bytes";
        assertEquals(
                64 << 20,
                Integer.parseInt(Files.readString(Path.of(leaf, limit)).strip()));
        for (String swap : List.of("memory.memsw.limit_in_bytes", "memory.swap.max")) {
            if (Files.exists(Path.of(leaf, swap))) {
                assertNotEquals(
                        Integer.toString(64 << 20),
                        Files.readString(Path.of(leaf, swap)).strip());
                assertNotEquals("0", Files.readString(Path.of(leaf, swap)).strip());
            }
        }
        runtime.good("kill", "--all", "limited", "SIGKILL");
        runtime.awaitStatus("limited", "stopped");
        assertTrue(Files.exists(Path.of(leaf)), "engines read how it has ended");
        runtime.good("delete", "limited");
    }

    @Test
    void aFurtherProgramIsWhereTheContainersOwnIs() throws Exception {
        bundle.script("exec sleep 1000");
        String pid = created("more");
        runtime.good("start", "more");
        String script =
                "echo $$; for n in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$n; done; grep CapEff /proc/self/status;"
                        + " exit 4";
        RuntimeCommand.Result result = runtime.run("exec", "more", "sh", "-c", script);
        assertEquals(4, result.exit());
        List<String> lines = result.out().lines().toList();
        assertNotEquals("1", lines.get(0));
        for (int i = 0; i < 6; i++) {
            String kind = List.of("cgroup", "ipc", "mnt", "net", "pid", "uts").get(i);
            assertEquals(HostProgram.sh("readlink /proc/$1/ns/$2", pid, kind), lines.get(1 + i));
        }
        assertEquals("CapEff:\t0000000020000420", lines.get(7));

        Path process = directory.resolve("process.json");
        ObjectNode json = bundle.process().deepCopy();
        json.put("cwd", "/tmp").putArray("args").add("sh").add("-c").add("pwd; id -u; echo $A; exec sleep 1000");
        ((ObjectNode) json.get("user")).put("uid", 5);
        json.withArray("env").add("A=b");
        Files.writeString(process, json.toString());
        Path pidFile = directory.resolve("further.pid");
        RuntimeCommand.Result detached = runtime.run(
                "exec", "--process", process.toString(), "--detach", "--pid-file", pidFile.toString(), "more");
        assertEquals(0, detached.exit(), detached.err());
        String further = Files.readString(pidFile);
        assertTrue(status(further, "NSpid").startsWith(further + "\t"), "it is in the container's PID namespace");
        assertTrue(HostProgram.sh("cat /proc/$1/cgroup", further).contains(cgroup() + "\n"), "and in its cgroups");
        assertEquals("5\t5\t5\t5", status(further, "Uid"));
        assertTrue(runtime.refused("exec", "more", "no-such")
                .endsWith("exec: \"no-such\": executable file not found in $PATH"));
        runtime.good("kill", "more", "KILL");
        runtime.awaitStatus("more", "stopped");
        assertEquals("cannot exec a container that has stopped", runtime.refused("exec", "more", "sh"));
    }

    @Test
    void aPausedContainerDoesNothingUntilItIsResumed() throws Exception {
        Path ticks = bundle.rootfs().resolve("tmp/ticks");
        ((ObjectNode) bundle.config.get("root")).put("readonly", false);
        bundle.script("while :; do echo >> /tmp/ticks; usleep 1000; done");
        String pid = created("paused");
        assertEquals("container not paused", runtime.refused("resume", "paused"));
        runtime.good("start", "paused");
        assertTrue(Schema.tree(runtime.good("ps", "--format", "json", "paused"))
                .toString()
                .contains(pid));
        assertTrue(Await.within(PATIENCE, () -> ticks.toFile().length() > 0), "it runs");
        runtime.good("pause", "paused");
        assertEquals("paused", runtime.status("paused"));
        long size = Files.size(ticks);
        assertEquals("container not running or created: paused", runtime.refused("pause", "paused"));
        assertEquals(size, Files.size(ticks), "it stands still");
        runtime.good("resume", "paused");
        assertTrue(Await.within(PATIENCE, () -> ticks.toFile().length() > size), "it goes on");
        runtime.good("pause", "paused");
        runtime.good("kill", "paused", "KILL");
        runtime.awaitStatus("paused", "stopped");
    }

    /** As conmon and containerd's shim listen for it. */
    @Test
    @NeedsHost(Feature.PYTHON)
    void theTerminalGoesToTheConsoleSocket() throws Exception {
        Path socket = directory.resolve("s");
        Path listener = Files.writeString(
                directory.resolve("listener.py"),
                """
                import os, socket, sys
                s = socket.socket(socket.AF_UNIX)
                s.bind(sys.argv[1])
                s.listen()
                print("listens", flush=True)
                c, _ = s.accept()
                _, fds, _, _ = socket.recv_fds(c, 100, 1)
                print("has", len(fds), os.isatty(fds[0]), flush=True)
                try:
                    while True:
                        text = os.read(fds[0], 1000)
                        sys.stdout.write(text.decode())
                        sys.stdout.flush()
                except OSError:
                    print("end")
                """);
        bundle.process()
                .put("terminal", true)
                .putObject("consoleSize")
                .put("height", 33)
                .put("width", 99);
        bundle.script(
                "tty; stty size; test -c /dev/console && echo console > /dev/console; cat /proc/self/mountinfo | grep -c ' /dev/console '");
        Process python = new ProcessBuilder("/usr/bin/python3", "-I", listener.toString(), socket.toString()).start();
        try (BufferedReader said = python.inputReader()) {
            assertEquals("listens", said.readLine());
            runtime.good(
                    "create",
                    "--console-socket",
                    socket.toString(),
                    "--bundle",
                    bundle.written().toString(),
                    "term");
            assertEquals("has 1 True", said.readLine());
            runtime.good("start", "term");
            assertEquals(
                    List.of("/dev/pts/0", "33 99", "console", "1", "end"),
                    said.lines().toList());
        } finally {
            python.destroyForcibly();
        }
        runtime.awaitStatus("term", "stopped");
    }

    @Test
    void aProgramHasTheHomeThatTheContainerKnows() throws Exception {
        Files.writeString(
                bundle.rootfs().resolve("etc/passwd"), "root:x:0:0::/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n");
        bundle.script("echo $HOME");
        for (String[] each : new String[][] {{"0", "/root"}, {"1000", "/home/me"}, {"7", "/"}}) {
            ((ObjectNode) bundle.process().get("user")).put("uid", Integer.parseInt(each[0]));
            assertEquals(
                    each[1] + "\n",
                    runtime.good("run", "--bundle", bundle.written().toString(), "home"));
        }
        // As podman has it for a user that it knows no home of.
        bundle.process().withArray("env").add("HOME=");
        assertEquals("/\n", runtime.good("run", "--bundle", bundle.written().toString(), "home"));
        bundle.process()
                .withArray("env")
                .remove(bundle.process().withArray("env").size() - 1);
        bundle.process().withArray("env").add("HOME=/mine");
        assertEquals("/mine\n", runtime.good("run", "--bundle", bundle.written().toString(), "home"));
    }

    @Test
    void whatIsNotDoneIsRefused() throws Exception {
        bundle.script("true");
        String written = bundle.written().toString();
        assertTrue(runtime.refused("create", "--console-socket", "/x", "--bundle", written, "no")
                .contains("the process wants no terminal"));
        bundle.process().put("terminal", true);
        bundle.written();
        assertTrue(runtime.refused("create", "--bundle", written, "no").contains("the process wants a terminal"));
        bundle.process().put("terminal", false);
        bundle.written();
        assertTrue(runtime.refused("create", "--no-pivot", "--bundle", written, "no")
                .contains("--no-pivot"));
        assertTrue(runtime.refused("create", "--no-such", "--bundle", written, "no")
                .contains("not defined: --no-such"));
        bundle.linux().put("cgroupsPath", "system.slice:sandjar:no");
        bundle.written();
        assertTrue(runtime.refused("create", "--bundle", written, "no")
                .startsWith("config.json: /linux/cgroupsPath: names a unit of systemd"));
        assertEquals(List.of(), runtime.left());
    }

    @Test
    void specAndFeaturesAreWhatTheReaderAccepts() throws Exception {
        Path empty = Files.createDirectory(directory.resolve("empty"));
        runtime.good("spec", "--bundle", empty.toString());
        String spec = Files.readString(empty.resolve("config.json"));
        assertEquals(Set.of(), Schema.config().errors(spec));
        OciBundle.load(empty);
        JsonNode features = Schema.tree(runtime.good("features"));
        List<String> points = new ArrayList<>();
        features.get("hooks").forEach(point -> points.add(point.asText()));
        assertEquals(
                List.of(OciHook.Point.values()).stream()
                        .map(OciHook.Point::field)
                        .toList(),
                points);
        for (JsonNode option : features.get("mountOptions")) {
            String word = option.asText();
            boolean copies = word.equals("tmpcopyup");
            boolean kind = Set.of("bind", "rbind", "remount").contains(word);
            ObjectNode config = bundle.config.deepCopy();
            ObjectNode mount = config.withArray("mounts").addObject();
            mount.put("destination", "/tmp")
                    .put("type", copies ? "tmpfs" : "none")
                    .put("source", copies ? "tmpfs" : "/usr");
            mount.putArray("options").add(kind || copies ? word : "rbind").add(word);
            OciBundle.parse(empty, config.toString());
        }
    }

    /** Whenever `create` is killed, what is left is gone after `delete --force`: processes, cgroups and the directory. */
    @Test
    void whateverAKilledCreateLeavesIsRemoved() throws Exception {
        bundle.hook("createRuntime", "true").hook("createContainer", "true").script("exec sleep 1000");
        created("mortal");
        // Java's answer is the same each time.
        Path compiled = Files.copy(runtime.root.resolve("mortal/compiled"), directory.resolve("compiled"));
        runtime.good("delete", "--force", "mortal");
        runtime.compiledBy(List.of("/bin/sh", "-c", "cat \"$0\"", compiled.toString()));
        RuntimeCommand mortal = runtime.mortal();
        int killed = 0;
        int directories = 0;
        int processes = 0;
        for (int step = 1; ; step++) {
            RuntimeCommand.Result result = mortal.run(
                    Map.of("SANDJAR_FAULT", step + ":launcher"),
                    "create",
                    "--bundle",
                    bundle.written().toString(),
                    "mortal");
            if (result.exit() == 0) {
                break;
            }
            assertEquals(128 + 9, result.exit(), step + ": " + result.err());
            killed++;
            directories += runtime.left().size();
            processes += members().isEmpty() ? 0 : 1;
            if (step % 3 == 0) {
                // The next create of that id does it too, which is not killed; unless the last one had done all.
                RuntimeCommand.Result next =
                        runtime.run("create", "--bundle", bundle.written().toString(), "mortal");
                assertTrue(
                        next.exit() == 0 || runtime.status("mortal").equals("created"),
                        () -> "after the death of the one before: " + next);
            }
            runtime.good("delete", "--force", "mortal");
            assertEquals(List.of(), runtime.left(), "after the death at step " + step);
            assertEquals(List.of(), RuntimeCommand.cgroups("one"), "after the death at step " + step);
            assertTrue(Await.within(PATIENCE, () -> members().isEmpty()), "processes after the death at step " + step);
        }
        runtime.good("delete", "--force", "mortal");
        assertTrue(killed > 30, killed + " steps");
        assertTrue(directories > 20, "the deaths left " + directories + " directories");
        assertTrue(processes > 0, "no death left a process");
    }

    /** Processes in the container's cgroups. */
    private static String members() {
        return HostProgram.sh("cat /dev/null $(find /sys/fs/cgroup -path \"*$1/cgroup.procs\" 2>/dev/null)", cgroup());
    }
}
