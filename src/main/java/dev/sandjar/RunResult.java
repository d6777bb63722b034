package dev.sandjar;

import dev.sandjar.changes.ChangeSet;
import dev.sandjar.internal.GroundAccess.Captured;
import dev.sandjar.internal.WrittenLayer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@link Sandbox#run(Command)} brought back: the output of a program and the report of its end. */
public final class RunResult {
    private final Command command;
    private final Captured stdout;
    private final Captured stderr;
    private final ExitReport report;
    private final @Nullable WrittenLayer root;

    RunResult(Command command, Captured stdout, Captured stderr, ExitReport report, @Nullable WrittenLayer root) {
        this.command = command;
        this.stdout = stdout;
        this.stderr = stderr;
        this.report = report;
        this.root = root;
    }

    /**
     * Standard output as text.
     *
     * @return decoded as UTF-8, with U+FFFD for what isn't; empty if it was redirected
     */
    public String stdout() {
        return new String(stdout.bytes(), StandardCharsets.UTF_8);
    }

    /**
     * Standard error as text.
     *
     * @return decoded as UTF-8, with U+FFFD for what isn't; empty if it was redirected or merged
     */
    public String stderr() {
        return new String(stderr.bytes(), StandardCharsets.UTF_8);
    }

    /**
     * Standard output as it came.
     *
     * @return a copy
     */
    public byte[] stdoutBytes() {
        return stdout.bytes().clone();
    }

    /**
     * Standard error as it came.
     *
     * @return a copy
     */
    public byte[] stderrBytes() {
        return stderr.bytes().clone();
    }

    /**
     * Whether the program wrote more to standard output than was to be kept. The rest was read and dropped.
     *
     * @return true if {@link #stdout()} is only the beginning
     */
    public boolean stdoutTruncated() {
        return stdout.truncated();
    }

    /**
     * Whether the program wrote more to standard error than was to be kept. The rest was read and dropped.
     *
     * @return true if {@link #stderr()} is only the beginning
     */
    public boolean stderrTruncated() {
        return stderr.truncated();
    }

    /**
     * The end as one number.
     *
     * @return {@link ExitReport#exitValue()}
     */
    public int exitValue() {
        return report.exitValue();
    }

    /**
     * Whether the program ended with one of the {@linkplain Command#exitCodes(int...) exit codes} that its command accepts, and all of its
     * output was written to where it was redirected.
     *
     * @return true for {@link Verdict#EXITED} with such a code, unless there is an {@link ExitReport#outputFailure()}
     */
    public boolean isSuccess() {
        return report.verdict() == Verdict.EXITED
                && command.exitCodes().contains(report.exitValue())
                && report.outputFailure().isEmpty();
    }

    /** Whether all that was written is here, or was handed over. */
    private boolean isWhole() {
        return (!stdoutTruncated() || command.stdoutSink().isPresent())
                && (!stderrTruncated() || command.stderrSink().isPresent());
    }

    /**
     * How the program ended.
     *
     * @return the report
     */
    public ExitReport report() {
        return report;
    }

    /**
     * What the sandbox has written to a layered root, which is read at the first call. Captured changes are on disk until the change set
     * is closed, or nobody holds the change set or this result any more.
     *
     * @return the same at each call, to be closed if they were captured; empty if the root keeps none, see
     *     {@link SandboxProcess#changes()}
     * @throws SandboxException if they are more than is read (see {@link ChangeSet}), or made in a way that can't be recognized
     * @throws IOException if they can't be read
     */
    public Optional<ChangeSet> changes() throws IOException {
        return root == null ? Optional.empty() : Optional.of(root.changes());
    }

    /**
     * The command that was run.
     *
     * @return as it was given
     */
    public Command command() {
        return command;
    }

    /**
     * Removes captured changes from disk, whether or not anybody has asked for them; kept ones stay. Further calls do nothing.
     *
     * @throws IOException if they can't be removed
     */
    public void discardChanges() throws IOException {
        if (root != null) {
            root.discard();
        }
    }

    /**
     * Returns this result if the program succeeded and all of its output is there, and throws otherwise.
     *
     * @return this
     * @throws CommandFailedException if the verdict is not {@link Verdict#EXITED} with exit code 0, or another that {@link
     *     Command#exitCodes} names, of which its message has the sandbox's name, if it has one, and the last 2,000 bytes of what is kept of standard output and of standard error, control
     *     characters escaped; if output could not be written to where it was redirected, which is its cause then; or if more was written
     *     to a stream than was to be kept, unless a {@linkplain Command#stdout(OutputSink) sink} received it
     */
    public RunResult orThrow() throws CommandFailedException {
        if (!isSuccess() || !isWhole()) {
            throw new CommandFailedException(command, this);
        }
        return this;
    }

    /** Returns the command, how it ended and how much it wrote, but nothing of what it wrote. */
    @Override
    public String toString() {
        return command + ": " + report.ending() + ", " + describe("standard output", stdout) + ", "
                + describe("standard error", stderr);
    }

    private static String describe(String name, Captured content) {
        return content.bytes().length + " bytes of " + name + (content.truncated() ? " (truncated)" : "");
    }
}
