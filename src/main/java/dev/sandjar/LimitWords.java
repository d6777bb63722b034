package dev.sandjar;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What limits have to do with how a process ended, for people: each with its value and the call that sets it. */
final class LimitWords {
    /** The last number of what is written to a cgroup. */
    private static final Pattern VALUE = Pattern.compile("= ([0-9]{1,18})(, .*)?$");

    /** What reports say of a bound that one start has instead of its sandbox's. */
    private static final String OF_COMMAND = "of this command";

    private static final List<String> MEMORY_FAILURES =
            List.of("memoryerror", "bad_alloc", "outofmemory", "out of memory", "cannot allocate memory");
    private static final List<String> FORK_FAILURES =
            List.of("resource temporarily unavailable", "can't start new thread", "unable to create native thread");

    private LimitWords() {}

    /** The bound that has ended it, in parentheses; empty if none did, or none that is known. */
    static String bound(ExitReport report) {
        @Nullable
        Limit limit =
                switch (report.verdict()) {
                    case TIMED_OUT -> Limit.TIMEOUT;
                    case CPU_TIME_EXCEEDED -> Limit.CPU_TIME;
                    case OUTPUT_LIMIT_EXCEEDED -> Limit.OUTPUT;
                    case OOM_KILLED, MEMORY_LIMIT_EXCEEDED -> Limit.MEMORY;
                    case PROCESS_LIMIT_EXCEEDED -> Limit.PIDS;
                    default -> null;
                };
        return limit == null
                ? ""
                : entry(report, limit, AppliedPolicy.Outcome.ENFORCED)
                        .map(entry -> " (" + value(limit, entry) + ", " + origin(limit, entry) + ")")
                        .orElse("");
    }

    /**
     * What a limit kept from the program, though it was the program that ended then; empty if none did.
     *
     * @param said what the program has written to standard error
     */
    static String refusals(ExitReport report, String said) {
        long refused = report.usage().hits().pidsMax();
        String counted = refused == 0
                ? ""
                : "; " + refused + " times it was refused a process or thread, by "
                        + entry(report, Limit.PIDS, AppliedPolicy.Outcome.ENFORCED)
                                .map(entry -> value(Limit.PIDS, entry))
                                .orElse(Limit.PIDS.label())
                        + "; remedy: a higher " + call(Limit.PIDS);
        String text = said.toLowerCase(Locale.ROOT);
        return counted
                + Stream.of(
                                instead(report, Limit.MEMORY, text, MEMORY_FAILURES),
                                instead(report, Limit.PIDS, text, FORK_FAILURES))
                        .collect(Collectors.joining());
    }

    /** What stands in for a limit counts nothing: there is only what the program says. */
    private static String instead(ExitReport report, Limit limit, String said, List<String> failures) {
        return failures.stream().noneMatch(said::contains)
                ? ""
                : entry(report, limit, AppliedPolicy.Outcome.DEGRADED)
                        .filter(entry -> !entry.mechanism().isEmpty())
                        .map(entry -> "; what it says may be due to the " + limit.label() + " of " + call(limit)
                                + ", for which this stands here: " + entry.mechanism())
                        .orElse("");
    }

    private static Optional<AppliedPolicy.Entry> entry(ExitReport report, Limit limit, AppliedPolicy.Outcome outcome) {
        return report.applied().entries().stream()
                .filter(entry -> entry.outcome() == outcome && (entry.request() + " ").startsWith(limit.label() + " "))
                .findFirst();
    }

    private static String value(Limit limit, AppliedPolicy.Entry entry) {
        Matcher value = VALUE.matcher(entry.reason());
        if (!value.find() || !(limit == Limit.MEMORY || limit == Limit.PIDS)) {
            return entry.request();
        }
        long number = Long.parseLong(value.group(1));
        return entry.request() + " " + (limit == Limit.MEMORY ? DataSize.bytes(number) : number);
    }

    private static String origin(Limit limit, AppliedPolicy.Entry entry) {
        return entry.reason().contains(OF_COMMAND) ? OF_COMMAND : "by " + call(limit);
    }

    private static String call(Limit limit) {
        return switch (limit) {
            case MEMORY -> "memoryLimit(...)";
            case PIDS -> "pidsLimit(...)";
            case TIMEOUT -> "timeout(...)";
            case OUTPUT -> "outputLimit(...)";
            case CPU_TIME -> "bounds(b -> b.cpuTime(...))";
            default -> limit.method() + "(...)";
        };
    }
}
