package dev.sandjar.internal.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.ProcessTree;
import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ProcessTreesTest {
    @Test
    void showsAProcessAndWhatIsBelow() throws Exception {
        String script = "exec 3<&0; sh -c 'echo $$; read x <&3' '' 'a b' & read y; wait";
        Process process = new ProcessBuilder("sh", "-c", script).start();
        try (BufferedReader out = process.inputReader()) {
            long child = Long.parseLong(out.readLine());
            ProcessTree tree = ProcessTrees.of(process.pid(), 77, "sh");
            assertEquals(process.pid(), tree.pid());
            assertEquals(process.pid(), tree.sandboxPid(), "what /proc says is newer than what was told");
            assertEquals("sh", tree.name());
            assertEquals(List.of("sh", "-c", script), tree.commandLine());
            ProcessTree below = tree.children().get(0);
            assertEquals(child, below.pid());
            assertEquals(List.of("sh", "-c", "echo $$; read x <&3", "", "a b"), below.commandLine());
            assertEquals(2, tree.stream().count());
        } finally {
            process.getOutputStream().close();
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void orphansHangBelowTheMainProcess() throws Exception {
        Process main = new ProcessBuilder("sleep", "1000").start();
        Process orphan = new ProcessBuilder("sleep", "1001").start();
        try {
            long supervisor = ProcessHandle.current().pid();
            ProcessTree tree = ProcessTrees.ofSandbox(main.pid(), 2, supervisor, "sleep");
            assertEquals(main.pid(), tree.pid());
            assertTrue(tree.children().stream().anyMatch(p -> p.pid() == orphan.pid()), tree.toString());
            assertTrue(tree.stream().noneMatch(p -> p.pid() == supervisor), tree.toString());
        } finally {
            main.destroyForcibly().waitFor();
            orphan.destroyForcibly().waitFor();
        }
    }

    /** Nobody but the process itself says how much it is. */
    @Test
    void takesNoMoreThanTheBeginningOfALongCommandLine() throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "read x"));
        command.addAll(Collections.nCopies(15, "a".repeat(120_000)));
        Process process = new ProcessBuilder(command).start();
        try {
            List<String> line = ProcessTrees.of(process.pid(), 77, "sh").commandLine();
            assertEquals(command.subList(0, 4), line.subList(0, 4));
            int length = line.stream().mapToInt(word -> word.length() + 1).sum();
            assertTrue(length > 120_000 && length <= (128 << 10) + 1, () -> "took " + length + " bytes");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void takesNoMoreThanSoMuchOfAllCommandLinesTogether() throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "read x"));
        command.addAll(Collections.nCopies(10, "a".repeat(100_000)));
        List<Process> many = new ArrayList<>();
        Process main = new ProcessBuilder("sleep", "1000").start();
        try {
            for (int i = 0; i < 40; i++) {
                many.add(new ProcessBuilder(command).start());
            }
            ProcessTree tree = ProcessTrees.ofSandbox(
                    main.pid(), 2, ProcessHandle.current().pid(), "sleep");
            assertTrue(tree.stream().count() > 40, tree.toString());
            long length = tree.stream()
                    .flatMap(process -> process.commandLine().stream())
                    .mapToLong(word -> word.length() + 1)
                    .sum();
            assertTrue(length > 3 << 20 && length <= (4 << 20) + 100, () -> "took " + length + " bytes");
        } finally {
            for (Process process : many) {
                process.destroyForcibly().waitFor();
            }
            main.destroyForcibly().waitFor();
        }
    }

    @Test
    void ofAProcessThatIsGoneItsNameIsLeft() throws Exception {
        long gone = 4_194_305; // above the largest pid_max
        ProcessTree tree = ProcessTrees.of(gone, 2, "/usr/bin/a-rather-long-name");
        assertEquals(new ProcessTree(gone, 2, "a-rather-long-n", List.of(), List.of()), tree);
        assertEquals(tree, ProcessTrees.ended(gone, 2, "a-rather-long-name"));
    }
}
