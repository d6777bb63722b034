package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whenever a command is killed, {@code delete --force} removes everything: processes, cgroups and the directory. */
@KernelTest
@Tag("heavy")
@NeedsHost({Feature.ROOT, Feature.BUSYBOX})
class OciDeathIT extends RuntimeFixture {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int KILLED = 128 + 9;

    OciDeathIT() {
        super("mortal");
    }

    @BeforeEach
    void begin() throws Exception {
        bundle.hook("startContainer", "true").hook("poststart", "true").hook("poststop", "true");
        bundle.script("exec sleep 1000");
        answersOnce("create");
        create();
        runtime.good("delete", "--force", "mortal");
    }

    /** From now on Java's first answer is every answer. */
    private void answersOnce(String name) throws Exception {
        RuntimeCommand.in(directory);
        List<String> java = Files.readAllLines(directory.resolve("java.args"));
        List<String> words = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                "test -e \"$0\" || { \"$@\" > \"$0\".new && mv \"$0\".new \"$0\"; }; cat \"$0\"",
                directory.resolve(name + ".answer").toString()));
        words.addAll(java);
        runtime.compiledBy(words);
    }

    private void create() throws Exception {
        runtime.good("create", "--bundle", bundle.written().toString(), "mortal");
    }

    private static String members() {
        return HostProgram.sh(
                "cat /dev/null $(find /sys/fs/cgroup -path \"*$1/*cgroup.procs\" 2>/dev/null)", parent() + "/mortal");
    }

    private void removed(String when) throws Exception {
        runtime.good("delete", "--force", "mortal");
        assertEquals(List.of(), runtime.left(), when);
        assertEquals(List.of(), RuntimeCommand.cgroups("mortal"), when);
        assertTrue(Await.within(PATIENCE, () -> members().isEmpty()), "processes " + when);
    }

    /** Processes of commands of this test's. */
    private String commands() {
        return HostProgram.sh(
                "grep -l -s -a -e \"$1\" /proc/[0-9]*/cmdline | while read -r f; do tr '\\0' ' ' <$f; echo; done"
                        + " | grep '^[^ ]*sandjar-oci' || true",
                runtime.root.toString());
    }

    private RuntimeCommand.Result dying(int step, String... command) throws Exception {
        return runtime.mortal().run(Map.of("SANDJAR_FAULT", step + ":launcher"), command);
    }

    @Test
    void start() throws Exception {
        Set<String> statuses = new TreeSet<>();
        int killed = 0;
        for (int step = 1; ; step++) {
            create();
            RuntimeCommand.Result result = dying(step, "start", "mortal");
            if (result.exit() == 0) {
                removed("at the end");
                break;
            }
            assertEquals(KILLED, result.exit(), step + ": " + result.err());
            killed++;
            statuses.add(runtime.status("mortal"));
            removed("after the death at step " + step);
        }
        assertTrue(killed >= 4, killed + " steps");
        assertTrue(statuses.contains("created") && statuses.contains("running"), statuses.toString());
    }

    @Test
    void delete() throws Exception {
        Set<String> left = new TreeSet<>();
        int killed = 0;
        for (int step = 1; ; step++) {
            create();
            runtime.good("start", "mortal");
            RuntimeCommand.Result result = dying(step, "delete", "--force", "mortal");
            if (result.exit() == 0) {
                assertEquals(List.of(), runtime.left());
                break;
            }
            assertEquals(KILLED, result.exit(), step + ": " + result.err());
            killed++;
            left.addAll(runtime.left());
            if (step % 3 == 0) {
                // Where its state is gone already the next create of that id does it too.
                if (runtime.run("create", "--bundle", bundle.written().toString(), "mortal")
                                .exit()
                        != 0) {
                    assertTrue(Set.of("stopped", "running").contains(runtime.status("mortal")));
                }
            }
            removed("after the death at step " + step);
        }
        assertTrue(killed >= 8, killed + " steps");
        assertEquals(Set.of("mortal"), left);
    }

    @Test
    void exec() throws Exception {
        create();
        runtime.good("start", "mortal");
        answersOnce("exec");
        String[] words = {
            "exec", "--detach", "--pid-file", directory.resolve("pid").toString(), "mortal", "sleep", "999"
        };
        runtime.good(words);
        int killed = 0;
        int more = 0;
        for (int step = 1; ; step++) {
            RuntimeCommand.Result result = dying(step, words);
            if (result.exit() == 0) {
                break;
            }
            assertEquals(KILLED, result.exit(), step + ": " + result.err());
            killed++;
            more = Math.max(more, (int) members().lines().distinct().count());
            assertEquals("running", runtime.status("mortal"), "the container goes on, step " + step);
            if (step % 4 == 0) {
                answersOnce("create");
                removed("after the death at step " + step);
                create();
                runtime.good("start", "mortal");
                answersOnce("exec");
            }
        }
        removed("at the end");
        // That which enters is in no cgroup of the container's before.
        assertTrue(Await.within(PATIENCE, () -> commands().isEmpty()), "a command stays: " + commands());
        assertTrue(killed >= 6, killed + " steps");
        assertTrue(more > 2, "no death left a process");
    }
}
