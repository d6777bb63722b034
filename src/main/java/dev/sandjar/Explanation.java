package dev.sandjar;

import java.util.List;

/**
 * What each request would become on this host, known before anything runs. See {@link Sandbox#explain()}.
 *
 * @param entries in the order of set-up
 */
public record Explanation(List<AppliedPolicy.Entry> entries) {
    /**
     * Copies the list.
     *
     * @param entries in the order of set-up
     */
    public Explanation {
        entries = List.copyOf(entries);
    }

    /**
     * Whether a start would be tried.
     *
     * @return false if one entry is {@link AppliedPolicy.Outcome#IMPOSSIBLE}
     */
    public boolean isPossible() {
        return entries.stream().noneMatch(entry -> entry.outcome() == AppliedPolicy.Outcome.IMPOSSIBLE);
    }

    /**
     * Tells by what means a start would carry the policy out.
     *
     * @return the strongest tier that is complete here and that {@link SandboxBuilder#minimumTier} lets serve; where there is none, the
     *     weakest that was tried
     */
    public Tier tier() {
        return Tier.of(entries);
    }

    /**
     * A line that says whether a start would be tried, in which tier, and how many entries have which outcome; then an aligned table of them.
     * A reason that is too long for a line of 120 characters follows below its entry.
     */
    @Override
    public String toString() {
        return (isPossible() ? "possible in the tier " + tier() : "impossible here") + ": "
                + PolicyTable.summarized(entries);
    }
}
