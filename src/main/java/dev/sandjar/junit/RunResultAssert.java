package dev.sandjar.junit;

import dev.sandjar.RunResult;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What can be said of a result: of its end, its output and its changes. See {@link SandboxAssertions}. */
public final class RunResultAssert extends AbstractReportAssert<RunResultAssert> {
    private final RunResult result;

    RunResultAssert(RunResult result) {
        super(result.report());
        this.result = result;
    }

    @Override
    RunResultAssert self() {
        return this;
    }

    @Override
    String description() {
        return RunReport.describe(result);
    }

    /**
     * All of standard output.
     *
     * @param expected exactly this text
     * @return this
     */
    public RunResultAssert stdoutIs(String expected) {
        return is("standard output", expected, result.stdout());
    }

    /**
     * All of standard error.
     *
     * @param expected exactly this text
     * @return this
     */
    public RunResultAssert stderrIs(String expected) {
        return is("standard error", expected, result.stderr());
    }

    private RunResultAssert is(String what, String expected, String actual) {
        if (!expected.equals(actual)) {
            throw failure(what, Printable.quote(expected), Printable.quote(actual));
        }
        return this;
    }

    /**
     * A part of standard output.
     *
     * @param part any text
     * @return this
     */
    public RunResultAssert stdoutContains(String part) {
        return contains("standard output", part, result.stdout());
    }

    /**
     * A part of standard error.
     *
     * @param part any text
     * @return this
     */
    public RunResultAssert stderrContains(String part) {
        return contains("standard error", part, result.stderr());
    }

    private RunResultAssert contains(String what, String part, String actual) {
        return check(actual.contains(part), what, "something with " + Printable.quote(part), Printable.quote(actual));
    }

    /**
     * Goes on with what it wrote to its root.
     *
     * @return what can be said of the changes
     * @throws AssertionError if the root keeps none
     * @throws UncheckedIOException if they can't be read
     */
    public ChangeSetAssert changes() {
        try {
            ChangeSet changes = result.changes()
                    .orElseThrow(() -> failure("changes", "a root that keeps them", "RootFs without captureChanges()"));
            return new ChangeSetAssert(changes, this::description);
        } catch (IOException e) {
            throw new UncheckedIOException("the changes of " + result.command() + " can't be read", e);
        }
    }
}
