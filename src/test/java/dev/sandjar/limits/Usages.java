package dev.sandjar.limits;

import dev.sandjar.ResourceUsage;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxProcess;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What sandboxes have used. */
final class Usages {
    private Usages() {}

    static ResourceUsage live(SandboxProcess process) {
        try {
            return process.usage();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** CPU time by time on the clock, as the accounting has it. */
    static double cores(ResourceUsage usage) {
        return 1.0 * usage.cpuTime().toNanos() / usage.wallTime().toNanos();
    }

    /** The same, as the spinning program has measured it itself. */
    static double coresByItself(RunResult result) {
        String[] fields = result.stdout().strip().split(" ");
        return Double.parseDouble(fields[0]) / Double.parseDouble(fields[1]);
    }
}
