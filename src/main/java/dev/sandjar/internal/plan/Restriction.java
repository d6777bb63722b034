package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.AppliedPolicy.Outcome;

/**
 * How a path that exists is hidden or protected.
 *
 * @param step the name of the operation
 * @param mechanism for people
 * @param note what it does not keep from, empty for nothing
 */
record Restriction(String step, String mechanism, String note) {
    AppliedPolicy.Entry enforced(String request) {
        return new AppliedPolicy.Entry(request, Outcome.ENFORCED, mechanism, note);
    }

    static AppliedPolicy.Entry absent(String request) {
        return new AppliedPolicy.Entry(request, Outcome.ABSENT, "", "there is no such place inside");
    }
}
