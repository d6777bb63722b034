package dev.sandjar.docs;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.internal.plan.Resolution;
import dev.sandjar.testing.ImaginedHost;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A policy with one call of docs/reference.md, and what the planner makes of it on hosts that exist nowhere but here.
 *
 * @param call adds the call, and what it can't be without
 * @param isolation what the host may lack and the caller may do without; null where there is none
 * @param there a host that has what the call needs
 * @param lacking one that has not
 */
record ReferenceRow(
        UnaryOperator<SandboxBuilder> call, @Nullable Isolation isolation, ImaginedHost there, ImaginedHost lacking) {
    /** A call without which the host lacks nothing but {@code isolation}. */
    static ReferenceRow of(Isolation isolation, UnaryOperator<SandboxBuilder> call) {
        return new ReferenceRow(call, isolation, ImaginedHost.ROOT, ImaginedHost.ROOT.without(Set.of(isolation)));
    }

    Resolution on(ImaginedHost host, Isolation... degradable) {
        return host.resolve(
                call.apply(Sandbox.builder().allowDegraded(degradable)).build());
    }
}
