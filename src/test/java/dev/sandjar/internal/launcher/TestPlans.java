package dev.sandjar.internal.launcher;

import dev.sandjar.Limits;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Namespaces;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.RootFs;
import dev.sandjar.RunBounds;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.cgroup.Offer;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.plan.Resolver;
import dev.sandjar.internal.policy.ConfinementPolicy;
import dev.sandjar.internal.policy.SandboxPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Plans that ask for nothing but what a test is about. */
public final class TestPlans {
    private TestPlans() {}

    public static Plan plain() {
        return plan(Namespaces.none(), Map.of(), null);
    }

    static Plan with(Map<String, String> environment, String directory) {
        return plan(Namespaces.none(), environment, directory);
    }

    /** A plan that joins the UTS namespace of a file. */
    static Plan joining(Path file) {
        Namespaces namespaces = Namespaces.none().join(NamespaceKind.UTS, file);
        return plan(namespaces, Map.of(), null);
    }

    private static Plan plan(Namespaces namespaces, Map<String, String> environment, String directory) {
        ProcessAttributes attributes = ProcessAttributes.none().env(environment).coreDumps(true);
        ProcessAttributes process = directory == null ? attributes : attributes.workingDirectory(directory);
        SandboxPolicy policy = new SandboxPolicy(
                namespaces,
                Optional.empty(),
                new RootFs.Host(),
                List.of(),
                process,
                Limits.none(),
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
