package dev.sandjar.internal.lan;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * An interface of a member.
 *
 * @param index of the interface inside
 * @param port index of the other end
 * @param name of the member, "" if it has none
 */
record Place(OpenNetwork network, int index, int number, int port, String name, List<InetAddress> addresses) {
    private static final int LINK_LOCAL_SIZE = 16;

    /** The address of IPv6 that the kernel makes of the hardware address. */
    Inet6Address linkLocal() {
        byte[] mac = HardwareAddresses.of(HardwareAddresses.MEMBER, number);
        byte[] bytes = new byte[LINK_LOCAL_SIZE];
        bytes[0] = (byte) 0xfe;
        bytes[1] = (byte) 0x80;
        System.arraycopy(mac, 0, bytes, 8, 3);
        bytes[8] ^= 2;
        bytes[11] = (byte) 0xff;
        bytes[12] = (byte) 0xfe;
        System.arraycopy(mac, 3, bytes, 13, 3);
        try {
            return Inet6Address.getByAddress(null, bytes, -1);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has the length of one
        }
    }

    String interfaceName() {
        return "eth" + (index - OpenNetwork.FIRST_INSIDE);
    }

    byte[] hardwareAddress() {
        return HardwareAddresses.of(HardwareAddresses.MEMBER, number);
    }

    int prefix(int subnet) {
        return network.layout().subnets().get(subnet).prefix();
    }
}
