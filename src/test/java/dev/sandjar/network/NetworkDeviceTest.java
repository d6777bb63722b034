package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Interfaces of the host: what is one, and which go together. */
class NetworkDeviceTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "lo",
                ".",
                "..",
                "all",
                "default",
                "a/b",
                "a:b",
                "a b",
                "eth%d",
                "a\u0000",
                "\u00e4",
                "sixteen-letters-"
            })
    void namesThatAreNone(String name) {
        assertThrows(IllegalArgumentException.class, () -> NetworkDevice.move(name));
        assertThrows(IllegalArgumentException.class, () -> NetworkDevice.macvlan(name));
        assertThrows(
                IllegalArgumentException.class, () -> NetworkDevice.move("eth0").named(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"eth0", "enp0s31f6", "a", "wg-1.7@x", "fifteen-letters"})
    void namesThatAreSome(String name) {
        assertEquals(name, NetworkDevice.move(name).insideName());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "192.0.2.7",
                "192.0.2.7/",
                "192.0.2.7/33",
                "192.0.2.7/024",
                "name/24",
                "fe80::1%eth0/64",
                "::ffff:192.0.2.7/96",
                "2001:db8::/129"
            })
    void addressesThatAreNone(String text) {
        assertThrows(
                IllegalArgumentException.class, () -> NetworkDevice.move("eth0").address(text));
    }

    @Test
    void itIsAValue() {
        NetworkDevice device = NetworkDevice.macvlan("eth0")
                .mode(NetworkDevice.Mode.BRIDGE)
                .address("192.0.2.7/24")
                .route("0.0.0.0/0", "192.0.2.1");
        assertEquals("macvlan of eth0 192.0.2.7/24, 0.0.0.0/0 via 192.0.2.1", device.toString());
        assertEquals(device, device.named("eth0"));
        assertEquals(device.hashCode(), device.named("eth0").hashCode());
        for (NetworkDevice other : List.of(
                device.named("eth1"),
                device.address("192.0.2.8/24"),
                device.mode(NetworkDevice.Mode.VEPA),
                device.route("10.0.0.0/8", "192.0.2.2"),
                NetworkDevice.move("eth0"))) {
            assertNotEquals(device, other);
        }
        assertThrows(
                IllegalStateException.class, () -> NetworkDevice.move("eth0").mode(NetworkDevice.Mode.VEPA));
    }

    @Test
    void whatGoesTogether() {
        Network network = Network.devices(NetworkDevice.move("eth1"), NetworkDevice.macvlan("eth2"));
        assertTrue(network.isSeparate() && network.isLoopbackUp());
        assertEquals(2, network.devices().size());
        assertThrows(
                IllegalArgumentException.class,
                () -> Network.devices(NetworkDevice.move("eth0"), NetworkDevice.macvlan("eth2")));
        assertThrows(
                IllegalArgumentException.class,
                () -> Network.devices(
                        NetworkDevice.move("eth1"), NetworkDevice.move("eth1").named("eth2")));
        assertThrows(IllegalStateException.class, () -> network.publish(80));
    }
}
