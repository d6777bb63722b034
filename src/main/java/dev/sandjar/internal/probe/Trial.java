package dev.sandjar.internal.probe;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.Tier;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.RefusedNamespaces;
import dev.sandjar.internal.plan.Request;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Something to try: the smallest policy that needs it.
 *
 * @param name for people
 * @param isolation what it is a trial of, null where that has no name in the API
 * @param view what of the host the resolver is shown
 */
record Trial(String name, @Nullable Isolation isolation, Request policy, UnaryOperator<Host> view) {
    static Trial of(Isolation isolation, boolean userNamespace) {
        Request policy = Request.of(TrialPolicies.of(isolation, userNamespace));
        return new Trial(isolation.label(), isolation, policy, UnaryOperator.identity());
    }

    /** The same policy by the means of a tier without namespaces. */
    static Trial in(Tier tier, String name, Sandbox policy) {
        return new Trial(
                name,
                null,
                Request.of(policy).in(tier, "it is tried"),
                host -> RefusedNamespaces.from(host, "left out in this tier"));
    }

    static Trial of(String name, Sandbox policy) {
        return of(name, policy, UnaryOperator.identity());
    }

    static Trial of(String name, Sandbox policy, UnaryOperator<Host> view) {
        return new Trial(name, null, Request.of(policy), view);
    }
}
