package dev.sandjar.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The table of docs/threat-model.md that says what each tier holds. */
public final class TierTable {
    private static final String HEAD = "| held | `NAMESPACES` | `CONTAINER` | `NONE` | attacks |";
    private static final Pattern NAME = Pattern.compile("`([a-z0-9-]+)`");

    private TierTable() {}

    /**
     * A line.
     *
     * @param means by what each tier holds it, strongest first; "no" where it does not
     */
    public record Row(String held, List<String> means, List<String> attacks) {}

    /** All lines, in their order. */
    public static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        List<String> lines = Files.readAllLines(Path.of("docs/threat-model.md"));
        for (String line : lines.subList(lines.indexOf(HEAD) + 2, lines.size())) {
            if (!line.startsWith("| ")) {
                break;
            }
            String[] cells = line.substring(2, line.length() - 2).split(" \\| ", -1);
            List<String> attacks = new ArrayList<>();
            Matcher names = NAME.matcher(cells[4]);
            while (names.find()) {
                attacks.add(names.group(1));
            }
            rows.add(new Row(cells[0], List.of(cells[1], cells[2], cells[3]), attacks));
        }
        return rows;
    }
}
