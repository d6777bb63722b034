package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.Capability;
import dev.sandjar.Mount;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import org.junit.jupiter.api.Test;

/**
 * A sysfs shows the network namespace of whoever mounted it, and lets its devices be changed. The one device that every namespace has is
 * up on the host and down in the sandbox, which tells them apart.
 */
@KernelTest
@NeedsHost(Feature.USERNS)
class SysfsIT {
    private static final String FLAGS = "cat /sys/class/net/lo/flags";
    private static final String UP = "0x9";
    private static final String DOWN = "0x8";

    private static SandboxBuilder with(String... options) {
        return Sandbox.builder()
                .mountNamespace()
                .mount(Mount.fileSystem("sysfs", "/sys").options(options));
    }

    private static boolean mayMountOnTheHostsNetwork() {
        return HostProgram.sh("id -u; cat /proc/self/uid_map").matches("(?s)0\\s+0\\s+0\\s+4294967295\\s*");
    }

    private static void assumeTheHostsIsUp() {
        assumeTrue(HostProgram.sh(FLAGS).strip().equals(UP), "the host's own loopback is down");
    }

    /** In a container the kernel mounts none for a user namespace, because parts of the container's own are covered. */
    private static void assumeItCanBeMounted() {
        assumeTrue(
                HostProgram.sh("unshare -Urnm mount -t sysfs -o ro none /sys && echo mounted; true")
                                .strip()
                                .equals("mounted")
                        || mayMountOnTheHostsNetwork(),
                "the kernel lets this user mount no sysfs");
    }

    @Test
    void itShowsTheSandboxesNetwork() throws Exception {
        assumeTheHostsIsUp();
        assumeItCanBeMounted();
        Sandbox sandbox = with("ro").network(Network.none()).build();
        // From the third start on there could be a template, to whose namespace a mount would belong.
        for (int i = 0; i < 4; i++) {
            assertEquals(DOWN, Guest.sh(sandbox, FLAGS));
        }
    }

    @Test
    void itShowsTheSandboxesNetworkInAUserNamespace() throws Exception {
        assumeTheHostsIsUp();
        assumeTrue(
                HostProgram.sh("unshare -Urnm mount -t sysfs -o ro none /sys && echo mounted; true")
                        .strip()
                        .equals("mounted"),
                "the kernel mounts no sysfs in a user namespace here");
        assertEquals(
                DOWN,
                Guest.sh(with("ro").userNamespace().network(Network.none()).build(), FLAGS));
    }

    /** Positive control: where it is asked for, the host's is what is seen. */
    @Test
    void onTheHostsNetworkItShowsTheHosts() throws Exception {
        assumeTheHostsIsUp();
        assumeTrue(mayMountOnTheHostsNetwork(), "needs root");
        assertEquals(UP, Guest.sh(with("ro").network(Network.host()).build(), FLAGS));
    }

    @Test
    void aProgramThatMayChangeDevicesChangesItsOwn() throws Exception {
        assumeTrue(mayMountOnTheHostsNetwork(), "needs root");
        String length = "cat /sys/class/net/lo/tx_queue_len";
        String before = HostProgram.sh(length).strip();
        assertFalse(before.equals("777"));
        Sandbox sandbox = with().network(Network.none())
                .keepCapabilities(Capability.NET_ADMIN)
                .build();
        assertEquals("777", Guest.sh(sandbox, "echo 777 > /sys/class/net/lo/tx_queue_len; " + length));
        assertEquals(before, HostProgram.sh(length).strip());
    }

    @Test
    void aNetworkThatIsNotTheUserNamespacesIsNamed() {
        UnsupportedIsolationException e = assertThrows(
                UnsupportedIsolationException.class,
                () -> with("ro").userNamespace().network(Network.host()).build().run("/bin/true"));
        assertTrue(e.getMessage().contains("the host's network namespace does not belong"), e.getMessage());
        assertTrue(e.getMessage().contains("network namespace of its own"), e.getMessage());
    }
}
