package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy.Entry;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.linux.IoPriority;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReportTest {
    @Test
    void codeAndSignalAreKeptApart() {
        ExitReport exited = Reports.exited(137);
        assertEquals(137, exited.exitValue());
        assertEquals(Optional.empty(), exited.signal());
        ExitReport killed = Reports.ended(Verdict.SIGNALED, OptionalInt.empty(), OptionalInt.of(9));
        assertEquals(137, killed.exitValue());
        assertEquals(OptionalInt.empty(), killed.exitCode());
        assertEquals(Optional.of(Signal.KILL), killed.signal());
        ExitReport realtime = Reports.ended(Verdict.SIGNALED, OptionalInt.empty(), OptionalInt.of(40));
        assertEquals(Optional.empty(), realtime.signal());
        assertEquals(OptionalInt.of(40), realtime.signalNumber());
        ExitReport lost = Reports.ended(Verdict.LOST, OptionalInt.empty(), OptionalInt.empty());
        assertEquals(-1, lost.exitValue());
        refuses(() -> Reports.ended(Verdict.EXITED, OptionalInt.of(3), OptionalInt.of(9)), "exit code 3", "signal 9");
    }

    @Test
    void placesThatSomebodyNamedAndAreNotThereAreNamedByThemselves() {
        List<Entry> entries = List.of(
                new Entry("masked /proc/acpi", Outcome.ABSENT, "", "there is no such place inside"),
                new Entry("masked /srv/secrte", Outcome.ABSENT, "", "there is no such place inside"),
                new Entry("read-only /data/in", Outcome.ABSENT, "", "there is no such place inside"));
        String text = Reports.applied(entries).toString();
        assertTrue(text.endsWith("\nabsent, so that nothing was done: masked /srv/secrte, read-only /data/in"), text);
        assertFalse(Reports.applied(entries.subList(0, 1)).toString().contains("absent"));
    }

    @Test
    void onlyACleanExitIsASuccess() {
        assertTrue(Reports.exited(0).isSuccess());
        assertFalse(Reports.exited(1).isSuccess());
        assertFalse(Reports.ended(Verdict.DESTROYED, OptionalInt.of(0), OptionalInt.empty())
                .isSuccess());
        assertFalse(Reports.ended(Verdict.LOST, OptionalInt.empty(), OptionalInt.empty())
                .isSuccess());
    }

    @Test
    void readsWell() {
        assertEquals("EXITED with code 3", Reports.exited(3).ending());
        assertEquals(
                "SIGNALED by SEGV (11)",
                Reports.ended(Verdict.SIGNALED, OptionalInt.empty(), OptionalInt.of(11))
                        .ending());
        assertEquals(
                "SIGNALED by signal 40",
                Reports.ended(Verdict.SIGNALED, OptionalInt.empty(), OptionalInt.of(40))
                        .ending());
        assertEquals(
                "LOST",
                Reports.ended(Verdict.LOST, OptionalInt.empty(), OptionalInt.empty())
                        .ending());
        String text = Reports.exited(0).toString();
        assertTrue(text.contains("usage: cpu 3 ms (user 1, system 2), wall 9 ms, peak memory 4 MiB"), text);
        assertTrue(text.contains("setup: 1000 us in 1 steps"), text);
        assertTrue(text.endsWith("policy: 1 requests enforced"), text);
    }

    @Test
    void tablesAreAligned() {
        Explanation explanation = new Explanation(List.of(
                new Entry("PID namespace", Outcome.ENFORCED, "clone3(2)", ""),
                new Entry("x", Outcome.IMPOSSIBLE, "", "the \u001b[31mkernel\nsays no")));
        assertFalse(explanation.isPossible());
        assertEquals(
                """
                impossible here: 1 impossible, 1 enforced
                REQUEST        OUTCOME     MECHANISM  WHY
                PID namespace  enforced    clone3(2)
                x              impossible  -          the \\x1b[31mkernel\\nsays no
                """,
                explanation.toString());
        assertTrue(new Explanation(List.of(new Entry("x", Outcome.DEGRADED, "", "y"))).isPossible());
    }

    @Test
    void tablesBeginWithWhatTheyComeTo() {
        List<Entry> entries = List.of(
                new Entry("tier CONTAINER", Outcome.ENFORCED, "", ""),
                new Entry("a", Outcome.ABSENT, "", ""),
                new Entry("b", Outcome.DEGRADED, "", ""),
                new Entry("c", Outcome.UNREACHABLE, "m", ""));
        String counts = "1 degraded, 1 unreachable, 1 enforced, 1 absent";
        assertEquals("possible in the tier CONTAINER: " + counts, firstLine(new Explanation(entries)));
        assertEquals(counts, firstLine(new AppliedPolicy(entries)));
        assertEquals("possible in the tier NAMESPACES: 0 enforced", firstLine(new Explanation(List.of())));
    }

    private static String firstLine(Object table) {
        return table.toString().lines().findFirst().orElseThrow();
    }

    @Test
    void linesOfTablesFitATerminal() {
        String word = "x".repeat(130);
        String many = "many words ".repeat(30).strip();
        String text = new Explanation(List.of(
                        new Entry("short", Outcome.ENFORCED, "m(2)", "why"),
                        new Entry("r".repeat(60), Outcome.ENFORCED, "n".repeat(40), many),
                        new Entry("long", Outcome.ENFORCED, "", word + " end")))
                .toString();
        assertEquals(
                List.of("short    enforced  m(2)       why", "long     enforced  -"),
                text.lines()
                        .filter(line -> line.startsWith("short") || line.startsWith("long"))
                        .toList(),
                text);
        assertTrue(text.lines().allMatch(line -> line.length() <= 120 || line.equals("    " + word)), text);
        assertTrue(text.replaceAll("\\s+", " ").contains(" " + many + " long"), text);
        assertTrue(text.contains("    " + word + "\n    end\n"), text);
    }

    @Test
    void signalsHaveTheNumbersOfLinux() {
        for (Signal signal : Signal.values()) {
            assertEquals(Optional.of(signal), Signal.of(signal.number()));
        }
        assertEquals(15, Signal.TERM.number());
        assertEquals(31, Signal.SYS.number());
        for (int number : new int[] {-1, 0, 32, 64, 1000}) {
            assertEquals(Optional.empty(), Signal.of(number));
        }
    }

    @Test
    void numbersFollowTheKernelsOrder() {
        List<Integer> capabilities =
                Stream.of(Capability.values()).map(Capability::number).toList();
        assertEquals(IntStream.rangeClosed(0, 40).boxed().toList(), capabilities);
        assertEquals(21, Capability.SYS_ADMIN.number());
        assertEquals(40, Capability.CHECKPOINT_RESTORE.number());
        List<Integer> limits = Stream.of(Rlimit.values()).map(Rlimit::number).toList();
        assertEquals(IntStream.rangeClosed(0, 15).boxed().toList(), limits);
        assertEquals(7, Rlimit.NOFILE.number());
        assertEquals("best effort 4", IoPriority.bestEffort(4).toString());
        assertEquals(Duration.ofMillis(3), Reports.exited(0).usage().cpuTime());
    }
}
