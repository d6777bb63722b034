package dev.sandjar.internal.network;

import dev.sandjar.Network;
import dev.sandjar.network.AddressRange;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Addresses for tests of networks (RFC 2544), which no host of the Internet has: those that names have inside. */
public final class SyntheticAddresses {
    public static final AddressRange RANGE = AddressRange.of("198.18.0.0/15");

    private static final int LOWER_BITS = 17;
    private static final int PROXY_FROM_END = 3;

    private SyntheticAddresses() {}

    /** Of rules, in the order of their addresses. */
    static List<String> names(Network network) {
        return network.rules().egress().stream()
                .filter(rule -> !rule.isPattern())
                .flatMap(rule -> rule.name().stream())
                .distinct()
                .toList();
    }

    /** Where proxies listen: one of the last, which no name comes to have. */
    static final InetAddress PROXY = of((1 << LOWER_BITS) - PROXY_FROM_END);

    /** That of the name of this number. */
    static InetAddress of(int index) {
        byte[] address = RANGE.first().getAddress();
        int lower = index + 1;
        address[1] += (byte) (lower >> (2 * Byte.SIZE));
        address[2] = (byte) (lower >> Byte.SIZE);
        address[3] = (byte) lower;
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has one of the two lengths that there are
        }
    }

    /** The number of the name that has it; negative if none has. */
    static int index(InetAddress address) {
        if (!RANGE.contains(address)) {
            return -1;
        }
        byte[] bytes = address.getAddress();
        int all = ((bytes[1] & 0xff) << (2 * Byte.SIZE)) | ((bytes[2] & 0xff) << Byte.SIZE) | (bytes[3] & 0xff);
        return (all & ((1 << LOWER_BITS) - 1)) - 1;
    }
}
