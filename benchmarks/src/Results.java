import dev.sandjar.SetupStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The results as a table in Markdown, as JSON and as a plot. */
record Results(List<Measured> measured, List<SetupStep> steps) {
    private static final int STEPS_SHOWN = 15;

    void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("results.md"), markdown());
        Files.writeString(directory.resolve("results.json"), json());
        Files.writeString(directory.resolve("start.svg"), Plot.svg(measured));
    }

    String markdown() {
        StringBuilder text = new StringBuilder("Start to exit of a static program, in milliseconds: "
                + measured.get(0).sortedNanos().length + " starts each, in turns.\n"
                + "Linux " + System.getProperty("os.version") + ", Java " + System.getProperty("java.version") + ", "
                + Runtime.getRuntime().availableProcessors() + " processors.\n\n"
                + "| | | median | p90 | p99 | to ProcessBuilder | to bubblewrap |\n"
                + "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n");
        for (Measured m : measured) {
            text.append(format(
                    "| %s | %s | %.2f | %.2f | %.2f | %s | %s |\n",
                    m.name(),
                    m.what(),
                    m.median(),
                    m.quantile(0.9),
                    m.quantile(0.99),
                    ratio(m, "ProcessBuilder"),
                    ratio(m, "bubblewrap")));
        }
        text.append(costOfCgroups());
        List<SetupStep> slowest = steps.stream()
                .sorted(Comparator.comparing(SetupStep::time).reversed())
                .limit(STEPS_SHOWN)
                .toList();
        text.append(format(
                "\nThe slowest of the %d steps of one start of Sandbox.untrusted():\n\n| step | us |\n| --- | ---: |\n",
                steps.size()));
        slowest.forEach(
                s -> text.append(format("| %s | %d |\n", s.name(), s.time().toNanos() / 1_000)));
        return text.toString();
    }

    private String costOfCgroups() {
        return cost("Limits for memory, CPU and processes add", Contender.LIMITED, Contender.PLAIN)
                + cost(
                        "Those of Sandbox.untrusted(), and the view of them inside, add",
                        Contender.UNTRUSTED,
                        Contender.UNLIMITED);
    }

    private String cost(String what, String with, String without) {
        Optional<Measured> more = named(with);
        Optional<Measured> less = named(without);
        if (more.isEmpty() || less.isEmpty()) {
            return "";
        }
        double cost = more.get().median() - less.get().median();
        double start = measured.get(0).median();
        return format("\n%s %.2f ms: %.2f of a start by ProcessBuilder.\n", what, cost, cost / start);
    }

    private Optional<Measured> named(String name) {
        return measured.stream().filter(m -> m.name().equals(name)).findFirst();
    }

    private String json() {
        return measured.stream()
                .map(m -> format(
                        "  {\"name\": \"%s\", \"starts\": %d, \"medianMs\": %.4f, \"p90Ms\": %.4f, \"p99Ms\": %.4f}",
                        m.name(), m.sortedNanos().length, m.median(), m.quantile(0.9), m.quantile(0.99)))
                .collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    }

    private String ratio(Measured m, String other) {
        return named(other).map(b -> format("%.2f", m.median() / b.median())).orElse("");
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
