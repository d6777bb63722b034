package dev.sandjar.internal.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process ends, and another one gets its number, between the last look and the write: the moment that the kernel leaves open. */
@KernelTest
@Tag("root")
@NeedsHost(Feature.ROOT)
class ReusedNumbersIT {
    /** Whoever may set the last number that was given away decides on the next (proc(5)), if nobody else is faster. */
    private static final String AGAIN =
            """
            last=/proc/sys/kernel/ns_last_pid
            read -r before <$last
            i=0
            while [ $i -lt 1000 ]; do
                i=$((i + 1))
                echo $(($1 - 1)) >$last
                sleep 600 &
                # What others start goes on with numbers that nobody has had for long.
                echo $before >$last
                if [ $! = $1 ]; then echo got; wait; exit; fi
                kill $!
                wait $!
            done
            exit 3
            """;

    private @Nullable Process again;

    /** Another program of this machine has it, and keeps it for longer than the tries take. */
    private static final class TakenException extends RuntimeException {
        TakenException(long pid) {
            super(pid + " is another program's");
        }
    }

    /** Where a test may make groups: of the v1 freezer, and of v2 beside it or alone. */
    private static Path hierarchy(String controller) {
        for (Path mount : controller.isEmpty()
                ? List.of(Path.of("/sys/fs/cgroup/unified"), Path.of("/sys/fs/cgroup"))
                : List.of(Path.of("/sys/fs/cgroup", controller))) {
            boolean v2 = Files.exists(mount.resolve("cgroup.controllers"));
            if (Files.exists(mount.resolve("cgroup.procs")) && v2 == controller.isEmpty()) {
                return mount;
            }
        }
        assumeTrue(false, "SKIPPED: no such hierarchy is mounted: " + (controller.isEmpty() ? "v2" : controller));
        throw new AssertionError();
    }

    private static String group(long pid, String controller) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/cgroup")).stream()
                .filter(line -> line.contains(":" + controller + ":"))
                .findFirst()
                .orElseThrow();
    }

    private void replace(Process process) throws IOException {
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        Process started = new ProcessBuilder("sh", "-c", AGAIN, "sh", Long.toString(process.pid())).start();
        again = started;
        String said = started.inputReader().readLine();
        if (said == null) {
            throw new TakenException(process.pid());
        }
        assertEquals("got", said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"freezer", ""})
    void whoeverGotTheNumberIsPutBack(String controller) throws Exception {
        for (int left = 10; ; left--) {
            try {
                putsBack(controller);
                return;
            } catch (TakenException e) {
                if (left == 0) {
                    throw e;
                }
                again = null;
            }
        }
    }

    private void putsBack(String controller) throws Exception {
        Path to = Files.createTempDirectory(hierarchy(controller), "sandjar-test-");
        Process process = new ProcessBuilder("sleep", "600").start();
        long pid = process.pid();
        String before = group(pid, controller);
        try {
            String[] during = new String[1];
            ProcessMoves moves =
                    new ProcessMoves("move", to, controller, () -> listed(process, pid), (file, number) -> {
                        if (again == null) {
                            replace(process);
                        }
                        GroupFiles.write(file, Long.toString(number));
                        during[0] = during[0] == null ? group(number, controller) : during[0];
                    });
            moves.move(List.of(pid));
            assertNotEquals(before, during[0]);
            assertTrue(ProcessHandle.of(pid).orElseThrow().isAlive());
            assertEquals(before, group(pid, controller));
            assertEquals(Set.of(), ProcessLists.in(to));
        } finally {
            end(process);
            Files.delete(to);
        }
    }

    /** The list no longer has it when it has been waited for. */
    private static Set<Long> listed(Process process, long pid) {
        return process.isAlive() ? Set.of(pid) : Set.of();
    }

    @Test
    void oneThatKeepsItsNumberStays() throws Exception {
        Path to = Files.createTempDirectory(hierarchy("freezer"), "sandjar-test-");
        Process process = new ProcessBuilder("sleep", "600").start();
        try {
            new ProcessMoves("move", to, "freezer", () -> Set.of(process.pid())).move(List.of(process.pid()));
            assertEquals(Set.of(process.pid()), ProcessLists.in(to));
        } finally {
            end(process);
            Files.delete(to);
        }
    }

    private void end(Process process) throws InterruptedException {
        process.destroyForcibly().waitFor();
        if (again != null) {
            again.descendants().forEach(ProcessHandle::destroyForcibly);
            again.destroyForcibly().waitFor();
        }
    }
}
