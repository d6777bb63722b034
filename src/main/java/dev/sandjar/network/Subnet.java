package dev.sandjar.network;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A subnet of a {@link SandboxNetwork}, of IPv4 or IPv6, from which members get their addresses. Immutable and thread-safe.
 *
 * @param address the first address of the subnet; all its bits after the prefix are 0
 * @param prefix the number of bits that all addresses have in common: 8 to 29 of IPv4, 16 to 120 of IPv6
 */
public record Subnet(InetAddress address, int prefix) {
    private static final Pattern TEXT = Pattern.compile("([0-9.]{7,15}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)/([0-9]{1,3})");
    private static final Pattern FOUR = Pattern.compile("[0-9]{1,3}([.][0-9]{1,3}){3}");
    private static final int PREFIX_MIN = 8;
    private static final int PREFIX_MAX = 29;
    private static final int PREFIX_MIN_6 = 16;
    private static final int PREFIX_MAX_6 = 120;

    /**
     * Makes a subnet of its first address and the length of its prefix.
     *
     * @param address see the record
     * @param prefix see the record
     * @throws IllegalArgumentException if the prefix is out of range, bits of the address after it are set, or the address is one of
     *     loopback, link-local, multicast, of 0.0.0.0/8, or {@code ::}
     */
    public Subnet {
        Objects.requireNonNull(address, "address");
        boolean four = address instanceof Inet4Address;
        Checks.range("prefix", prefix, four ? PREFIX_MIN : PREFIX_MIN_6, four ? PREFIX_MAX : PREFIX_MAX_6);
        int bits = address.getAddress().length * Byte.SIZE;
        if (new BigInteger(1, address.getAddress()).getLowestSetBit() < bits - prefix && !isZero(address)) {
            throw new IllegalArgumentException(address.getHostAddress() + "/" + prefix
                    + " has bits after its prefix that are set: write the lowest address of the subnet");
        }
        if (address.isLoopbackAddress()
                || address.isMulticastAddress()
                || address.isLinkLocalAddress()
                || (address.getAddress()[0] == 0 && (four || isZero(address)))) {
            throw new IllegalArgumentException(
                    address.getHostAddress() + "/" + prefix + " are no addresses of a network's members");
        }
    }

    private static boolean isZero(InetAddress address) {
        return Arrays.equals(address.getAddress(), new byte[address.getAddress().length]);
    }

    /**
     * Parses a subnet in CIDR notation (RFC 4632). No name is looked up.
     *
     * @param text the first address, a slash and the length of the prefix, such as {@code 10.7.0.0/24} or {@code fd07::/64}
     * @return the subnet
     * @throws IllegalArgumentException if the text is malformed, or the constructor refuses the address or the prefix
     */
    public static Subnet of(String text) {
        Matcher parts = TEXT.matcher(Objects.requireNonNull(text, "text"));
        if (parts.matches()) {
            String address = parts.group(1);
            boolean four = FOUR.matcher(address).matches()
                    && Arrays.stream(address.split("[.]")).allMatch(part -> Integer.parseInt(part) < 256);
            if (four || address.indexOf(':') >= 0) {
                try {
                    return new Subnet(InetAddress.getByName(address), Integer.parseInt(parts.group(2)));
                } catch (UnknownHostException e) {
                    throw new IllegalArgumentException(Printable.quote(text) + " is no subnet", e);
                }
            }
        }
        throw new IllegalArgumentException(
                Printable.quote(text) + " is no subnet such as \"10.7.0.0/24\" or \"fd07::/64\"");
    }

    /**
     * Tells whether this is a subnet of IPv4.
     *
     * @return true for IPv4, false for IPv6
     */
    public boolean isIpv4() {
        return address instanceof Inet4Address;
    }

    /**
     * Returns the address that is {@code number} above the first one.
     *
     * @param number what is added to the first address: 1 up to the last address of the subnet, without the broadcast address of IPv4
     * @return the address
     * @throws IllegalArgumentException if the number is out of range
     */
    public InetAddress at(int number) {
        byte[] bytes = address.getAddress();
        BigInteger size = BigInteger.ONE.shiftLeft(bytes.length * Byte.SIZE - prefix);
        BigInteger last = size.subtract(BigInteger.valueOf(isIpv4() ? 2 : 1));
        if (number < 1 || BigInteger.valueOf(number).compareTo(last) > 0) {
            throw new IllegalArgumentException("number is " + number + ", allowed is 1 to " + last);
        }
        int rest = number;
        for (int i = bytes.length - 1; rest != 0; i--) {
            bytes[i] |= (byte) rest;
            rest >>>= Byte.SIZE;
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has the length of the first
        }
    }

    /**
     * Returns how many addresses the subnet has beside the first one and, with IPv4, the broadcast address. A network gives its members
     * those from {@link #at at(2)} on; {@code at(1)} is kept for a router.
     *
     * @return the highest number that {@link #at} takes, 6 or more; {@link Integer#MAX_VALUE} also for more than that
     */
    public int size() {
        int bits = address.getAddress().length * Byte.SIZE - prefix;
        return bits >= Integer.SIZE - 1 ? Integer.MAX_VALUE : (1 << bits) - (isIpv4() ? 2 : 1);
    }

    /** Returns the subnet as {@link #of} parses it, such as {@code 10.7.0.0/24}. */
    @Override
    public String toString() {
        return address.getHostAddress() + "/" + prefix;
    }
}
