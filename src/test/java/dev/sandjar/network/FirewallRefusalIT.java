package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Isolation;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxHost;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.plan.Resolution;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.ImaginedHost;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What kernels lack for networks is told before anything runs. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class FirewallRefusalIT {
    /** Everything that may be missing is allowed to be, which is not meant for these. */
    private static Sandbox sandbox(Network network) {
        return Sandbox.builder()
                .network(network)
                .allowDegraded(Isolation.values())
                .build();
    }

    @Test
    void aKernelWithoutNfTablesIsRefused() throws Exception {
        Firewall firewall = Firewall.denyAll();
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            Sandbox walled = sandbox(Network.attached(lan).firewall(firewall));
            Resolution refused =
                    ImaginedHost.ROOT.without(NetworkFeature.FIREWALL).resolve(walled);
            UnsupportedIsolationException refusal = Objects.requireNonNull(refused.refusal());
            assertEquals("firewall deny all", refusal.step());
            assertTrue(refusal.reason().contains("this kernel has no nf_tables"), refusal::getMessage);
            assertTrue(refusal.remedy().contains("modprobe -a nf_tables"), refusal::getMessage);
            assertEquals(List.of(Outcome.IMPOSSIBLE), outcomes(refused));
            Resolution taken = ImaginedHost.ROOT.resolve(walled);
            assertNull(taken.refusal());
            assertEquals(List.of(Outcome.ENFORCED), outcomes(taken));
            assertNull(ImaginedHost.ROOT
                    .without(NetworkFeature.FIREWALL)
                    .resolve(sandbox(Network.attached(lan)))
                    .refusal());
        }
    }

    private static List<Outcome> outcomes(Resolution resolution) {
        return resolution.explanation().entries().stream()
                .filter(entry -> entry.request().startsWith("firewall "))
                .map(entry -> entry.outcome())
                .toList();
    }

    private static void assertTold(boolean has, SandboxHost host, String name) {
        SandboxHost.Feature told = host.features().stream()
                .filter(feature -> feature.name().equals(name))
                .findFirst()
                .orElseThrow();
        assertEquals(has, told.available(), host::toString);
        assertEquals(has, told.remedy().isEmpty(), host::toString);
    }

    /** What is explained, what the doctor says and what a start does agree with what another program found. */
    @Test
    void thisKernelIsTried() throws Exception {
        boolean has = Feature.NF_TABLES.isPresent();
        SandboxHost host = SandboxHost.probe();
        assertTold(has, host, "firewalls of attached sandboxes");
        assertTold(Feature.NFT_BRIDGE.isPresent(), host, "partitions of networks of sandboxes");
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            Sandbox walled = sandbox(Network.attached(lan).firewall(Firewall.denyAll()));
            assertEquals(has, walled.explain().isPossible(), () -> Feature.NF_TABLES.missing() + "");
            if (has) {
                assertEquals(0, walled.run("true").exitValue());
            }
        }
    }
}
