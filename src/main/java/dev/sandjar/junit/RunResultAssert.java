package dev.sandjar.junit;

import dev.sandjar.RunResult;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Assertions about the result of a run: how it ended, its output and its changes. See {@link SandboxAssertions}. The output is what the
 * result keeps of it, by default the first 16 MiB of each stream, decoded as UTF-8 with U+FFFD for what isn't. Thread-safe.
 */
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
     * Asserts that standard output is exactly a text.
     *
     * @param expected the whole text
     * @return this
     */
    public RunResultAssert stdoutIs(String expected) {
        return is("standard output", expected, result.stdout());
    }

    /**
     * Asserts that standard error is exactly a text.
     *
     * @param expected the whole text
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
     * Asserts that standard output contains a text.
     *
     * @param part the text to look for
     * @return this
     */
    public RunResultAssert stdoutContains(String part) {
        return contains("standard output", part, result.stdout());
    }

    /**
     * Asserts that standard error contains a text.
     *
     * @param part the text to look for
     * @return this
     */
    public RunResultAssert stderrContains(String part) {
        return contains("standard error", part, result.stderr());
    }

    private RunResultAssert contains(String what, String part, String actual) {
        return check(actual.contains(part), what, "something with " + Printable.quote(part), Printable.quote(actual));
    }

    /**
     * Goes on with assertions about the changes that the run made to its root.
     *
     * @return assertions about the changes
     * @throws AssertionError if the root keeps no changes
     * @throws IllegalStateException if the changes were discarded
     * @throws UncheckedIOException if the changes can't be read
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
