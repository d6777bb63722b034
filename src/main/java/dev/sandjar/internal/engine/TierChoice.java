package dev.sandjar.internal.engine;

import dev.sandjar.Isolation;
import dev.sandjar.Tier;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.RefusedNamespaces;
import dev.sandjar.internal.plan.Request;
import dev.sandjar.internal.plan.Resolution;
import java.io.IOException;
import java.util.List;

/** Chooses the strongest tier that is complete on a host, and no weaker than the caller has said. */
final class TierChoice {
    private TierChoice() {}

    /** Makes a plan for a host. */
    interface Attempt {
        Resolution of(Request request, Host host) throws IOException;
    }

    /** Makes a plan in a tier without namespaces. */
    interface WithoutNamespaces {
        Resolution of(Request request) throws IOException;
    }

    /** What a policy comes to; refused, if no tier that the caller lets serve is complete. */
    static Resolution strongest(Request request, Host host, Attempt attempt) throws IOException {
        Tier weakest = request.sandbox().minimumTier();
        Resolution first = attempt.of(request, host);
        UnsupportedIsolationException refusal = first.refusal();
        if (refusal == null) {
            return first;
        }
        Resolution last = first;
        UnsupportedIsolationException end = refusal;
        for (Tier tier : List.of(Tier.CONTAINER, Tier.NONE)) {
            if (tier.compareTo(weakest) <= 0) {
                String why = "no stronger tier is complete here: " + said(end);
                last = attempt.of(request.in(tier, why), without(host));
                UnsupportedIsolationException again = last.refusal();
                if (again == null) {
                    return last;
                }
                end = again;
            }
        }
        return weakest == Tier.NAMESPACES
                ? last
                : new Resolution(last.explanation(), null, both(refusal, weakest, end));
    }

    /** The host with no namespace to give. */
    static Host without(Host host) {
        return RefusedNamespaces.from(host, "left out in this tier");
    }

    private static String said(UnsupportedIsolationException refusal) {
        return refusal.step() + ": " + refusal.reason();
    }

    private static UnsupportedIsolationException both(
            UnsupportedIsolationException refusal, Tier weakest, UnsupportedIsolationException end) {
        return again(
                refusal,
                refusal.reason() + "; and the tier " + weakest
                        + ", which may serve in its place, is not complete here: " + said(end),
                refusal.remedy().isEmpty() ? end.remedy() : refusal.remedy() + "; or " + end.remedy());
    }

    /** A refusal that also says which call would let a weaker tier serve here, and what that would lose. */
    static UnsupportedIsolationException offering(
            UnsupportedIsolationException refusal, Request request, WithoutNamespaces attempt) throws IOException {
        boolean may = request.sandbox().minimumTier() == Tier.NAMESPACES
                && refusal.isolation()
                        .filter(isolation -> isolation != Isolation.CGROUP_LIMITS
                                && Tier.CONTAINER.lost().contains(isolation))
                        .isPresent();
        if (!may || attempt.of(request.in(Tier.CONTAINER, said(refusal))).refusal() != null) {
            return refusal;
        }
        String call =
                "minimumTier(Tier.CONTAINER) lets it start here without namespaces, and loses " + Tier.CONTAINER.loss();
        return again(refusal, refusal.reason(), refusal.remedy().isEmpty() ? call : refusal.remedy() + "; or " + call);
    }

    private static UnsupportedIsolationException again(
            UnsupportedIsolationException refusal, String reason, String remedy) {
        UnsupportedIsolationException told = new UnsupportedIsolationException(
                refusal.isolation().orElse(null),
                refusal.step(),
                refusal.systemCall().orElse(null),
                refusal.path().orElse(null),
                refusal.errno(),
                reason,
                remedy);
        told.setStackTrace(refusal.getStackTrace());
        return told;
    }
}
