package dev.sandjar.verify;

import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.Engine;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the outcome of a program depends on besides its inputs: {@link #check} runs it again and again, each time with one thing about its
 * surroundings changed, and compares. Immutable and thread-safe.
 *
 * <pre>{@code
 * Hermeticity found = Hermeticity.check(Sandbox.hermetic().hostPrograms().build(), Command.of("sh", "-c", "hostname >out"));
 * System.out.println(found);        // HOST_NAME: /work/out: "sandbox" became "perturbed"
 * }</pre>
 *
 * <p>Compared are exit value and verdict, the first 16 MiB of both streams, and the changes where the root keeps them. No finding is no
 * proof: a dependence may show only on other machines, or now and then.
 *
 * @param findings what came out differently, in the order of {@link Perturbation}, at most 50 findings for each; sorted by subject
 * @param skipped the perturbations that were not tried, with the reason
 * @param leftOut the directories of the host among the inputs of which {@link Perturbation#DIRECTORY_ORDER} made no copies, with the
 *     reason: they hold something that this process may not read, that is no regular file, directory or symbolic link, or that is on
 *     another file system, or more than 5000 entries or 32 MiB in all; or the program may write to them, they are shown by {@link
 *     dev.sandjar.SandboxBuilder#mount}, or they are the root or the view of the host; an image is told as the directory of its store
 */
public record Hermeticity(List<Finding> findings, Map<Perturbation, String> skipped, Map<Path, String> leftOut) {
    /** What is changed in one run, compared with the reference run. */
    public enum Perturbation {
        /** Nothing: a finding means that the outcome is not repeatable. What is found here or by LATER is not reported for the others. */
        NOTHING,
        /** The wall clock shows another second. */
        LATER,
        /** Host name and domain name are others; needs a new UTS namespace. */
        HOST_NAME,
        /** User id and group id inside are 4321; needs a new user namespace. */
        USER,
        /** Process ids begin above 5000; needs a new PID namespace. */
        PROCESS_IDS,
        /** Monotonic and boot-time clock begin at 1234 days and 5 hours; needs a new time namespace. */
        CLOCK,
        /** The program has one processor, or two if it has one otherwise; needs two processors of the JVM. */
        PROCESSORS,
        /** Directories that are bound read-only, or are lower layers of an overlay, list their entries in the opposite order. */
        DIRECTORY_ORDER,
        /** The environment variables LANG and LC_ALL are {@code C} ({@code locale(7)}). */
        LOCALE,
        /** The environment variable TZ is {@code XYZ-05:45} ({@code tzset(3)}). */
        TIME_ZONE,
        /** The environment is in the opposite order and has one variable more. */
        ENVIRONMENT,
        /** Addresses of memory are randomized ({@code personality(2)}); nothing changes if they are in the reference run. */
        ADDRESSES
    }

    /**
     * One thing that came out differently.
     *
     * @param perturbation what was changed about the surroundings
     * @param subject "exit", "standard output", "standard error", or an absolute path inside that was changed
     * @param usually the first line that differs, as it is in the reference run; with {@link Perturbation#DIRECTORY_ORDER} in the first
     *     of its two runs
     * @param perturbed the same line in the run with the perturbation
     */
    public record Finding(Perturbation perturbation, String subject, String usually, String perturbed) {
        /** Returns the finding in one line, in which control characters are escaped. */
        @Override
        public String toString() {
            return perturbation + ": " + Printable.line(subject) + ": " + Printable.quote(usually) + " became "
                    + Printable.quote(perturbed);
        }
    }

    /**
     * Makes a result of its parts; the collections are copied.
     *
     * @param findings see the record
     * @param skipped see the record
     * @param leftOut see the record
     */
    public Hermeticity {
        findings = List.copyOf(findings);
        skipped = Collections.unmodifiableMap(new LinkedHashMap<>(skipped));
        leftOut = Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
    }

    /**
     * Runs a command up to fourteen times, one run after the other: once for reference, once for each {@link Perturbation}, and once
     * more for {@link Perturbation#DIRECTORY_ORDER}, which compares two runs with copies of the directories in {@code /dev/shm}. {@link
     * Perturbation#LATER} waits up to a second before its run.
     *
     * @param sandbox the sandbox of the reference run; the others differ from it in one thing each
     * @param command the command of every run
     * @return what came out differently, and what was not tried
     * @throws IllegalArgumentException as {@link Sandbox#run(Command)}
     * @throws UnsupportedIsolationException if this host can't give what the sandbox of the reference run asks for; a perturbation that
     *     this host can't give is skipped
     * @throws SandboxException if a step of the set-up failed, the program can't be executed, or an input was changed while it was copied
     * @throws IOException if output or changes can't be read, or inputs not be copied
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed
     */
    public static Hermeticity check(Sandbox sandbox, Command command) throws IOException, InterruptedException {
        return Engine.get().hermeticity(sandbox, command);
    }

    /**
     * Tells whether nothing came out differently.
     *
     * @return true if every run had the same outcome; {@link #skipped()} and {@link #leftOut()} have what was not tried
     */
    public boolean isHermetic() {
        return findings.isEmpty();
    }

    /**
     * Returns the findings of one perturbation.
     *
     * @param perturbation the perturbation to look for
     * @return an immutable list, empty if the perturbation made no difference or was not tried
     */
    public List<Finding> by(Perturbation perturbation) {
        return findings.stream()
                .filter(finding -> finding.perturbation() == perturbation)
                .toList();
    }

    /** Returns one line for each finding, for each perturbation that was not tried, and for each directory that was left out. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        findings.forEach(finding -> text.append(finding).append('\n'));
        skipped.forEach((perturbation, reason) -> text.append(perturbation)
                .append(" was not tried: ")
                .append(reason)
                .append('\n'));
        leftOut.forEach((directory, reason) -> text.append(Perturbation.DIRECTORY_ORDER)
                .append(" left out ")
                .append(PathBytes.shown(directory))
                .append(": ")
                .append(reason)
                .append('\n'));
        return findings.isEmpty() ? "nothing made a difference\n" + text : text.toString();
    }
}
