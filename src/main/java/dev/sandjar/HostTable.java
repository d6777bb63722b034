package dev.sandjar;

import dev.sandjar.internal.util.Printable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lays out what a host can do, for a terminal. */
final class HostTable {
    private HostTable() {}

    static String format(SandboxHost host) {
        StringBuilder text = new StringBuilder();
        List<SandboxHost.Feature> told = told(host);
        int width = told.stream().mapToInt(f -> f.name().length()).max().orElse(0);
        for (SandboxHost.Feature feature : told) {
            String line = (feature.available() ? "  ok  " : "  NO  ")
                    + feature.name()
                    + " ".repeat(width - feature.name().length() + 2)
                    + Printable.line(feature.detail());
            text.append(line.stripTrailing()).append('\n');
        }
        text.append('\n');
        int factWidth =
                host.facts().keySet().stream().mapToInt(String::length).max().orElse(0);
        host.facts().forEach((name, value) -> text.append("  ")
                .append(name)
                .append(" ".repeat(factWidth - name.length() + 2))
                .append(Printable.line(value))
                .append('\n'));
        problems(told, text);
        return text.append('\n').append(summary(host)).append('\n').toString();
    }

    /** All, or the first alone where it is the one cause of everything that is missing, and nothing is there. */
    private static List<SandboxHost.Feature> told(SandboxHost host) {
        List<SandboxHost.Feature> all = host.features();
        boolean oneCause = !all.isEmpty()
                && all.stream()
                        .allMatch(f -> !f.available()
                                && f.reason().equals(all.get(0).reason())
                                && f.remedy().equals(all.get(0).remedy()));
        return oneCause ? all.subList(0, 1) : all;
    }

    /** Features with the same cause are named together, so that each remedy is read once. */
    private static void problems(List<SandboxHost.Feature> told, StringBuilder text) {
        Map<List<String>, List<String>> causes = new LinkedHashMap<>();
        for (SandboxHost.Feature feature : told) {
            if (!feature.available() || !feature.remedy().isEmpty()) {
                causes.computeIfAbsent(List.of(feature.reason(), feature.remedy()), key -> new ArrayList<>())
                        .add(feature.name());
            }
        }
        causes.forEach((cause, names) -> {
            text.append('\n').append(String.join(", ", names)).append('\n');
            paragraph(text, "why:    ", cause.get(0));
            paragraph(text, "remedy: ", cause.get(1));
        });
    }

    private static void paragraph(StringBuilder text, String title, String body) {
        if (!body.isEmpty()) {
            text.append("  ").append(title);
            text.append(Printable.lines(body).stripTrailing().replace("\n", "\n          "));
            text.append('\n');
        }
    }

    private static String summary(SandboxHost host) {
        long missing = host.features().stream().filter(f -> !f.available()).count();
        if (host.tier() == Tier.CONTAINER) {
            return "Sandbox.untrusted() can not start here as it is. With minimumTier(Tier.CONTAINER) it starts without namespaces, and loses "
                    + Tier.CONTAINER.loss() + ".";
        }
        if (!host.isReady()) {
            return "Sandbox.untrusted() can not start here.";
        }
        return missing == 0
                ? "Everything works here."
                : "Sandbox.untrusted() works here; " + missing + " of the above do not.";
    }
}
