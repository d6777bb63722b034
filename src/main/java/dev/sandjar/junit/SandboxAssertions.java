package dev.sandjar.junit;

import dev.sandjar.ExitReport;
import dev.sandjar.RunResult;
import dev.sandjar.changes.ChangeSet;

/**
 * Begins assertions about runs of sandboxes. The message of one that fails describes the run: verdict, usage, the end of the output,
 * and the changes. No other library than JUnit is needed. Thread-safe.
 *
 * <pre>{@code
 * assertThat(result).exited(1).stderrContains("No such file").peakMemoryAtMost(DataSize.mebibytes(20));
 * assertThat(result).succeeded().changes().createsOnly("/work/out").text("/work/out", "hello\n");
 * }</pre>
 */
public final class SandboxAssertions {
    private SandboxAssertions() {}

    /**
     * Begins assertions about the result of a run.
     *
     * @param result the result of {@link dev.sandjar.Sandbox#run(dev.sandjar.Command)}
     * @return assertions about it
     */
    public static RunResultAssert assertThat(RunResult result) {
        return new RunResultAssert(result);
    }

    /**
     * Begins assertions about the report of a process.
     *
     * @param report the report of {@link dev.sandjar.SandboxProcess#waitForReport()}
     * @return assertions about it
     */
    public static ReportAssert assertThat(ExitReport report) {
        return new ReportAssert(report);
    }

    /**
     * Begins assertions about changes.
     *
     * @param changes the changes of {@link dev.sandjar.SandboxProcess#changes()} or {@link RunResult#changes()}
     * @return assertions about them
     */
    public static ChangeSetAssert assertThat(ChangeSet changes) {
        return new ChangeSetAssert(changes, changes::manifest);
    }
}
