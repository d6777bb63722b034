package dev.sandjar;

import dev.sandjar.internal.util.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lays entries of a policy out in columns. */
final class PolicyTable {
    private static final List<String> HEADER = List.of("REQUEST", "OUTCOME", "MECHANISM", "WHY");

    private PolicyTable() {}

    static String format(List<AppliedPolicy.Entry> entries) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADER);
        for (AppliedPolicy.Entry entry : entries) {
            rows.add(List.of(
                    Printable.line(entry.request()),
                    entry.outcome().name().toLowerCase(Locale.ROOT),
                    entry.mechanism().isEmpty() ? "-" : Printable.line(entry.mechanism()),
                    Printable.line(entry.reason())));
        }
        int[] widths = new int[HEADER.size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            text.append(line(row, widths)).append('\n');
        }
        return text.toString();
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String cell = row.get(column);
            line.append(cell).append(" ".repeat(widths[column] - cell.length() + 2));
        }
        return line.toString().stripTrailing();
    }
}
