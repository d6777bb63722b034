import dev.sandjar.SetupStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The results as tables in Markdown, as JSON and as plots. */
record Results(
        List<Measured> measured,
        List<Measured> alone,
        List<Measured> packed,
        List<Throughput> throughput,
        List<Crowd> crowds,
        List<SetupStep> whole,
        List<SetupStep> cloned) {
    private static final int STEPS_SHOWN = 12;

    void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("results.md"), markdown());
        Files.writeString(directory.resolve("summary.md"), summary());
        Files.writeString(directory.resolve("results.json"), json());
        Files.writeString(directory.resolve("start.svg"), Plot.bars(measured));
        Files.writeString(directory.resolve("alive.svg"), Plot.curve(crowds));
    }

    /** What docs/performance.md shows. */
    private String summary() {
        Crowd last = crowds.get(crowds.size() - 1);
        Crowd first = crowds.get(0);
        Throughput base = throughput.get(0);
        Throughput ours = throughput.stream()
                .filter(t -> t.name().equals("untrusted(), no limits"))
                .findFirst()
                .orElse(base);
        return starts()
                + format(
                        """

                        ![medians and 99th percentiles](../benchmarks/results/start.svg)

                        With %d sandboxes alive a start takes %.2f times as long as with one (%.2f times with `warm(0)`); each of them holds
                        %.0f KiB of its own and about %.0f KiB of the kernel's. One after another in as many threads as there are processors,
                        `untrusted()` without limits starts %.2f times as often as `ProcessBuilder` (%.0f a second here): all that is
                        prepared and cleared away has to be done too.
                        """,
                        last.alive(),
                        last.aheadMillis() / first.aheadMillis(),
                        last.startMillis() / first.startMillis(),
                        last.privateKib(),
                        last.kernelKib(),
                        ours.perSecond() / base.perSecond(),
                        ours.perSecond());
    }

    private String starts() {
        StringBuilder text = new StringBuilder("Start to exit of a static program: "
                + measured.get(0).sortedNanos().length
                + " starts each, in turns, shuffled, with pauses of 3 ms; the last two columns from as many of"
                + " each alone, with pauses and one upon another.\nLinux "
                + System.getProperty("os.version").replaceAll("-.*", "") + ", Java "
                + System.getProperty("java.version") + ", "
                + Runtime.getRuntime().availableProcessors()
                + " processors. Times in milliseconds are of this run alone; ratios are of its medians.\n\n"
                + "| | | to ProcessBuilder | to bubblewrap | p50 | p90 | p99 | p99 / p50, alone | no pauses, to ProcessBuilder |\n"
                + "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        for (int i = 0; i < measured.size(); i++) {
            Measured m = measured.get(i);
            text.append(format(
                    "| %s | %s | **%s** | %s | %.2f | %.2f | %.2f | %.1f | %.2f |\n",
                    m.name(),
                    m.contender().what(),
                    ratio(m, Contender.BASE),
                    ratio(m, "bubblewrap"),
                    m.median(),
                    m.quantile(0.9),
                    m.quantile(0.99),
                    alone.get(i).quantile(0.99) / alone.get(i).median(),
                    packed.get(i).median() / packed.get(0).median()));
        }
        return text.toString();
    }

    String markdown() {
        StringBuilder text = new StringBuilder(starts());
        text.append(
                "\nStarts per second, as many threads as processors, one start after another in each:\n\n| | to ProcessBuilder | starts/s |\n| --- | ---: | ---: |\n");
        double base = throughput.get(0).perSecond();
        throughput.forEach(
                t -> text.append(format("| %s | %.2f | %.0f |\n", t.name(), t.perSecond() / base, t.perSecond())));
        text.append(
                "\nWhile others live (untrusted() without limits), starts as a part of those with 1 alive:\n\n"
                        + "| alive | start | start with warm(0) | private memory each, KiB | kernel memory each, KiB |\n| ---: | ---: | ---: | ---: | ---: |\n");
        crowds.forEach(c -> text.append(format(
                "| %d | %.2f | %.2f | %.0f | %.0f |\n",
                c.alive(),
                c.aheadMillis() / crowds.get(0).aheadMillis(),
                c.startMillis() / crowds.get(0).startMillis(),
                c.privateKib(),
                c.kernelKib())));
        steps(text, "untrusted() from nothing", whole);
        steps(text, "untrusted() as a clone of a template", cloned);
        return text.toString();
    }

    private static void steps(StringBuilder text, String what, List<SetupStep> steps) {
        text.append(format(
                "\nThe slowest of the %d steps of one start of %s:\n\n| step | us |\n| --- | ---: |\n",
                steps.size(), what));
        steps.stream()
                .sorted(Comparator.comparing(SetupStep::time).reversed())
                .limit(STEPS_SHOWN)
                .forEach(s ->
                        text.append(format("| %s | %d |\n", s.name(), s.time().toNanos() / 1_000)));
    }

    private String json() {
        String latency = measured.stream()
                .map(m -> format(
                        "    {\"name\": \"%s\", \"starts\": %d, \"p50Ms\": %.4f, \"p90Ms\": %.4f, \"p99Ms\": %.4f, \"toProcessBuilder\": %s}",
                        m.name(),
                        m.sortedNanos().length,
                        m.median(),
                        m.quantile(0.9),
                        m.quantile(0.99),
                        ratio(m, Contender.BASE)))
                .collect(Collectors.joining(",\n"));
        String rates = throughput.stream()
                .map(t -> format("    {\"name\": \"%s\", \"perSecond\": %.1f}", t.name(), t.perSecond()))
                .collect(Collectors.joining(",\n"));
        String alive = crowds.stream()
                .map(c -> format(
                        "    {\"alive\": %d, \"aheadMs\": %.4f, \"startMs\": %.4f, \"privateKib\": %.1f, \"kernelKib\": %.1f}",
                        c.alive(), c.aheadMillis(), c.startMillis(), c.privateKib(), c.kernelKib()))
                .collect(Collectors.joining(",\n"));
        return "{\n  \"latency\": [\n" + latency + "\n  ],\n  \"throughput\": [\n" + rates + "\n  ],\n  \"alive\": [\n"
                + alive + "\n  ]\n}\n";
    }

    private String ratio(Measured m, String other) {
        Optional<Measured> base =
                measured.stream().filter(b -> b.name().equals(other)).findFirst();
        return base.map(b -> format("%.2f", m.median() / b.median())).orElse("");
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
