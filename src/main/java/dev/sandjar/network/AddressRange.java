package dev.sandjar.network;

import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Objects;

/**
 * A range of IP addresses that begin with the same bits, such as {@code 10.0.0.0/8} (CIDR, RFC 4632). Immutable and thread-safe.
 *
 * @param first the lowest address of the range; all its bits after the first {@code bits} are 0
 * @param bits how many leading bits the addresses have in common: 0 to 32 with IPv4, 0 to 128 with IPv6
 */
public record AddressRange(InetAddress first, int bits) {
    /**
     * Makes a range of its lowest address and the number of common bits.
     *
     * @param first see the record
     * @param bits see the record
     * @throws IllegalArgumentException if {@code bits} is out of range, or {@code first} is not the lowest address of the range or has a
     *     zone ({@code fe80::1%eth0})
     */
    public AddressRange {
        AddressLiterals.refuseZone(Objects.requireNonNull(first, "first"));
        byte[] bytes = first.getAddress();
        Checks.range("bits", bits, 0, bytes.length * Byte.SIZE);
        for (int i = bits; i < bytes.length * Byte.SIZE; i++) {
            if (bit(bytes, i)) {
                throw new IllegalArgumentException(first.getHostAddress() + "/" + bits
                        + " has bits set after the first " + bits + ": write the lowest address of the range");
            }
        }
    }

    /**
     * Parses a range in CIDR notation. No name is looked up.
     *
     * @param text an address of IPv4 (four decimal numbers) or IPv6, a slash, and the number of common bits, such as {@code fd00::/8};
     *     an address without a slash stands for a range of this one address
     * @return the range
     * @throws IllegalArgumentException if the text is malformed, the number of bits is out of range, the address is not the lowest of the
     *     range, or it is an IPv4-mapped address of IPv6 ({@code ::ffff:10.0.0.1}) or has a zone ({@code fe80::1%eth0})
     */
    public static AddressRange of(String text) {
        Objects.requireNonNull(text, "text");
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        InetAddress address = AddressLiterals.parse(literal);
        if (literal.contains(":") && address instanceof Inet4Address) {
            throw new IllegalArgumentException(
                    Printable.quote(text) + " is of IPv4 in the clothes of IPv6: write " + address.getHostAddress());
        }
        if (slash < 0) {
            return new AddressRange(address, address.getAddress().length * Byte.SIZE);
        }
        String bits = text.substring(slash + 1);
        if (!bits.matches("0|[1-9][0-9]{0,2}")) {
            throw new IllegalArgumentException(Printable.quote(text) + " has no number of bits after its slash");
        }
        return new AddressRange(address, Integer.parseInt(bits));
    }

    /**
     * Tells whether an address lies in this range. No address of IPv4 lies in a range of IPv6, nor the other way round.
     *
     * @param address the address to look for
     * @return whether the address is of the same family and its first bits are those of the range
     */
    public boolean contains(InetAddress address) {
        byte[] mine = first.getAddress();
        byte[] other = address.getAddress();
        if (mine.length != other.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            if (bit(mine, i) != bit(other, i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean bit(byte[] bytes, int index) {
        return ((bytes[index / Byte.SIZE] >> (Byte.SIZE - 1 - index % Byte.SIZE)) & 1) != 0;
    }

    /** Returns the range as {@link #of} parses it, such as {@code 10.0.0.0/8}. */
    @Override
    public String toString() {
        return first.getHostAddress() + "/" + bits;
    }
}
