package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a container, or who else is on the machine, tries against the runtime command. */
@KernelTest
@Tag("heavy")
@NeedsHost({Feature.ROOT, Feature.BUSYBOX})
class OciRuntimeAttacksIT extends RuntimeFixture {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** A program is looked for in many places, so that there is time to stop it. */
    private static final String LONG_WAY =
            IntStream.range(0, 500).mapToObj(i -> "/tmp/" + i).collect(Collectors.joining(":", "PATH=", ":/bin"));

    OciRuntimeAttacksIT() {
        super("one");
    }

    @BeforeEach
    void begin() throws Exception {
        ((ObjectNode) bundle.config.get("root")).put("readonly", false);
    }

    private void running(String id) throws Exception {
        runtime.good("create", "--bundle", bundle.written().toString(), id);
        runtime.good("start", id);
    }

    private String inside(String file) throws Exception {
        Path path = bundle.rootfs().resolve(file);
        return Files.exists(path) ? Files.readString(path) : "";
    }

    private void capabilities(String... names) {
        ObjectNode sets = bundle.process().putObject("capabilities");
        for (String set : new String[] {"bounding", "effective", "permitted"}) {
            ArrayNode list = sets.putArray(set);
            for (String name : names) {
                list.add(name);
            }
        }
    }

    /** CVE-2019-5736: what it executes leads back to the runtime itself, which waits at a FIFO while its file is opened. */
    @Test
    void aContainerCantOverwriteTheRuntimeThatEntersIt() throws Exception {
        RuntimeCommand own = runtime.copied();
        Path program = Path.of(own.words().get(0));
        byte[] before = Files.readAllBytes(program);
        capabilities("CAP_DAC_OVERRIDE", "CAP_SETUID", "CAP_SETGID");
        bundle.script(
                """
                mkfifo /tmp/fifo
                printf '#!/proc/self/exe --log=/tmp/fifo\\n' > /tmp/target; chmod 755 /tmp/target
                echo ready > /tmp/said
                while :; do for p in /proc/[0-9]*; do case "$(readlink $p/exe)" in *sandjar-oci*)
                  exec 9< $p/exe || continue
                  echo opened >> /tmp/said
                  cat /tmp/fifo > /tmp/log
                  n=0; while test $((n += 1)) -lt 200; do
                    (echo overwritten > /proc/self/fd/9) 2> /tmp/why && echo wrote >> /tmp/said && break
                    usleep 10000
                  done
                  echo end >> /tmp/said
                  exit;;
                esac; done; usleep 1000; done
                """);
        running("evil");
        assertTrue(Await.within(PATIENCE, () -> said().contains("ready")));
        RuntimeCommand.Result control = own.run("exec", "evil", "/bin/echo", "by itself");
        assertEquals("by itself\n", control.out(), "it finds its jar by its own path: " + control.err());
        own.run("exec", "evil", "/tmp/target");
        assertTrue(Await.within(PATIENCE, () -> said().contains("end")), this::said);
        assertArrayEquals(before, Files.readAllBytes(program), said());
        assertEquals("ready\nopened\nend\n", said(), "the file was opened, and nothing written");
    }

    /** Its cgroup is another's, or others are below it: both stay, whatever becomes of the new one. */
    @Test
    void aContainerThatIsRefusedEndsNoOther() throws Exception {
        bundle.script("exec sleep 1000");
        running("first");
        for (String path : new String[] {parent() + "/one", parent()}) {
            bundle.linux().put("cgroupsPath", path);
            String message =
                    runtime.refused("create", "--bundle", bundle.written().toString(), "second");
            assertTrue(message.startsWith("container's cgroup is not empty: "), message);
            assertEquals("running", runtime.status("first"), path);
            assertEquals(List.of("first"), runtime.left());
        }
        // As a create that was killed before it had taken any leaves it.
        Path left = Files.createDirectory(runtime.root.resolve("second"));
        Files.copy(runtime.root.resolve("first/compiled"), left.resolve("compiled"));
        runtime.good("delete", "--force", "second");
        assertEquals("running", runtime.status("first"));
        runtime.good("delete", "--force", "first");
        assertEquals(List.of(), RuntimeCommand.cgroups("one"));
    }

    /**
     * With CAP_SYS_PTRACE, and no user namespace: it stops each process as soon as it has a number, until one, {@code $n}, has not executed
     * its program yet.
     */
    private void stopsWhoEnters(String then) throws Exception {
        capabilities("CAP_SYS_PTRACE", "CAP_KILL", "CAP_DAC_OVERRIDE");
        bundle.script(
                """
                echo ready > /tmp/said
                while :; do
                  read a b c d last < /proc/loadavg
                  n=$((last + 1)) i=0
                  until kill -STOP $n; do test $((i += 1)) -lt 500 || continue 2; done 2> /dev/null
                  case "$(readlink /proc/$n/exe)" in *sandjar-oci*)
                THEN
                    kill -CONT $n
                    exec sleep 1000;;
                  esac
                  kill -CONT $n
                done
                """
                        .replace("THEN", then));
    }

    /** Whatever it has, the container could take. */
    @Test
    void aProgramThatEntersHasNothingThatTheContainerHasNot() throws Exception {
        stopsWhoEnters(
                """
                ls -l /proc/$n/fd | sed -n 's/.* -> //p' > /tmp/open
                tr '\\0' '\\n' < /proc/$n/environ > /tmp/environment
                grep Cap /proc/$n/status > /tmp/has
                grep Cap /proc/self/status > /tmp/may
                stat -L -c %d:%i /proc/$n/root /proc/$n/cwd > /tmp/places
                stat -c %d:%i / > /tmp/root
                echo caught >> /tmp/said
                """);
        running("tracer");
        assertTrue(Await.within(PATIENCE, () -> said().contains("ready")));
        for (int i = 0; i < 40 && !said().contains("caught"); i++) {
            runtime.run(Map.of("SECRET", "of the engine"), "exec", "--env", LONG_WAY, "tracer", "true");
        }
        assertTrue(said().contains("caught"), "one was stopped in time");
        List<String> open = inside("tmp/open").lines().toList();
        assertEquals("/dev/null", open.get(0), "its descriptors were read");
        assertEquals(4, open.size(), "three of the program's, and one that says how its start ends: " + open);
        assertTrue(open.get(3).startsWith("socket:"), open::toString);
        assertEquals(inside("tmp/may"), inside("tmp/has"));
        assertTrue(inside("tmp/root").matches("[0-9]+:[0-9]+\n"), "both are read");
        assertEquals(inside("tmp/root").repeat(2), inside("tmp/places"));
        assertEquals("", inside("tmp/environment").strip());
    }

    /** Through the socket of the process that enters, it names a process of the host: engines wait for and kill what is in the file. */
    @Test
    void aProgramThatEntersNamesNoOtherProcess() throws Exception {
        Files.copy(
                RuntimeCommand.nativeProgram("sandjar-forger"), bundle.rootfs().resolve("forger"));
        long victim = ProcessHandle.current().pid();
        stopsWhoEnters(
                """
                /forger $n VICTIM >> /tmp/said 2>&1 && echo forged >> /tmp/said
                """
                        .replace("VICTIM", Long.toString(victim)));
        running("forger");
        assertTrue(Await.within(PATIENCE, () -> said().contains("ready")));
        Path file = directory.resolve("number");
        for (int i = 0; i < 40 && !said().contains("told"); i++) {
            Files.deleteIfExists(file);
            runtime.run("exec", "--pid-file", file.toString(), "--env", LONG_WAY, "forger", "true");
        }
        assertTrue(said().contains("forged"), () -> "the message was sent: " + said());
        assertTrue(Long.parseLong(Files.readString(file).strip()) != victim, "the number is not the victim's");
    }

    /** Of who may write there all that commands do would depend. */
    @Test
    void directoriesThatOthersMayWriteToAreRefused() throws Exception {
        bundle.script("exec sleep 1000");
        String written = bundle.written().toString();
        assertEquals("invalid container ID \".hidden\"", runtime.refused("create", "--bundle", written, ".hidden"));
        runtime.good("create", "--bundle", written, "one");
        String root = runtime.root.toString();
        String one = root + "/one";
        for (String change : new String[] {"chmod 777", "chmod g+w", "chown 12345"}) {
            for (String path : new String[] {root, one}) {
                HostProgram.sh(change + " \"$1\"", path);
                for (String[] command :
                        new String[][] {{"state", "one"}, {"kill", "one"}, {"delete", "--force", "one"}}) {
                    String message = runtime.refused(command);
                    assertTrue(message.contains(path.equals(root) ? root : "container one"), message);
                }
                HostProgram.sh("chown 0 \"$1\"; chmod 711 \"$1\"", path);
            }
        }
        // Another user's directory of that name is not garbage of ours.
        HostProgram.sh("chmod 1777 \"$1\"; mkdir \"$1/two\"; chown 12345 \"$1/two\"", root);
        assertEquals(
                "container with given ID already exists: two", runtime.refused("create", "--bundle", written, "two"));
        assertEquals("created", runtime.status("one"), "a sticky one is good");
        HostProgram.sh("rmdir \"$1/two\"", root);
    }

    private String said() {
        try {
            return inside("tmp/said");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
