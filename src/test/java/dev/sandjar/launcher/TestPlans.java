package dev.sandjar.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.cgroup.Offer;
import dev.sandjar.host.Host;
import dev.sandjar.plan.Plan;
import dev.sandjar.plan.Resolver;
import dev.sandjar.policy.ConfinementPolicy;
import dev.sandjar.policy.IdMapPolicy;
import dev.sandjar.policy.IdentityPolicy;
import dev.sandjar.policy.LimitsPolicy;
import dev.sandjar.policy.NamespaceChoice;
import dev.sandjar.policy.NamespaceKind;
import dev.sandjar.policy.NamespacePolicy;
import dev.sandjar.policy.ProcessPolicy;
import dev.sandjar.policy.RootPolicy;
import dev.sandjar.policy.RunBounds;
import dev.sandjar.policy.SandboxPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Plans that ask for nothing but what a test is about. */
final class TestPlans {
    private TestPlans() {}

    static Plan plain() {
        return plan(NamespacePolicy.none(), Map.of(), null);
    }

    static Plan with(Map<String, String> environment, String directory) {
        return plan(NamespacePolicy.none(), environment, directory);
    }

    /** A plan that joins the UTS namespace of a file. */
    static Plan joining(Path file) {
        NamespacePolicy namespaces = new NamespacePolicy(
                Map.of(NamespaceKind.UTS, new NamespaceChoice.Join(file)),
                true,
                true,
                null,
                null,
                Duration.ZERO,
                Duration.ZERO,
                false);
        return plan(namespaces, Map.of(), null);
    }

    private static Plan plan(NamespacePolicy namespaces, Map<String, String> environment, String directory) {
        ProcessPolicy process = new ProcessPolicy(
                environment,
                directory,
                null,
                null,
                null,
                null,
                List.of(),
                new TreeMap<>(),
                new TreeSet<>(),
                false,
                true,
                null);
        SandboxPolicy policy = new SandboxPolicy(
                namespaces,
                new IdentityPolicy(new IdMapPolicy.Automatic(), null, null, List.of()),
                new RootPolicy.Host(),
                List.of(),
                process,
                LimitsPolicy.none(),
                Set.of(),
                RunBounds.none(),
                false,
                ConfinementPolicy.NONE,
                Set.of(),
                false,
                0);
        try {
            return Resolver.resolve(policy, Host.detect(0x3f), Offer.unneeded(), new WalkedPaths(path -> false), null)
                    .plan();
        } catch (SandboxException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
