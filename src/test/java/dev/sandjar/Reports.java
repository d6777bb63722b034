package dev.sandjar;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Reports for tests that need any. */
final class Reports {
    static final ResourceUsage USAGE = new ResourceUsage(
            ResourceUsage.Source.RUSAGE,
            Duration.ofMillis(1),
            Duration.ofMillis(2),
            Duration.ofMillis(9),
            Duration.ZERO,
            new MemoryUsage(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty()),
            Optional.of(DataSize.mebibytes(4)),
            OptionalLong.empty(),
            OptionalLong.empty(),
            List.of(),
            List.of(),
            Map.of(),
            LimitHits.NONE,
            5,
            6,
            7,
            8,
            9,
            10);

    private Reports() {}

    static ExitReport exited(int code) {
        return ended(Verdict.EXITED, OptionalInt.of(code), OptionalInt.empty());
    }

    static ExitReport applied(List<AppliedPolicy.Entry> entries) {
        return ended(Verdict.EXITED, OptionalInt.of(0), OptionalInt.empty(), entries);
    }

    static ExitReport ended(Verdict verdict, OptionalInt code, OptionalInt signal) {
        return ended(
                verdict,
                code,
                signal,
                List.of(new AppliedPolicy.Entry(
                        "PID namespace", AppliedPolicy.Outcome.ENFORCED, "clone3(2)", "always")));
    }

    static ExitReport ended(Verdict verdict, OptionalInt code, OptionalInt signal, List<AppliedPolicy.Entry> entries) {
        AppliedPolicy applied = new AppliedPolicy(entries);
        List<SetupStep> steps = List.of(new SetupStep("mount /proc", Duration.ofNanos(250_000)));
        return new ExitReport(
                verdict,
                code,
                signal,
                false,
                USAGE,
                applied,
                steps,
                Duration.ofMillis(1),
                List.of(),
                Optional.empty(),
                Optional.empty());
    }
}
