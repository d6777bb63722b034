package dev.sandjar.internal.image;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A list of servers that are reached without a proxy: names with all below them, names with a leading dot for only what is below,
 * addresses, networks such as 10.0.0.0/8, each perhaps with a port, and "*" for all.
 */
record NoProxy(String list) {
    boolean has(String host, int port) {
        for (String entry : list.split("[,\\s]+")) {
            if (!entry.isEmpty() && matches(entry.toLowerCase(Locale.ROOT), host, port)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(String entry, String host, int port) {
        if (entry.equals("*")) {
            return true;
        }
        int slash = entry.indexOf('/');
        if (slash > 0) {
            return inNetwork(entry.substring(0, slash), entry.substring(slash + 1), host);
        }
        String name = entry;
        int colon = entry.lastIndexOf(':');
        boolean hasPort = colon > 0 && (entry.indexOf(':') == colon || entry.charAt(colon - 1) == ']');
        if (hasPort) {
            if (!entry.substring(colon + 1).equals(Integer.toString(port))) {
                return false;
            }
            name = entry.substring(0, colon);
        }
        if (name.startsWith("[") && name.endsWith("]")) {
            name = name.substring(1, name.length() - 1);
        }
        byte[] wanted = address(name);
        if (wanted != null) {
            return Arrays.equals(wanted, address(host));
        }
        if (name.startsWith("*.")) {
            name = name.substring(1);
        }
        return name.startsWith(".") ? host.endsWith(name) : host.equals(name) || host.endsWith("." + name);
    }

    private static boolean inNetwork(String network, String length, String host) {
        byte[] wanted = address(network);
        byte[] found = address(host);
        if (wanted == null || found == null || wanted.length != found.length || !length.matches("[0-9]{1,3}")) {
            return false;
        }
        int bits = Integer.parseInt(length);
        if (bits > wanted.length * 8) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> i % 8;
            if ((wanted[i / 8] & mask) != (found[i / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    /** Of an address that is written as one; null for a name, which is never looked up. */
    static byte @Nullable [] address(String text) {
        boolean four = text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
        boolean six = text.contains(":") && text.matches("[0-9a-f:.]+");
        if (!four && !six) {
            return null;
        }
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException e) {
            return null; // such as 999.1.1.1
        }
    }

    static boolean isLoopback(byte[] address) {
        return address.length == 4
                ? address[0] == 127
                : address[15] == 1 && Arrays.equals(Arrays.copyOf(address, 15), new byte[15]);
    }
}
