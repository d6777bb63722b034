package dev.sandjar.adapters.langchain4j;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A run as a model reads it: what the program wrote, and how it ended if not well. */
final class Outcome {
    /** Of each stream: what a model reads costs. */
    private static final DataSize MOST = DataSize.kibibytes(64);

    private Outcome() {}

    static String of(Sandbox sandbox, Command command) {
        try {
            return text(sandbox.run(command, MOST));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run in the sandbox: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a program ran in the sandbox", e);
        }
    }

    private static String text(RunResult result) {
        StringBuilder text = new StringBuilder(result.stdout());
        if (result.stdoutTruncated()) {
            line(text, "[the rest of the output is left out]");
        }
        if (!result.stderr().isEmpty()) {
            line(text, "standard error:\n" + result.stderr());
        }
        if (result.stderrTruncated()) {
            line(text, "[the rest of the errors is left out]");
        }
        if (result.report().verdict() != Verdict.EXITED) {
            line(text, "[ended by the sandbox or a signal: " + result.report().ending() + "]");
        } else if (result.exitValue() != 0) {
            line(text, "[exit code " + result.exitValue() + "]");
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String line) {
        if (text.length() > 0 && text.charAt(text.length() - 1) != '\n') {
            text.append('\n');
        }
        text.append(line);
    }
}
