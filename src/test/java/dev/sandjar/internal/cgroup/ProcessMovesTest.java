package dev.sandjar.internal.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** On real processes, with a writer that only takes down what it is given. */
class ProcessMovesTest {
    private static final Path NOWHERE = Path.of("/nowhere");

    private final List<Long> written = new ArrayList<>();

    private static Process sleep() throws IOException {
        return new ProcessBuilder("sleep", "600").start();
    }

    private static void end(Process process) {
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private ProcessMoves moves(Supplier<Set<Long>> listed) {
        return new ProcessMoves("move", NOWHERE, "", listed, (file, pid) -> written.add(pid));
    }

    @Test
    void oneThatIsListedIsMoved() throws Exception {
        Process process = sleep();
        try {
            moves(() -> Set.of(process.pid())).move(List.of(process.pid()));
            assertEquals(List.of(process.pid()), written);
        } finally {
            end(process);
        }
    }

    @Test
    void theNumberOfOneThatWentSinceTheListWasReadIsNotWritten() throws Exception {
        Process process = sleep();
        // The list is read with the process held, and is old at once.
        moves(() -> {
                    end(process);
                    return Set.of(process.pid());
                })
                .move(List.of(process.pid()));
        assertEquals(List.of(), written);
    }

    @Test
    void whoHasTheNumberAndIsNotListedIsNotMoved() throws Exception {
        Process stranger = sleep();
        try {
            moves(Set::of).move(List.of(stranger.pid()));
            assertEquals(List.of(), written);
        } finally {
            end(stranger);
        }
    }

    @Test
    void theKernelsRefusalNamesTheProcess() throws Exception {
        Process process = sleep();
        try {
            ProcessMoves refused = new ProcessMoves(
                    "stop", NOWHERE, "", () -> Set.of(process.pid()), (file, pid) -> GroupFiles.write(file, "" + pid));
            SandboxException e = assertThrows(SandboxException.class, () -> refused.move(List.of(process.pid())));
            assertEquals(Errno.ENOENT.number(), e.errno());
            assertTrue(e.getMessage().contains("process " + process.pid() + " can't be moved"), e::getMessage);
        } finally {
            end(process);
        }
    }

    @Test
    void moreThanAreHeldAtOnce() throws Exception {
        List<Process> many = new ArrayList<>();
        try {
            for (int i = 0; i < 70; i++) {
                many.add(sleep());
            }
            List<Long> pids = many.stream().map(Process::pid).toList();
            moves(() -> Set.copyOf(pids)).move(pids);
            assertEquals(pids, written);
        } finally {
            many.forEach(ProcessMovesTest::end);
        }
    }
}
