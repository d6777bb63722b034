package dev.sandjar;

import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

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
 */
public record Hermeticity(List<Finding> findings, Map<Perturbation, String> skipped) {
    private static final int PATHS_MAX = 50;

    /** What is different in one run. */
    public enum Perturbation {
        /** Nothing: it is not even repeatable. What is found here or by LATER is not told again for the others. */
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
     */
    public Hermeticity {
        findings = List.copyOf(findings);
        skipped = Map.copyOf(skipped);
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
        Perturber perturber = new Perturber(sandbox, command);
        List<Finding> findings = new ArrayList<>();
        Map<Perturbation, String> skipped = new LinkedHashMap<>();
        Set<String> unstable = new HashSet<>();
        Outcome reference = Outcome.of(sandbox.run(command));
        for (Perturbation perturbation : Perturbation.values()) {
            List<Finding> found;
            try {
                found = perturber.compare(perturbation, reference);
            } catch (Perturber.NotTriedException e) {
                skipped.put(perturbation, String.valueOf(e.getMessage()));
                continue;
            }
            found.stream()
                    .filter(finding -> !unstable.contains(finding.subject()))
                    .forEach(findings::add);
            if (perturbation == Perturbation.NOTHING || perturbation == Perturbation.LATER) {
                found.forEach(finding -> unstable.add(finding.subject()));
            }
        }
        return new Hermeticity(findings, skipped);
    }

    /**
     * Whether nothing was found.
     *
     * @return true if every run came to the same; look at {@link #skipped()} for what was not tried
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

    /** One line for each finding, and for each perturbation that was not tried. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        findings.forEach(finding -> text.append(finding).append('\n'));
        skipped.forEach((perturbation, reason) -> text.append(perturbation)
                .append(" was not tried: ")
                .append(reason)
                .append('\n'));
        return text.length() == 0 ? "nothing made a difference\n" : text.toString();
    }

    /** All of a run that is compared, by subject. */
    record Outcome(Map<String, String> subjects) {
        static Outcome of(RunResult result) throws IOException {
            Map<String, String> subjects = new LinkedHashMap<>();
            subjects.put("exit", result.report().verdict() + " " + result.exitValue());
            subjects.put("standard output", latin(result.stdoutBytes()));
            subjects.put("standard error", latin(result.stderrBytes()));
            try (ChangeSet changes = result.changes().orElse(null)) {
                if (changes != null) {
                    for (ChangeSet.Change change : changes.all()) {
                        subjects.put(change.path(), describe(changes, change));
                    }
                }
            }
            return new Outcome(subjects);
        }

        private static String latin(byte[] bytes) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }

        /** What is small enough to be shown is compared as it is, the rest by its hash. */
        private static String describe(ChangeSet changes, ChangeSet.Change change) throws IOException {
            boolean small = change.kind() != ChangeSet.Kind.DELETED
                    && change.type() == ChangeSet.FileType.FILE
                    && change.size() <= 65536;
            return change.kind() + " " + change.type() + " " + Integer.toOctalString(change.mode()) + "\n"
                    + (small ? changes.text(change.path()) + "\n" : "") + change.sha256() + change.target();
        }

        List<Finding> differences(Perturbation perturbation, Outcome other) {
            Set<String> all = new TreeSet<>(subjects.keySet());
            all.addAll(other.subjects.keySet());
            List<Finding> found = new ArrayList<>();
            for (String subject : all) {
                String before = subjects.getOrDefault(subject, "unchanged, or absent");
                String after = other.subjects.getOrDefault(subject, "unchanged, or absent");
                if (!Objects.equals(before, after) && found.size() < PATHS_MAX) {
                    found.add(difference(perturbation, subject, before, after));
                }
            }
            return found;
        }

        private static Finding difference(Perturbation perturbation, String subject, String before, String after) {
            List<String> old = Arrays.asList(before.split("\n", -1));
            List<String> now = Arrays.asList(after.split("\n", -1));
            int at = 0;
            while (at < Math.min(old.size(), now.size()) - 1 && old.get(at).equals(now.get(at))) {
                at++;
            }
            return new Finding(perturbation, subject, old.get(at), now.get(at));
        }
    }
}
