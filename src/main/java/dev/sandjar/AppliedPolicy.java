package dev.sandjar;

import java.util.List;

/**
 * What was really enforced for one process, request by request.
 *
 * @param entries in the order of set-up
 */
public record AppliedPolicy(List<Entry> entries) {
    private static final String NAME = "name ";

    /**
     * Copies the list.
     *
     * @param entries in the order of set-up
     */
    public AppliedPolicy {
        entries = List.copyOf(entries);
    }

    /** What became of a request. */
    public enum Outcome {
        /** It was done as asked for. */
        ENFORCED,
        /** It is missing or weaker than asked for, as {@link SandboxBuilder#allowDegraded} permitted. */
        DEGRADED,
        /**
         * It was done, but is of no use: the program's user may not enter or read what is shown to it, by the owner and mode that the
         * host's file has.
         */
        UNREACHABLE,
        /** It was not done, since the place that it is about does not exist inside. */
        ABSENT,
        /** This host can't do it. A start is refused. */
        IMPOSSIBLE
    }

    /**
     * One request.
     *
     * @param request what was asked for, such as "network namespace"
     * @param outcome what became of it
     * @param mechanism how it is done here, such as "mount_setattr(2)"; empty if it isn't
     * @param reason why this mechanism, or why not; may be empty
     */
    public record Entry(String request, Outcome outcome, String mechanism, String reason) {}

    /**
     * Tells by what means the policy was carried out.
     *
     * @return {@link Tier#NAMESPACES} also for a policy that asked for no namespace
     */
    public Tier tier() {
        return Tier.of(entries);
    }

    /** A line that says how many entries have which outcome, and an aligned table as {@link Explanation#toString()} has it. */
    @Override
    public String toString() {
        return PolicyTable.summarized(entries);
    }

    /** What the sandbox is called, with which the list begins; empty if it has no name. */
    String name() {
        String first = entries.isEmpty() ? "" : entries.get(0).request();
        return first.startsWith(NAME) ? first.substring(NAME.length()) : "";
    }
}
