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
 * What a program's outcome depends on besides its inputs: the result of running it again and again, each time with one thing about its
 * surroundings different. An immutable value.
 *
 * <pre>{@code
 * Hermeticity found = Hermeticity.check(Sandbox.hermetic().hostPrograms().build(), Command.of("sh", "-c", "hostname >out"));
 * System.out.println(found);        // HOST_NAME: /work/out: "sandbox" became "perturbed"
 * }</pre>
 *
 * <p>Compared are exit value and verdict, both streams, and the changes where the root keeps them. That nothing is found proves nothing,
 * of course: a dependence may show only on other machines, or now and then.
 *
 * @param findings what was different, in the order of {@link Perturbation}
 * @param skipped what was not tried, with the reason
 * @param leftOut directories among the inputs that DIRECTORY_ORDER left as they are, with the reason: those in which there is something that
 *     this process may not read, no regular file, directory or link, or on another file system, and those of more than 5000 entries or 32 MiB
 */
public record Hermeticity(List<Finding> findings, Map<Perturbation, String> skipped, Map<Path, String> leftOut) {
    /** What is different in one run. */
    public enum Perturbation {
        /** Nothing: it is not even repeatable. What is found here or by LATER is not reported again for the others. */
        NOTHING,
        /** Another second of the wall clock. */
        LATER,
        /** Host and domain name. */
        HOST_NAME,
        /** User and group id. */
        USER,
        /** Process ids. */
        PROCESS_IDS,
        /** Monotonic and boot-time clock. */
        CLOCK,
        /** Number of processors. */
        PROCESSORS,
        /** In what order the directories that are bound, or are layers, list their entries. */
        DIRECTORY_ORDER,
        /** LANG and LC_ALL. */
        LOCALE,
        /** TZ. */
        TIME_ZONE,
        /** The order of the environment, and one variable more. */
        ENVIRONMENT,
        /** Addresses of memory: randomized. */
        ADDRESSES
    }

    /**
     * Something that came out differently.
     *
     * @param perturbation what was different before
     * @param subject "exit", "standard output", "standard error", or a path that was written
     * @param usually what it is in the reference run: the first line that differs, or the change
     * @param perturbed what it became
     */
    public record Finding(Perturbation perturbation, String subject, String usually, String perturbed) {
        @Override
        public String toString() {
            return perturbation + ": " + Printable.line(subject) + ": " + Printable.quote(usually) + " became "
                    + Printable.quote(perturbed);
        }
    }

    /**
     * Copies the collections.
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
     * Runs a command some twelve times, one after the other. It takes a second longer than that, for LATER.
     *
     * @param sandbox where it runs; the others are like it but for one thing each
     * @param command what belongs to each start
     * @return what was found
     * @throws IllegalArgumentException as {@link Sandbox#run(Command)}
     * @throws UnsupportedIsolationException if this host can't give what was asked for
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed
     * @throws IOException if output or changes can't be read
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed
     */
    public static Hermeticity check(Sandbox sandbox, Command command) throws IOException, InterruptedException {
        return Engine.get().hermeticity(sandbox, command);
    }

    /**
     * Whether nothing was found.
     *
     * @return true if every run came to the same; look at {@link #skipped()} and {@link #leftOut()} for what was not tried
     */
    public boolean isHermetic() {
        return findings.isEmpty();
    }

    /**
     * What was found by one perturbation.
     *
     * @param perturbation which one
     * @return findings, none if it made no difference
     */
    public List<Finding> by(Perturbation perturbation) {
        return findings.stream()
                .filter(finding -> finding.perturbation() == perturbation)
                .toList();
    }

    /** One line for each finding, for each perturbation that was not tried, and for each directory that one has left out. */
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
