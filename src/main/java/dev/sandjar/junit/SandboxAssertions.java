package dev.sandjar.junit;

import dev.sandjar.ExitReport;
import dev.sandjar.RunResult;
import dev.sandjar.changes.ChangeSet;

/**
 * Says what a run should have come to; what it came to instead is in the message. Needs nothing but JUnit.
 *
 * <pre>{@code
 * assertThat(result).exited(1).stderrContains("No such file").peakMemoryAtMost(DataSize.mebibytes(20));
 * assertThat(result).succeeded().changes().createsOnly("/work/out").text("/work/out", "hello\n");
 * }</pre>
 */
public final class SandboxAssertions {
    private SandboxAssertions() {}

    /**
     * Begins with a result.
     *
     * @param result of {@link dev.sandjar.Sandbox#run}
     * @return what can be said of it
     */
    public static RunResultAssert assertThat(RunResult result) {
        return new RunResultAssert(result);
    }

    /**
     * Begins with a report.
     *
     * @param report of {@link dev.sandjar.SandboxProcess#waitForReport}
     * @return what can be said of it
     */
    public static ReportAssert assertThat(ExitReport report) {
        return new ReportAssert(report);
    }

    /**
     * Begins with changes.
     *
     * @param changes of {@link dev.sandjar.SandboxProcess#changes} or {@link RunResult#changes}
     * @return what can be said of them
     */
    public static ChangeSetAssert assertThat(ChangeSet changes) {
        return new ChangeSetAssert(changes, changes::manifest);
    }
}
