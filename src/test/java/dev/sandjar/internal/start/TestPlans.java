package dev.sandjar.internal.start;

import dev.sandjar.Namespaces;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.plan.Request;
import dev.sandjar.internal.plan.Resolver;
import java.io.IOException;
import java.util.Map;

/** Plans that ask for nothing but what a test is about. */
public final class TestPlans {
    private TestPlans() {}

    public static Plan plain() {
        return plan(Namespaces.none(), Map.of(), null);
    }

    static Plan with(Map<String, String> environment, String directory) {
        return plan(Namespaces.none(), environment, directory);
    }

    private static Plan plan(Namespaces namespaces, Map<String, String> environment, String directory) {
        ProcessAttributes attributes = ProcessAttributes.none().env(environment).coreDumps(true);
        ProcessAttributes process = directory == null ? attributes : attributes.workingDirectory(directory);
        Sandbox sandbox = Sandbox.builder()
                .namespaces(n -> namespaces)
                .process(p -> process)
                .template(false)
                .warm(0)
                .build();
        Request policy = Request.of(sandbox);
        try {
            return Resolver.resolve(
                            policy, Host.detect(0x3f), CgroupSupport.unneeded(), new WalkedPaths(path -> false), null)
                    .plan();
        } catch (SandboxException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
