package dev.sandjar.network;

import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Objects;

/**
 * Addresses that begin with the same bits, such as {@code 10.0.0.0/8}. Immutable.
 *
 * @param first the lowest, whose bits after the first {@code bits} are 0
 * @param bits 0 to 32 with IPv4, 0 to 128 with IPv6
 */
public record AddressRange(InetAddress first, int bits) {
    /**
     * Checks both.
     *
     * @param first see the record
     * @param bits see the record
     * @throws IllegalArgumentException if out of range, or {@code first} is not the lowest
     */
    public AddressRange {
        byte[] bytes = Objects.requireNonNull(first, "first").getAddress();
        Checks.range("bits", bits, 0, bytes.length * Byte.SIZE);
        for (int i = bits; i < bytes.length * Byte.SIZE; i++) {
            if (bit(bytes, i)) {
                throw new IllegalArgumentException(first.getHostAddress() + "/" + bits
                        + " has bits set after the first " + bits + ": write the lowest address of the range");
            }
        }
    }

    /**
     * A range as people write it.
     *
     * @param text an address of IPv4 or IPv6, a slash, and how many bits; without a slash that address alone
     * @return the range
     * @throws IllegalArgumentException if it is none
     */
    public static AddressRange of(String text) {
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
     * Whether an address is one of them. None of IPv4 is one of a range of IPv6.
     *
     * @param address any
     * @return whether its first bits are the same
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

    @Override
    public String toString() {
        return first.getHostAddress() + "/" + bits;
    }
}
