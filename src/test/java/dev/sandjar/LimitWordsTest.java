package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy.Entry;
import dev.sandjar.AppliedPolicy.Outcome;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class LimitWordsTest {
    private static final List<Entry> ENTRIES = List.of(
            new Entry("process limit", Outcome.ENFORCED, "cgroup v2 pids.max", "pids.max = 7"),
            new Entry("memory limit", Outcome.ENFORCED, "cgroup v2 memory.max", "memory.max = 536870912"),
            new Entry("CPU time limit 60 s", Outcome.ENFORCED, "cgroup, read by the launcher", ""),
            new Entry("timeout 60 s", Outcome.ENFORCED, "timer of the launcher", "SIGTERM first"),
            new Entry("output limit 64 MiB", Outcome.ENFORCED, "counted while it is read", ""));

    private static ExitReport report(Verdict verdict, List<Entry> entries) {
        return Reports.ended(verdict, OptionalInt.empty(), OptionalInt.of(9), entries);
    }

    private static String bound(Verdict verdict) {
        return LimitWords.bound(report(verdict, ENTRIES));
    }

    @Test
    void boundsHaveTheirValueAndTheirCall() {
        assertEquals(" (timeout 60 s, by timeout(...))", bound(Verdict.TIMED_OUT));
        assertEquals(" (CPU time limit 60 s, by bounds(b -> b.cpuTime(...)))", bound(Verdict.CPU_TIME_EXCEEDED));
        assertEquals(" (output limit 64 MiB, by outputLimit(...))", bound(Verdict.OUTPUT_LIMIT_EXCEEDED));
        assertEquals(" (memory limit 512 MiB, by memoryLimit(...))", bound(Verdict.OOM_KILLED));
        assertEquals(
                " (memory limit 16 MiB, of this command)",
                LimitWords.bound(report(
                        Verdict.OOM_KILLED,
                        List.of(new Entry(
                                "memory limit",
                                Outcome.ENFORCED,
                                "cgroup",
                                "memory.max = 16777216, of this command")))));
        assertEquals("", bound(Verdict.EXITED));
        assertEquals("", LimitWords.bound(report(Verdict.TIMED_OUT, List.of())));
    }

    @Test
    void reportsShowThem() {
        String text = report(Verdict.TIMED_OUT, ENTRIES).toString();
        assertTrue(text.startsWith("TIMED_OUT by KILL (9) (timeout 60 s, by timeout(...))\n"), text);
    }

    @Test
    void whatStandsInForALimitIsNamedWhereTheProgramSaysSo() {
        ExitReport report = report(
                Verdict.EXITED,
                List.of(
                        new Entry("memory limit", Outcome.DEGRADED, "RLIMIT_DATA, for each process alone", "none"),
                        new Entry("process limit", Outcome.DEGRADED, "RLIMIT_NPROC", "none"),
                        new Entry("swap limit", Outcome.DEGRADED, "", "none")));
        assertEquals("", LimitWords.refusals(report, "usage: x"));
        assertEquals(
                "; what it says may be due to the memory limit of memoryLimit(...), for which this stands here:"
                        + " RLIMIT_DATA, for each process alone",
                LimitWords.refusals(report, "Traceback:\nMemoryError\n"));
        String forks = LimitWords.refusals(report, "sh: fork: Resource temporarily unavailable");
        assertTrue(forks.contains("the process limit of pidsLimit(...)"), forks);
        assertEquals("", LimitWords.refusals(report(Verdict.EXITED, ENTRIES), "MemoryError"));
    }
}
