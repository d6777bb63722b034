package dev.sandjar.internal.network;

import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.network.EgressRule;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a program inside wants to reach, by the rule that allows it.
 *
 * @param rule which
 * @param name of the host; the empty string if it was dialled by its address
 * @param address that was dialled; null if it was a name
 * @param port of the host
 */
record Target(EgressRule rule, String name, @Nullable InetAddress address, int port) {
    /** Whether a request of HTTP for {@code host} is for this one. */
    boolean isMeantBy(String host) {
        InetAddress dialled = address;
        if (dialled == null) {
            return FirstBytes.same(host, name);
        }
        boolean six = host.startsWith("[") && host.endsWith("]");
        if (six != (dialled.getAddress().length > Integer.BYTES)) {
            return false;
        }
        try {
            return AddressLiterals.parse(six ? host.substring(1, host.length() - 1) : host)
                    .equals(dialled);
        } catch (IllegalArgumentException e) {
            return false; // a name, whatever it means
        }
    }

    /** For people. */
    String text() {
        InetAddress dialled = address;
        return dialled == null ? name : dialled.getHostAddress();
    }
}
