package dev.sandjar.network;

import static dev.sandjar.network.PrivateHost.assertSaid;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Interfaces of the host for one sandbox, in a host that this test has made: nothing is changed in the network of this machine. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
@Tag("heavy")
class NetworkDevicesIT {
    @TempDir
    private Path directory;

    private Map<String, String> run(String scenario) throws Exception {
        return PrivateHost.run(directory, NetworkDevicesMain.class, "", scenario);
    }

    @Test
    void anInterfaceBesideOneOfTheHost() throws Exception {
        Map<String, String> said = run("macvlan");
        assertSaid(said, "without", "101"); // ENETUNREACH
        assertSaid(said, "outside", "192.0.2.50");
        assertSaid(said, "outside by IPv6", "2001:db8::50");
        assertSaid(said, "no route", "101");
        assertSaid(said, "by a route", "192.0.2.50");
        assertSaid(said, "names", "lo wan0");
        assertSaid(said, "PRIVATE", "not reached");
        assertSaid(said, "BRIDGE", "reached");
        assertSaid(said, "interfaces", "[lo, out0]");
        assertSaid(said, "explained", "true");
        assertSaid(said, "status", "0");
    }

    @Test
    void anInterfaceThatIsMoved() throws Exception {
        Map<String, String> said = run("moved");
        assertSaid(said, "before", "[lo, out0]");
        assertSaid(said, "outside", "192.0.2.1 2001:db8::1");
        assertSaid(said, "meanwhile", "[lo]");
        assertTrue(said.get("twice").contains("maybe another sandbox has it"), said.get("all"));
        assertTrue(said.get("missing").contains("no interface none0"), said.get("all"));
        assertSaid(said, "afterwards", "true");
        assertSaid(said, "status", "0");
    }

    @Test
    void aBundleMovesThemToo() throws Exception {
        Map<String, String> said = run("bundle");
        assertSaid(said, "bundle", "192.0.2.1 ['lo', 'eth7']");
    }
}
