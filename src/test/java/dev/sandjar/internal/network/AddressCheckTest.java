package dev.sandjar.internal.network;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sandjar.network.AddressRange;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressCheckTest {
    private static String refusal(String address, String... ranges) throws Exception {
        return AddressCheck.refusal(
                InetAddress.getByName(address),
                List.of(ranges).stream().map(AddressRange::of).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "168.63.129.15",
                "168.63.129.17",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2600::1",
                "2a00:1450::1",
                "2001:200::1",
                "2003::1"
            })
    void publicAddressesMayBe(String address) throws Exception {
        assertNull(refusal(address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.255.255.255",
                "10.0.0.0",
                "10.255.255.255",
                "100.64.0.0",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.255",
                "168.63.129.16",
                "169.254.0.0",
                "169.254.169.254",
                "172.16.0.0",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.255.255",
                "198.18.0.0",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::7f00:1",
                "::ffff:127.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b::808:808",
                "64:ff9b:1::1",
                "100::1",
                "2001::1",
                "2001:20::1",
                "2001:db8::1",
                "2002:7f00:1::1",
                "3fff::1",
                "4000::1",
                "5f00::1",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "fec0::1",
                "ff02::1"
            })
    void othersMayNot(String address) throws Exception {
        assertNotNull(refusal(address));
    }

    @Test
    void aRangeThatIsNamedMayBe() throws Exception {
        assertNull(refusal("10.1.2.3", "192.168.0.0/16", "10.1.0.0/16"));
        assertNotNull(refusal("10.2.2.3", "192.168.0.0/16", "10.1.0.0/16"));
        assertNull(refusal("fd00:ec2::254", "fd00::/8"));
        assertNotNull(refusal("127.0.0.1", "10.0.0.0/8"));
        assertNotNull(refusal("::1", "0.0.0.0/0"));
    }

    /** Whoever makes them with a zone gets what InetAddress makes IPv4 of. */
    @Test
    void mappedAddressesMayNeverBe() throws Exception {
        byte[] mapped = new byte[16];
        mapped[10] = mapped[11] = -1;
        mapped[12] = mapped[15] = 8;
        InetAddress address = Inet6Address.getByAddress("", mapped, -1);
        assertNotNull(AddressCheck.refusal(address, List.of()));
        assertNotNull(AddressCheck.refusal(address, List.of(AddressRange.of("::/0"))));
        mapped[11] = 1;
        assertNotNull(AddressCheck.refusal(Inet6Address.getByAddress("", mapped, 5), List.of(AddressRange.of("::/0"))));
    }

    @Test
    void addressesOfThisHostMayNot() throws Exception {
        for (NetworkInterface device : NetworkInterface.networkInterfaces().toList()) {
            for (InetAddress address : device.inetAddresses().toList()) {
                assertNotNull(AddressCheck.refusal(address, List.of()), address::toString);
            }
        }
    }

    /** As the address of a load balancer is, which a route makes one of this host: no interface has this one either. */
    @Test
    void addressesOfLocalRoutesAreOfThisHost() throws Exception {
        InetAddress local = InetAddress.getByName("127.0.0.2");
        assertNull(NetworkInterface.getByInetAddress(local));
        assertNotNull(AddressCheck.ofThisHost(local));
        assertNull(AddressCheck.ofThisHost(InetAddress.getByName("192.0.2.1")));
        assertNull(AddressCheck.ofThisHost(InetAddress.getByName("2001:db8::1")));
    }
}
