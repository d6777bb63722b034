package dev.sandjar;

import dev.sandjar.internal.util.JsonText;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.io.PrintStream;
import java.util.stream.Collectors;

/** {@code explain} of the command line: what a policy becomes on this host. */
final class ExplainCommand {
    private ExplainCommand() {}

    /** @return 0 if a start would be tried, or {@code impossible} */
    static int explain(CommandWords words, PrintStream out, PrintStream err, int impossible) {
        boolean json = words.has(CommandWords.JSON);
        try {
            Explanation explanation = words.sandbox().explain();
            out.print(json ? text(explanation) : explanation.toString());
            return explanation.isPossible() ? 0 : impossible;
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            String message = String.valueOf(e.getMessage());
            err.print(Printable.lines(message) + "\n");
            out.print(json ? "{\"error\": " + JsonText.of(message) + "}\n" : "");
            return impossible;
        }
    }

    private static String text(Explanation explanation) {
        return explanation.entries().stream()
                .map(entry -> "{\"request\": " + JsonText.of(entry.request())
                        + ", \"outcome\": " + JsonText.of(entry.outcome().name())
                        + ", \"mechanism\": " + JsonText.of(entry.mechanism())
                        + ", \"reason\": " + JsonText.of(entry.reason()) + "}")
                .collect(Collectors.joining(
                        ",\n  ",
                        "{\"possible\": " + explanation.isPossible() + ", \"tier\": "
                                + JsonText.of(explanation.tier().name()) + ", \"entries\": [\n  ",
                        "]}\n"));
    }
}
