package dev.sandjar.verify;

import dev.sandjar.Sandbox;
import dev.sandjar.Tier;
import dev.sandjar.internal.Engine;
import java.util.List;

/**
 * The results of the attacks that {@link Sandbox#verify()} made from inside a sandbox. Immutable and thread-safe.
 *
 * @param results one result for each attack, grouped by category
 * @param exposure counts of what a program in the sandbox reaches
 * @param tier by what means the host carried the policy out
 */
public record Attestation(List<Result> results, Exposure exposure, Tier tier) {
    /** How an attack ended. */
    public enum Grade {
        /** The attack was made and failed. */
        CONTAINED,
        /** The attack worked: the sandbox does not prevent it, by choice or by a gap. */
        EXPOSED,
        /** This host has nothing that could be attacked so. */
        NOT_APPLICABLE,
        /** The attack could not be made, so nothing is known. */
        NOT_ATTEMPTED
    }

    /**
     * The result of one attack.
     *
     * @param name a short name that stays the same in later versions, such as "host-file"
     * @param category what the attack aims at: "descriptors", "files", "mounts", "namespaces", "kernel", "processes", "counters" or
     *     "network"
     * @param attack what the attack tries, in plain words
     * @param grade how the attack ended
     * @param reason the kernel's error, what was reached, or why the attack was not made; written inside the sandbox, so not to be trusted
     */
    public record Result(String name, String category, String attack, Grade grade, String reason) {}

    /**
     * Makes an attestation of its parts; the list is copied.
     *
     * @param results one result for each attack
     * @param exposure counts of what a program in the sandbox reaches
     * @param tier by what means the host carried the policy out
     */
    public Attestation {
        results = List.copyOf(results);
    }

    /**
     * Makes an attestation of the first tier.
     *
     * @param results one result for each attack
     * @param exposure counts of what a program in the sandbox reaches
     */
    public Attestation(List<Result> results, Exposure exposure) {
        this(results, exposure, Tier.NAMESPACES);
    }

    /**
     * Returns the results with one grade.
     *
     * @param grade the grade to look for
     * @return an immutable list, in the order of {@link #results()}
     */
    public List<Result> results(Grade grade) {
        return results.stream().filter(result -> result.grade() == grade).toList();
    }

    /**
     * Tells whether every attack is {@link Grade#CONTAINED} or {@link Grade#NOT_APPLICABLE}.
     *
     * @return false if an attack worked or could not be made
     */
    public boolean isContained() {
        return results.stream()
                .noneMatch(result -> result.grade() == Grade.EXPOSED || result.grade() == Grade.NOT_ATTEMPTED);
    }

    /**
     * Returns this attestation as JSON (RFC 8259): an object with {@code contained} as {@link #isContained()}; {@code tier} as the name of {@link #tier()}; the array {@code
     * results} of objects with the strings {@code name}, {@code category}, {@code attack}, {@code reason} and {@code grade}, which is
     * {@code contained}, {@code exposed}, {@code not_applicable} or {@code not_attempted}; and the object {@code exposure} with the
     * numbers {@code systemCalls}, {@code systemCallsKnown}, {@code writableKernelFiles}, {@code processes} and {@code descriptors}, of
     * which the last three are left out where they are unknown, and the arrays of strings {@code capabilities} and {@code interfaces}.
     * Later versions may add members.
     *
     * @return an object, in several lines
     * @throws IllegalStateException if the artifact com.fasterxml.jackson.core:jackson-databind is missing
     */
    public String toJson() {
        return Engine.get().json(this);
    }

    /** Returns the results and the exposure as a table for a terminal, in several lines. */
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
        text.append("\ntier ").append(tier).append('\n');
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
