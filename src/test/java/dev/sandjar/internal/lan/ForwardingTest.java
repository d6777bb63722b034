package dev.sandjar.internal.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.internal.NetworkLayout;
import dev.sandjar.network.Subnet;
import dev.sandjar.testing.KernelTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Who is a router: nobody by what a new namespace has from the host, which may be one for either kind of addresses. */
@KernelTest
class ForwardingTest {
    private static final String IPV4 = "ipv4/ip_forward";
    private static final String IPV6 = "ipv6/conf/all/forwarding";

    private static final String OFF = Files.exists(Path.of("/proc/sys/net/ipv6")) ? "0" : null;

    private static Map<String, String> settings(boolean gateway, String... subnets) {
        List<Subnet> all = List.of(subnets).stream().map(Subnet::of).toList();
        return RoutingSettings.of(new NetworkLayout(
                "n", all, 1500, gateway, false, false, List.of(), Optional.empty(), Optional.empty()));
    }

    @Test
    void aMemberIsNone() throws Exception {
        assertEquals("0", Attachment.given().get(IPV4));
        assertEquals(OFF, Attachment.given().get(IPV6));
    }

    @Test
    void aNetworkIsOneForWhatItHasAGatewayOf() {
        Map<String, String> none = settings(false, "10.0.0.0/24", "fd00::/64");
        assertEquals("0", none.get(IPV4));
        assertEquals(OFF, none.get(IPV6));
        Map<String, String> one = settings(true, "10.0.0.0/24");
        assertEquals("1", one.get(IPV4));
        assertEquals(OFF, one.get(IPV6));
        assertEquals("1", settings(true, "10.0.0.0/24", "fd00::/64").get(IPV6));
    }
}
