package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Tier;
import java.util.stream.Stream;

/** Says by what means the whole is done, before all that is done. */
final class TierEntry {
    private TierEntry() {}

    static void add(Draft draft) {
        boolean asks = Stream.of(NamespaceKind.values()).anyMatch(draft.request.namespaces()::isNew);
        Tier tier = of(draft);
        if (!asks && tier == Tier.NAMESPACES) {
            return;
        }
        int place = draft.request.name().isPresent() ? 1 : 0;
        Outcome outcome = draft.refusal == null ? Outcome.ENFORCED : Outcome.IMPOSSIBLE;
        draft.entries.add(
                place,
                new AppliedPolicy.Entry(
                        "tier " + tier,
                        outcome,
                        switch (tier) {
                            case NAMESPACES -> "";
                            case CONTAINER -> "Landlock, seccomp, resource limits";
                            case NONE -> "";
                        },
                        reason(draft, tier)));
    }

    private static Tier of(Draft draft) {
        Tier asked = draft.request.tier();
        boolean lacks = Stream.of(NamespaceKind.values()).anyMatch(kind -> WithoutNamespaces.lacks(draft, kind));
        return asked == Tier.NAMESPACES && lacks ? Tier.CONTAINER : asked;
    }

    private static String reason(Draft draft, Tier tier) {
        if (tier == Tier.NAMESPACES) {
            return "";
        }
        String why = draft.request.because().isEmpty()
                ? "allowDegraded(...) let namespaces be missing"
                : draft.request.because();
        return "loses " + tier.loss() + "; " + why;
    }
}
