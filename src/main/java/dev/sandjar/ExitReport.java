package dev.sandjar;

import dev.sandjar.network.FirewallCounters;
import dev.sandjar.seccomp.Denial;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a sandboxed process ended, what it used, and what it was held to. Exit code, signal and the reason for the end are
 * kept apart; {@link #exitValue()} folds them together for those who want one number.
 *
 * @param verdict how it came to its end
 * @param exitCode 0 to 255 if the process ended by itself, even when it was being destroyed at that moment; else empty
 * @param signalNumber the signal that ended it, 1 to 64, or empty
 * @param coreDumped whether the signal made it dump core
 * @param usage what the sandbox used
 * @param applied what was enforced
 * @param steps what each step of the start cost, in order
 * @param setupTime from the launcher's reading of the request to the successful {@code execve(2)}
 * @param denials which system calls were refused, most frequent first; empty without {@link Confinement#recordDenials()}
 * @param outputFailure what has kept output from reaching the file or the inherited stream it was redirected to (a full disk, say), where
 *     the host writes it, which it does under an {@link SandboxBuilder#outputLimit}; empty if all was written. Without a limit the program
 *     writes itself and meets the error itself
 * @param firewallCounters what its {@link Network#firewall} had let through and kept back; empty if it has none, of a process that {@link
 *     SandboxProcess#exec} added, and if the process that keeps the networks had ended before
 */
public record ExitReport(
        Verdict verdict,
        OptionalInt exitCode,
        OptionalInt signalNumber,
        boolean coreDumped,
        ResourceUsage usage,
        AppliedPolicy applied,
        List<SetupStep> steps,
        Duration setupTime,
        List<Denial> denials,
        Optional<SandboxException> outputFailure,
        Optional<FirewallCounters> firewallCounters) {
    /**
     * Copies the list. Only Sandjar makes reports; more components may follow.
     *
     * @param verdict how it came to its end
     * @param exitCode 0 to 255, or empty
     * @param signalNumber 1 to 64, or empty
     * @param coreDumped whether the signal made it dump core
     * @param usage what the sandbox used
     * @param applied what was enforced
     * @param steps what each step of the start cost
     * @param setupTime how long the start took
     * @param denials which system calls were refused
     * @param outputFailure what has kept output from being written
     * @param firewallCounters what its firewall had counted
     * @throws IllegalArgumentException if there are both an exit code and a signal
     */
    public ExitReport {
        if (exitCode.isPresent() && signalNumber.isPresent()) {
            throw new IllegalArgumentException(
                    "exit code " + exitCode.getAsInt() + " and signal " + signalNumber.getAsInt());
        }
        steps = List.copyOf(steps);
        denials = List.copyOf(denials);
    }

    /**
     * Tells by what means the policy was carried out.
     *
     * @return the tier, no weaker than {@link SandboxBuilder#minimumTier} says, unless {@link SandboxBuilder#allowDegraded} let namespaces
     *     be missing
     */
    public Tier tier() {
        return applied.tier();
    }

    /**
     * The signal that ended the process.
     *
     * @return the signal; empty if none did, or a real-time one, which {@link #signalNumber()} has
     */
    public Optional<Signal> signal() {
        return signalNumber.isPresent() ? Signal.of(signalNumber.getAsInt()) : Optional.empty();
    }

    /**
     * The end as one number, as {@link Process#exitValue()} gives it.
     *
     * @return the exit code; 128 plus the number of the signal; or -1 if neither is known ({@link Verdict#LOST})
     */
    public int exitValue() {
        return signalNumber.isPresent() ? 128 + signalNumber.getAsInt() : exitCode.orElse(-1);
    }

    /**
     * Whether the program ended with exit code 0 and all of its output was written.
     *
     * @return true for {@link Verdict#EXITED} with exit code 0, unless there is an {@link #outputFailure()}
     */
    public boolean isSuccess() {
        return verdict == Verdict.EXITED && exitCode.orElse(-1) == 0 && outputFailure.isEmpty();
    }

    /**
     * How the process ended, in a sentence.
     *
     * @return the verdict with exit code or signal, and what of the output was not written
     */
    public String ending() {
        return processEnding()
                + outputFailure
                        .map(e -> ", but its output was not all written: " + e.getMessage())
                        .orElse("");
    }

    private String processEnding() {
        if (exitCode.isPresent()) {
            return verdict + " with code " + exitCode.getAsInt();
        }
        if (signalNumber.isEmpty()) {
            return verdict.toString();
        }
        int number = signalNumber.getAsInt();
        return verdict + " by "
                + signal().map(signal -> signal + " (" + number + ")").orElse("signal " + number)
                + (coreDumped ? ", core dumped" : "");
    }

    /**
     * Masks and read-only paths that had no place inside, but for those that {@link Mounts#maskKernelPaths()} leaves out: of
     * those any host lacks some, while a place that somebody has named may be misspelled, and lies open elsewhere then.
     */
    private List<String> absent() {
        return applied.entries().stream()
                .filter(entry -> entry.outcome() == AppliedPolicy.Outcome.ABSENT)
                .map(AppliedPolicy.Entry::request)
                .filter(request -> !KernelPaths.isOneOf(request.substring(request.indexOf(' ') + 1)))
                .toList();
    }

    /** A few lines for people: the end, the usage, how long the start took, what was refused, what is missing, and what had no place. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(ending()).append(LimitWords.bound(this));
        text.append("\nusage: ").append(usage);
        text.append("\nsetup: ")
                .append(setupTime.toNanos() / 1_000)
                .append(" us in ")
                .append(steps.size())
                .append(" steps");
        if (!denials.isEmpty()) {
            text.append("\nrefused calls:");
            denials.forEach(denial -> text.append("\n  ").append(denial));
        }
        firewallCounters.ifPresent(counters ->
                text.append("\nfirewall:\n  ").append(counters.toString().replace("\n", "\n  ")));
        List<AppliedPolicy.Entry> missing = applied.entries().stream()
                .filter(entry -> entry.outcome() != AppliedPolicy.Outcome.ENFORCED
                        && entry.outcome() != AppliedPolicy.Outcome.ABSENT)
                .toList();
        text.append("\npolicy: ")
                .append(applied.entries().stream()
                        .filter(entry -> entry.outcome() == AppliedPolicy.Outcome.ENFORCED)
                        .count())
                .append(" requests enforced");
        if (!missing.isEmpty()) {
            text.append("; not or in part:\n")
                    .append(PolicyTable.format(missing).stripTrailing());
        }
        List<String> absent = absent();
        if (!absent.isEmpty()) {
            text.append("\nabsent, so that nothing was done: ").append(String.join(", ", absent));
        }
        return text.toString();
    }
}
