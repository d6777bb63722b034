package dev.sandjar.junit;

import dev.sandjar.DataSize;
import dev.sandjar.ExitReport;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.opentest4j.AssertionFailedError;

/**
 * Assertions about how a sandbox ended and what it used. Every method returns this object if the assertion holds, and otherwise throws an
 * {@link AssertionError} that describes the run. Thread-safe.
 *
 * @param <T> the type of the assertions, which every method returns
 */
public abstract class AbstractReportAssert<T extends AbstractReportAssert<T>> {
    private final ExitReport report;

    AbstractReportAssert(ExitReport report) {
        this.report = report;
    }

    abstract T self();

    abstract String description();

    final AssertionFailedError failure(String what, Object expected, Object actual) {
        return new AssertionFailedError(
                what + ": expected " + expected + ", was " + actual + "\n" + description(), expected, actual);
    }

    final T check(boolean holds, String what, Object expected, Object actual) {
        if (!holds) {
            throw failure(what, expected, actual);
        }
        return self();
    }

    /**
     * Asserts that the program ended by itself with exit code 0.
     *
     * @return this
     */
    public T succeeded() {
        return exited(0);
    }

    /**
     * Asserts that the program ended by itself with an exit code.
     *
     * @param code the expected exit code, 0 to 255
     * @return this
     */
    public T exited(int code) {
        hasVerdict(Verdict.EXITED);
        return check(report.exitCode().equals(OptionalInt.of(code)), "exit code", code, report.exitValue());
    }

    /**
     * Asserts that the program ended by itself with another exit code than 0.
     *
     * @return this
     */
    public T failed() {
        hasVerdict(Verdict.EXITED);
        return check(report.exitValue() != 0, "exit code", "not 0", 0);
    }

    /**
     * Asserts how the program ended.
     *
     * @param verdict the expected verdict
     * @return this
     */
    public T hasVerdict(Verdict verdict) {
        return check(report.verdict() == verdict, "verdict", verdict, report.verdict());
    }

    /**
     * Asserts that a signal ended the program, whoever sent it ({@code signal(7)}).
     *
     * @param signal the expected signal
     * @return this
     */
    public T endedBy(Signal signal) {
        return check(
                report.signal().equals(Optional.of(signal)),
                "signal",
                signal,
                report.signal().map(Object::toString).orElse("none"));
    }

    /**
     * Asserts that the sandbox never used more memory, as {@link dev.sandjar.ResourceUsage#peakMemory()} has it. The assertion also
     * holds where the peak is not known, since that counts as 0 bytes.
     *
     * @param most the largest peak that is right
     * @return this
     */
    public T peakMemoryAtMost(DataSize most) {
        DataSize peak = report.usage().peakMemory();
        return check(peak.toBytes() <= most.toBytes(), "peak memory", "at most " + most, peak);
    }

    /**
     * Asserts that the sandbox used no more CPU time, all its processes together ({@link dev.sandjar.ResourceUsage#cpuTime()}).
     *
     * @param most the largest sum of user and system time that is right
     * @return this
     */
    public T cpuTimeAtMost(Duration most) {
        Duration used = report.usage().cpuTime();
        return check(used.compareTo(most) <= 0, "CPU time", "at most " + most, used);
    }

    /**
     * Asserts that the program took no longer from its start to its end.
     *
     * @param most the longest time by the monotonic clock that is right
     * @return this
     */
    public T wallTimeAtMost(Duration most) {
        Duration used = report.usage().wallTime();
        return check(used.compareTo(most) <= 0, "time on the clock", "at most " + most, used);
    }

    /**
     * Asserts that the sandbox never had more processes and threads at once. The assertion fails where they are not counted: that
     * takes a cgroup with {@code pids.peak} (Linux 6.1), see {@link dev.sandjar.ResourceUsage#peakProcesses()}.
     *
     * @param most the largest number of processes and threads that is right
     * @return this
     */
    public T peakProcessesAtMost(long most) {
        OptionalLong peak = report.usage().peakProcesses();
        return check(
                peak.isPresent() && peak.getAsLong() <= most,
                "processes",
                "at most " + most,
                peak.isPresent() ? peak.getAsLong() : "not counted");
    }
}
