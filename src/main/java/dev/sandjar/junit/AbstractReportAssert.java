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
 * What can be said of how a sandbox ended and what it used. Every method returns this, and throws an {@link AssertionError} that
 * describes the run if it isn't so.
 *
 * @param <T> the type itself
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
     * It ended by itself with exit code 0.
     *
     * @return this
     */
    public T succeeded() {
        return exited(0);
    }

    /**
     * It ended by itself.
     *
     * @param code exit code, 0 to 255
     * @return this
     */
    public T exited(int code) {
        hasVerdict(Verdict.EXITED);
        return check(report.exitCode().equals(OptionalInt.of(code)), "exit code", code, report.exitValue());
    }

    /**
     * It ended by itself with another exit code than 0.
     *
     * @return this
     */
    public T failed() {
        hasVerdict(Verdict.EXITED);
        return check(report.exitValue() != 0, "exit code", "not 0", 0);
    }

    /**
     * How it ended.
     *
     * @param verdict the only right one
     * @return this
     */
    public T hasVerdict(Verdict verdict) {
        return check(report.verdict() == verdict, "verdict", verdict, report.verdict());
    }

    /**
     * A signal ended it.
     *
     * @param signal which one
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
     * It never had more memory.
     *
     * @param most at the peak
     * @return this
     */
    public T peakMemoryAtMost(DataSize most) {
        DataSize peak = report.usage().peakMemory();
        return check(peak.toBytes() <= most.toBytes(), "peak memory", "at most " + most, peak);
    }

    /**
     * It used no more CPU time, its children included.
     *
     * @param most user and system time together
     * @return this
     */
    public T cpuTimeAtMost(Duration most) {
        Duration used = report.usage().cpuTime();
        return check(used.compareTo(most) <= 0, "CPU time", "at most " + most, used);
    }

    /**
     * It took no longer.
     *
     * @param most on the clock
     * @return this
     */
    public T wallTimeAtMost(Duration most) {
        Duration used = report.usage().wallTime();
        return check(used.compareTo(most) <= 0, "time on the clock", "at most " + most, used);
    }

    /**
     * It never had more processes and threads, where that is counted.
     *
     * @param most at the same time
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
