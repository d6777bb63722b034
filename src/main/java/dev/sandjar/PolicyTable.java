package dev.sandjar;

import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.internal.util.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Lays entries of a policy out in columns that a terminal shows, with a line that counts them first. */
final class PolicyTable {
    private static final List<String> HEADER = List.of("REQUEST", "OUTCOME", "MECHANISM", "WHY");

    /** Of a line, but for words that are longer. */
    private static final int WIDTH = 120;

    /** A cell that is wider moves what is beside it, in its own line alone. */
    private static final int REQUEST_WIDTH = 36;

    private static final int MECHANISM_WIDTH = 26;
    private static final String GAP = "  ";
    private static final String BELOW = " ".repeat(4);

    private PolicyTable() {}

    /** With what the entries come to as the first line. */
    static String summarized(List<AppliedPolicy.Entry> entries) {
        return summary(entries) + "\n" + format(entries);
    }

    /** How many entries have each outcome; those first that anybody has to know of. */
    static String summary(List<AppliedPolicy.Entry> entries) {
        List<Outcome> order =
                List.of(Outcome.IMPOSSIBLE, Outcome.DEGRADED, Outcome.UNREACHABLE, Outcome.ENFORCED, Outcome.ABSENT);
        return order.stream()
                .filter(outcome -> outcome == Outcome.ENFORCED || count(entries, outcome) > 0)
                .map(outcome -> count(entries, outcome) + " " + word(outcome))
                .collect(Collectors.joining(", "));
    }

    private static long count(List<AppliedPolicy.Entry> entries, Outcome outcome) {
        return entries.stream().filter(entry -> entry.outcome() == outcome).count();
    }

    private static String word(Outcome outcome) {
        return outcome.name().toLowerCase(Locale.ROOT);
    }

    static String format(List<AppliedPolicy.Entry> entries) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADER);
        for (AppliedPolicy.Entry entry : entries) {
            rows.add(List.of(
                    Printable.line(entry.request()),
                    word(entry.outcome()),
                    entry.mechanism().isEmpty() ? "-" : Printable.line(entry.mechanism()),
                    Printable.line(entry.reason())));
        }
        int[] widths = {
            width(rows, 0, REQUEST_WIDTH), width(rows, 1, WIDTH), width(rows, 2, MECHANISM_WIDTH),
        };
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            append(text, row, widths);
        }
        return text.toString();
    }

    /** Of the widest cell that does not stand out. */
    private static int width(List<List<String>> rows, int column, int most) {
        return rows.stream()
                .mapToInt(row -> row.get(column).length())
                .filter(length -> length <= most)
                .max()
                .orElse(0);
    }

    /** What does not fit into its line goes below it. */
    private static void append(StringBuilder text, List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String cell = row.get(column);
            line.append(cell)
                    .append(" ".repeat(Math.max(0, widths[column] - cell.length())))
                    .append(GAP);
        }
        String why = row.get(widths.length);
        if (line.length() + why.length() <= WIDTH) {
            text.append(line.append(why).toString().stripTrailing()).append('\n');
            return;
        }
        text.append(line.toString().stripTrailing()).append('\n');
        wrapped(text, why);
    }

    private static void wrapped(StringBuilder text, String words) {
        String rest = words;
        while (!rest.isEmpty()) {
            int most = WIDTH - BELOW.length();
            int end = rest.length();
            if (end > most) {
                int space = rest.lastIndexOf(' ', most);
                end = space > 0 ? space : rest.indexOf(' ', most);
            }
            end = end < 0 ? rest.length() : end;
            text.append(BELOW).append(rest, 0, end).append('\n');
            rest = rest.substring(end).stripLeading();
        }
    }
}
