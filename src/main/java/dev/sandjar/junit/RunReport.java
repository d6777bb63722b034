package dev.sandjar.junit;

import dev.sandjar.RunResult;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.changes.ChangeSet.Change;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.util.List;

/** What runs came to, for the message of a failed test: said along with an exception that stays as it is. */
final class RunReport extends Exception {
    private static final int OUTPUT_MAX = 2000;
    private static final int CHANGES_MAX = 40;
    private static final int TEXTS_MAX = 5;
    private static final int TEXT_MAX = 500;

    RunReport(String report) {
        super(report, null, false, false);
    }

    static String describe(RunResult result) {
        StringBuilder text = new StringBuilder("ran ")
                .append(result.command())
                .append(": ")
                .append(result.report().verdict())
                .append(' ')
                .append(result.exitValue());
        result.report()
                .signal()
                .ifPresent(signal -> text.append(" (").append(signal).append(')'));
        text.append("\n  usage: ").append(result.report().usage());
        output(text, "standard output", result.stdout());
        output(text, "standard error", result.stderr());
        changes(text, result);
        return text.toString();
    }

    private static void output(StringBuilder text, String name, String output) {
        if (output.isEmpty()) {
            text.append("\n  ").append(name).append(": nothing");
            return;
        }
        boolean whole = output.length() <= OUTPUT_MAX;
        String end = whole ? output : output.substring(output.length() - OUTPUT_MAX);
        text.append("\n  ").append(name).append(whole ? ":" : ", the end of " + output.length() + " characters:");
        indented(text, end);
    }

    private static void indented(StringBuilder text, String block) {
        Printable.lines(block).stripTrailing().lines().forEach(line -> text.append("\n    ")
                .append(line));
    }

    private static void changes(StringBuilder text, RunResult result) {
        try {
            result.changes().ifPresent(changes -> changes(text, changes));
        } catch (IOException | IllegalStateException e) {
            text.append("\n  changes: can't be read: ").append(e.getMessage());
        }
    }

    private static void changes(StringBuilder text, ChangeSet changes) {
        List<Change> all = changes.all();
        text.append("\n  changes: ").append(all.isEmpty() ? "none" : all.size());
        all.stream().limit(CHANGES_MAX).forEach(change -> text.append("\n    ").append(change));
        if (all.size() > CHANGES_MAX) {
            text.append("\n    ... and ").append(all.size() - CHANGES_MAX).append(" more");
        }
        all.stream().filter(RunReport::isSmallText).limit(TEXTS_MAX).forEach(change -> content(text, changes, change));
    }

    private static boolean isSmallText(Change change) {
        return change.kind() != ChangeSet.Kind.DELETED
                && change.type() == ChangeSet.FileType.FILE
                && change.size() > 0
                && change.size() <= TEXT_MAX;
    }

    private static void content(StringBuilder text, ChangeSet changes, Change change) {
        try {
            String content = changes.text(change.path());
            text.append("\n  ").append(Printable.line(change.path())).append(':');
            indented(text, content);
        } catch (IOException | IllegalStateException e) {
            text.append("\n  ")
                    .append(Printable.line(change.path()))
                    .append(": ")
                    .append(e.getMessage());
        }
    }
}
