package dev.sandjar;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** Reports for tests that need any. */
final class Reports {
    private Reports() {}

    static ExitReport exited(int code) {
        return ended(Verdict.EXITED, OptionalInt.of(code), OptionalInt.empty());
    }

    static ExitReport ended(Verdict verdict, OptionalInt code, OptionalInt signal) {
        ResourceUsage usage = new ResourceUsage(
                Duration.ofMillis(1),
                Duration.ofMillis(2),
                Duration.ofMillis(9),
                DataSize.mebibytes(4),
                5,
                6,
                7,
                8,
                9,
                10);
        AppliedPolicy applied = new AppliedPolicy(List.of(
                new AppliedPolicy.Entry("PID namespace", AppliedPolicy.Outcome.ENFORCED, "clone3(2)", "always")));
        List<SetupStep> steps = List.of(new SetupStep("mount /proc", Duration.ofNanos(250_000)));
        return new ExitReport(verdict, code, signal, false, usage, applied, steps, Duration.ofMillis(1));
    }
}
