package dev.sandjar.internal.network;

import dev.sandjar.internal.util.PathBytes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Addresses as the kernel has them: struct sockaddr_in, sockaddr_in6 and sockaddr_un. */
public final class SocketAddresses {
    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IN_SIZE = 16;
    private static final int IN6_SIZE = 28;
    private static final int IN_ADDRESS = 4;
    private static final int IN6_ADDRESS = 8;
    private static final int FOUR = 4;
    private static final int SIXTEEN = 16;

    private SocketAddresses() {}

    /** @param port 0 to 65535 */
    public static byte[] of(InetAddress address, int port) {
        byte[] bytes = address.getAddress();
        boolean four = bytes.length == FOUR;
        ByteBuffer out = ByteBuffer.allocate(four ? IN_SIZE : IN6_SIZE);
        family(out, four ? AF_INET : AF_INET6);
        out.order(ByteOrder.BIG_ENDIAN).putShort((short) port);
        out.position(four ? IN_ADDRESS : IN6_ADDRESS).put(bytes);
        return out.array();
    }

    /** The path has a NUL at its end. */
    public static byte[] of(Path socket) {
        byte[] path = PathBytes.of(socket);
        ByteBuffer out = ByteBuffer.allocate(Short.BYTES + path.length + 1);
        family(out, AF_UNIX);
        out.put(path);
        return out.array();
    }

    private static void family(ByteBuffer out, int family) {
        out.order(ByteOrder.nativeOrder()).putShort((short) family);
    }

    /** Empty for what is not of the Internet. */
    public static Optional<InetSocketAddress> read(byte[] address) {
        if (address.length < Integer.BYTES) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(address);
        int family = in.order(ByteOrder.nativeOrder()).getShort();
        int port = in.order(ByteOrder.BIG_ENDIAN).getShort() & 0xffff;
        if (family == AF_INET && address.length >= IN_SIZE) {
            return Optional.of(at(Arrays.copyOfRange(address, IN_ADDRESS, IN_ADDRESS + FOUR), port));
        }
        if (family == AF_INET6 && address.length >= IN6_SIZE) {
            return Optional.of(at(Arrays.copyOfRange(address, IN6_ADDRESS, IN6_ADDRESS + SIXTEEN), port));
        }
        return Optional.empty();
    }

    private static InetSocketAddress at(byte[] address, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has one of the two lengths that there are
        }
    }
}
