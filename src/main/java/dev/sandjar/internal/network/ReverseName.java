package dev.sandjar.internal.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names by which the names of addresses are asked for: RFC 1035 for IPv4, RFC 3596 for IPv6. */
final class ReverseName {
    private static final Pattern FOUR =
            Pattern.compile("(?:(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])[.]){4}in-addr[.]arpa");
    private static final Pattern SIX = Pattern.compile("(?:[0-9a-f][.]){32}ip6[.]arpa");
    private static final int HEXADECIMAL = 16;
    private static final int NIBBLE = 4;

    private ReverseName() {}

    /** The address that a name in small letters stands for; null if it stands for none. */
    static @Nullable InetAddress address(String name) {
        byte[] bytes;
        if (FOUR.matcher(name).matches()) {
            String[] parts = name.split("[.]");
            bytes = new byte[Integer.BYTES];
            for (int i = 0; i < bytes.length; i++) {
                bytes[bytes.length - 1 - i] = (byte) Integer.parseInt(parts[i]);
            }
        } else if (SIX.matcher(name).matches()) {
            bytes = new byte[HEXADECIMAL];
            for (int i = 0; i < 2 * bytes.length; i++) {
                int digit = Character.digit(name.charAt(2 * i), HEXADECIMAL);
                bytes[bytes.length - 1 - i / 2] |= (byte) (i % 2 == 0 ? digit : digit << NIBBLE);
            }
        } else {
            return null;
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has the length of one
        }
    }
}
