package dev.sandjar.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Isolation;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.Tier;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.plan.Request;
import dev.sandjar.internal.plan.Resolution;
import dev.sandjar.internal.plan.Resolver;
import dev.sandjar.testing.ImaginedHost;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TierChoiceTest {
    private static final ImaginedHost MASKED_PROC = ImaginedHost.USER.without(Set.of(Isolation.PRIVATE_PROC));
    private static final ImaginedHost NOTHING = ImaginedHost.BEFORE_LANDLOCK.without(List.of(Isolation.USER_NAMESPACE));

    private static Resolution choose(SandboxBuilder builder, ImaginedHost on) throws IOException {
        Sandbox sandbox = builder.build();
        return TierChoice.strongest(
                Request.of(sandbox),
                on.host(),
                (asked, host) -> Resolver.resolve(asked, host, on.cgroups(), new WalkedPaths(path -> true), null));
    }

    @Test
    void theStrongestCompleteOneServes() throws IOException {
        Resolution all = choose(Sandbox.untrusted().minimumTier(Tier.NONE), ImaginedHost.USER);
        assertEquals(Tier.NAMESPACES, all.explanation().tier());
        Resolution container = choose(Sandbox.untrusted().minimumTier(Tier.NONE), MASKED_PROC);
        assertEquals(Tier.CONTAINER, container.explanation().tier(), container::toString);
        assertNull(container.refusal());
        assertTrue(
                container
                        .explanation()
                        .entries()
                        .toString()
                        .contains("no stronger tier is complete here: private /proc: it is not there"),
                container.explanation()::toString);
        Resolution none = choose(Sandbox.untrusted().minimumTier(Tier.NONE), NOTHING);
        assertEquals(Tier.NONE, none.explanation().tier(), none::toString);
        assertNull(none.refusal());
    }

    @Test
    void noWeakerOneThanTheCallerSaysDoes() throws IOException {
        Resolution strict = choose(Sandbox.untrusted(), MASKED_PROC);
        assertNotNull(strict.refusal());
        assertEquals(Tier.NAMESPACES, strict.explanation().tier());
        Resolution container = choose(Sandbox.untrusted().minimumTier(Tier.CONTAINER), NOTHING);
        UnsupportedIsolationException refusal = container.refusal();
        assertNotNull(refusal);
        assertNull(container.plan());
        assertEquals(Optional.of(Isolation.USER_NAMESPACE), refusal.isolation());
        assertTrue(
                refusal.reason()
                        .contains(
                                "it is not there; and the tier CONTAINER, which may serve in its place, is not complete"),
                refusal.reason());
        assertTrue(refusal.reason().contains("Landlock needs Linux 5.13"), refusal.reason());
    }

    /** A root of its own can't be had without mounts, whatever the caller's word. */
    @Test
    void aRootOfItsOwnIsRefused() throws IOException {
        assertNotNull(choose(Sandbox.hermetic().minimumTier(Tier.NONE), NOTHING).refusal());
        assertNotNull(choose(Sandbox.untrusted().rootfs(RootFs.empty()).minimumTier(Tier.CONTAINER), MASKED_PROC)
                .refusal());
    }

    /** That there are no cgroups is no reason to give the namespaces up. */
    @Test
    void limitsAloneCostNoNamespaces() throws IOException {
        ImaginedHost without = ImaginedHost.USER.without(Set.of(Isolation.CGROUP_LIMITS));
        SandboxBuilder builder = Sandbox.untrusted().pidsLimit(9);
        assertNotNull(choose(builder, without).refusal());
        assertEquals(
                Tier.NAMESPACES,
                choose(builder.minimumTier(Tier.CONTAINER), without)
                        .explanation()
                        .tier());
    }

    @Test
    void aRefusalNamesTheCall() throws IOException {
        Request request = Request.of(Sandbox.untrusted().build());
        UnsupportedIsolationException refusal =
                choose(Sandbox.untrusted(), MASKED_PROC).refusal();
        assertNotNull(refusal);
        UnsupportedIsolationException told = TierChoice.offering(refusal, request, asked -> at(asked, MASKED_PROC));
        assertTrue(
                told.remedy()
                        .endsWith("; or minimumTier(Tier.CONTAINER) lets it start here without namespaces, and loses "
                                + Tier.CONTAINER.loss()),
                told.remedy());
        // Where that would not start either, nobody is told of it.
        assertSame(refusal, TierChoice.offering(refusal, request, asked -> at(asked, NOTHING)));
        Request yielding =
                Request.of(Sandbox.untrusted().minimumTier(Tier.CONTAINER).build());
        assertSame(refusal, TierChoice.offering(refusal, yielding, asked -> at(asked, MASKED_PROC)));
    }

    private static Resolution at(Request asked, ImaginedHost on) throws IOException {
        return Resolver.resolve(
                asked, TierChoice.without(on.host()), on.cgroups(), new WalkedPaths(path -> true), null);
    }
}
