package dev.sandjar.internal.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** As many members as a bridge has ports, without anybody in their namespaces. */
@KernelTest
@NeedsHost(Feature.USERNS)
@Tag("slow")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class BridgePortsIT {
    private static final int PORTS = 1023;

    @Test
    void theKernelSaysWhenABridgeIsFull() throws Exception {
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.8.0.0/20").open()) {
            Network network = Network.attached(lan);
            List<Attachment> all = new ArrayList<>();
            try {
                for (int i = 0; i < PORTS; i++) {
                    all.add(Attachment.open(Kernel.get(), network, Map.of()));
                }
                SandboxException e =
                        assertThrows(SandboxException.class, () -> Attachment.open(Kernel.get(), network, Map.of())
                                .close());
                assertTrue(e.getMessage().contains("a bridge has 1023 ports"), e.getMessage());
                assertTrue(e.getMessage().contains("end sandboxes that are attached"), e.getMessage());
            } finally {
                all.forEach(Attachment::close);
            }
            assertEquals(PORTS, all.size());
        }
    }
}
