package dev.sandjar.verify;

import dev.sandjar.Sandbox;
import dev.sandjar.internal.Engine;
import java.util.List;

/**
 * What came of the attacks that {@link Sandbox#verify()} made from inside a sandbox. Immutable.
 *
 * @param results one for each attack, grouped by what they are about
 * @param exposure what can be counted of what the program reaches
 */
public record Attestation(List<Result> results, Exposure exposure) {
    /** How an attack ended. */
    public enum Grade {
        /** It was tried and came to nothing. */
        CONTAINED,
        /** It worked: the sandbox does not hold this, by choice or by a gap. */
        EXPOSED,
        /** There is nothing of the kind on this host. */
        NOT_APPLICABLE,
        /** It could not be tried, so nothing is known. */
        NOT_ATTEMPTED
    }

    /**
     * One attack.
     *
     * @param name short and stable, such as "host-file"
     * @param category what it is about: descriptors, files, mounts, namespaces, kernel, processes, counters or network
     * @param attack what it tried, in plain words
     * @param grade how it ended
     * @param reason what the kernel said, or what was reached
     */
    public record Result(String name, String category, String attack, Grade grade, String reason) {}

    /**
     * Copies the list.
     *
     * @param results one for each attack
     * @param exposure what can be counted
     */
    public Attestation {
        results = List.copyOf(results);
    }

    /**
     * Those with one grade.
     *
     * @param grade which
     * @return a part of {@link #results()}
     */
    public List<Result> results(Grade grade) {
        return results.stream().filter(result -> result.grade() == grade).toList();
    }

    /**
     * Whether every attack was contained or has nothing to attack here.
     *
     * @return false if one worked or could not be tried
     */
    public boolean isContained() {
        return results.stream()
                .noneMatch(result -> result.grade() == Grade.EXPOSED || result.grade() == Grade.NOT_ATTEMPTED);
    }

    /**
     * All of it as JSON: an object with {@code contained} as {@link #isContained()}; the array {@code results} of objects with the
     * texts {@code name}, {@code category}, {@code attack}, {@code reason} and {@code grade}, which is {@code contained},
     * {@code exposed}, {@code not_applicable} or {@code not_attempted}; and the object {@code exposure} with the numbers
     * {@code systemCalls}, {@code systemCallsKnown}, {@code writableKernelFiles}, {@code processes}, {@code descriptors}, of which the
     * last three are left out where they are unknown, and the
     * arrays of texts {@code capabilities} and {@code interfaces}. Later versions may add members.
     *
     * @return JSON text
     */
    public String toJson() {
        return Engine.get().json(this);
    }

    /** A table for a terminal. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        int width = results.stream().mapToInt(r -> r.name().length()).max().orElse(0);
        String category = "";
        for (Result result : results) {
            if (!result.category().equals(category)) {
                category = result.category();
                text.append(text.isEmpty() ? "" : "\n").append(category).append('\n');
            }
            String grade = result.grade().name().replace('_', ' ');
            text.append("  ")
                    .append(result.grade() == Grade.EXPOSED ? grade : grade.toLowerCase(java.util.Locale.ROOT))
                    .append(" ".repeat(Grade.NOT_APPLICABLE.name().length() - grade.length() + 2))
                    .append(result.name())
                    .append(" ".repeat(width - result.name().length() + 2))
                    .append(dev.sandjar.internal.util.Printable.line(result.reason()))
                    .append('\n');
        }
        text.append("\nexposure\n").append(exposure);
        for (Grade grade : Grade.values()) {
            int count = results(grade).size();
            text.append(grade == Grade.CONTAINED ? "\n" : ", ")
                    .append(count)
                    .append(' ')
                    .append(grade.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '));
        }
        return text.append('\n').toString();
    }
}
