package dev.sandjar.internal.network;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Where the kernel of this host would send to: RTM_GETROUTE of rtnetlink(7). */
final class HostRoute {
    private static final int NETLINK_ROUTE = 0;
    private static final short AF_NETLINK = 16;
    private static final int SOCKET_ADDRESS = 12;
    private static final int SENDER = 4;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;
    private static final short RTM_GETROUTE = 26;
    private static final short RTM_NEWROUTE = 24;
    private static final short NLMSG_ERROR = 2;
    private static final short NLM_F_REQUEST = 1;
    private static final short RTA_DST = 1;
    private static final int HEAD = 16;
    private static final int MESSAGE_TYPE = 4;
    private static final int ROUTE = 12;
    private static final int ROUTE_TYPE = HEAD + 7;
    private static final int ATTRIBUTE = 4;
    private static final int ANSWER = 4096;
    private static final int RTN_LOCAL = 2;
    private static final int RTN_BROADCAST = 3;
    private static final int RTN_ANYCAST = 4;
    /** No route, or one of the types "unreachable", "prohibit" and "blackhole". */
    private static final List<Errno> NOWHERE =
            List.of(Errno.ENETUNREACH, Errno.EHOSTUNREACH, Errno.EACCES, Errno.EINVAL);

    private HostRoute() {}

    /**
     * Whether what is sent to an address comes to this host, also where no interface has it: by a route of the type "local" (as those of
     * load balancers), or as an address that all of a link listen to.
     *
     * @throws SandboxException if the kernel can't be asked
     */
    static boolean isOfThisHost(InetAddress address) throws SandboxException {
        Kernel kernel = Kernel.get();
        int socket = kernel.netlink(NETLINK_ROUTE);
        if (socket < 0) {
            throw refused("socket(AF_NETLINK)", socket);
        }
        try {
            byte[] question = question(address.getAddress());
            int sent = kernel.sendTo(socket, question, question.length, kernelAddress(), SOCKET_ADDRESS);
            if (sent < 0) {
                throw refused("sendto", sent);
            }
            return isLocal(kernel, socket);
        } finally {
            kernel.close(socket);
        }
    }

    private static byte[] question(byte[] address) {
        byte[] whole = new byte[HEAD + ROUTE + ATTRIBUTE + address.length];
        ByteBuffer out = room(whole);
        out.putInt(out.capacity())
                .putShort(RTM_GETROUTE)
                .putShort(NLM_F_REQUEST)
                .putInt(1)
                .putInt(0);
        out.put(address.length == Integer.BYTES ? AF_INET : AF_INET6).put((byte) (address.length * Byte.SIZE));
        out.position(HEAD + ROUTE);
        out.putShort((short) (ATTRIBUTE + address.length)).putShort(RTA_DST).put(address);
        return whole;
    }

    private static byte[] kernelAddress() {
        return room(SOCKET_ADDRESS).putShort(AF_NETLINK).array();
    }

    /** The answer is there when the question has been sent. */
    private static boolean isLocal(Kernel kernel, int socket) throws SandboxException {
        byte[] bytes = new byte[ANSWER];
        byte[] from = new byte[SOCKET_ADDRESS];
        int length = kernel.receiveFrom(socket, bytes, from, new int[1]);
        if (length < 0) {
            throw refused("recvfrom", length);
        }
        ByteBuffer answer = ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.nativeOrder());
        boolean whole = length >= HEAD + ROUTE && room(from).getInt(SENDER) == 0;
        if (whole && answer.getShort(MESSAGE_TYPE) == NLMSG_ERROR) {
            int error = answer.getInt(HEAD);
            if (NOWHERE.stream().noneMatch(errno -> errno.is(-error))) {
                throw refused("recvfrom", error);
            }
            return false;
        }
        if (!whole || answer.getShort(MESSAGE_TYPE) != RTM_NEWROUTE) {
            throw refused("recvfrom", -Errno.EPROTO.number());
        }
        int type = answer.get(ROUTE_TYPE);
        return type == RTN_LOCAL || type == RTN_BROADCAST || type == RTN_ANYCAST;
    }

    private static ByteBuffer room(int size) {
        return room(new byte[size]);
    }

    private static ByteBuffer room(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    private static SandboxException refused(String call, int error) {
        return new SandboxException(
                "look for a route", call, null, -error, "", "allow this process AF_NETLINK (netlink(7))");
    }
}
