package dev.sandjar.internal.util;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses as texts. Never looked up: a name of the host's resolver is no address. */
public final class AddressLiterals {
    private static final Pattern IPV4 = Pattern.compile("([0-9]{1,3})[.]([0-9]{1,3})[.]([0-9]{1,3})[.]([0-9]{1,3})");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F:.]*");
    private static final int BYTE_MAX = 255;

    private AddressLiterals() {}

    /** @throws IllegalArgumentException if it is none, or has a zone */
    public static InetAddress parse(String text) {
        if (text.indexOf('%') >= 0) {
            throw zone(Printable.quote(text));
        }
        Matcher parts = IPV4.matcher(text);
        try {
            if (parts.matches()) {
                byte[] bytes = new byte[4];
                for (int i = 0; i < bytes.length; i++) {
                    int part = Integer.parseInt(parts.group(i + 1));
                    if (part > BYTE_MAX) {
                        throw new IllegalArgumentException(Printable.quote(text) + " is not an address");
                    }
                    bytes[i] = (byte) part;
                }
                return InetAddress.getByAddress(bytes);
            } else if (IPV6.matcher(text).matches()) {
                return InetAddress.getByName(text);
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(Printable.quote(text) + " is not an address", e);
        }
        throw new IllegalArgumentException(Printable.quote(text) + " is not an address");
    }

    /** @throws IllegalArgumentException if it is of one interface alone */
    public static void refuseZone(InetAddress address) {
        if (address instanceof Inet6Address six && (six.getScopeId() != 0 || six.getScopedInterface() != null)) {
            throw zone(address.getHostAddress());
        }
    }

    private static IllegalArgumentException zone(String address) {
        return new IllegalArgumentException(
                "the address " + address + " has a zone, which can't be distinguished here: write it without");
    }
}
