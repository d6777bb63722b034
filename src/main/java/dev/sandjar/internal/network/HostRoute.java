package dev.sandjar.internal.network;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.netlink.Batch;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.RouteMessages;
import dev.sandjar.internal.util.Errno;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Where the kernel of this host would send to: RTM_GETROUTE of rtnetlink(7). */
final class HostRoute {
    private static final short AF_NETLINK = 16;
    private static final int SOCKET_ADDRESS = 12;
    private static final int SENDER = 4;
    private static final int NLMSG_ERROR = 2;
    private static final int HEADER = 16;
    /** Of the kernel's answers, the one to a request that failed is the shortest. */
    private static final int LEAST = HEADER + Integer.BYTES;

    private static final int TYPE = 4;
    private static final int ANSWER = 4096;
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
        int socket = kernel.netlink(RouteMessages.PROTOCOL);
        if (socket < 0) {
            throw refused("socket(AF_NETLINK)", socket);
        }
        try {
            byte[] question = Batch.of(List.of(RouteMessages.get(address))).bytes();
            int sent = kernel.sendTo(socket, question, question.length, kernelAddress(), SOCKET_ADDRESS);
            if (sent < 0) {
                throw refused("sendto", sent);
            }
            return leadsHere(kernel, socket);
        } finally {
            kernel.close(socket);
        }
    }

    private static byte[] kernelAddress() {
        return room(new byte[SOCKET_ADDRESS]).putShort(AF_NETLINK).array();
    }

    /** The answer is there when the question has been sent. */
    private static boolean leadsHere(Kernel kernel, int socket) throws SandboxException {
        byte[] bytes = new byte[ANSWER];
        byte[] from = new byte[SOCKET_ADDRESS];
        int length = kernel.receiveFrom(socket, bytes, from, new int[1]);
        if (length < 0) {
            throw refused("recvfrom", length);
        }
        if (length < LEAST || room(from).getInt(SENDER) != 0) {
            throw notUnderstood();
        }
        ByteBuffer answer = room(bytes);
        if (answer.getShort(TYPE) == NLMSG_ERROR) {
            int error = answer.getInt(HEADER);
            if (NOWHERE.stream().noneMatch(errno -> errno.is(-error))) {
                throw refused("recvfrom", error);
            }
            return false;
        }
        if (answer.getShort(TYPE) != RouteMessages.NEWROUTE) {
            throw notUnderstood();
        }
        try {
            byte[] first = Batch.each(Arrays.copyOf(bytes, length)).get(0);
            return RouteMessages.leadsHere(Message.read(first, RouteMessages.HEADER_SIZE));
        } catch (IllegalArgumentException e) {
            throw notUnderstood();
        }
    }

    private static ByteBuffer room(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    private static SandboxException notUnderstood() {
        return refused("recvfrom", -Errno.EPROTO.number());
    }

    private static SandboxException refused(String call, int error) {
        return new SandboxException(
                "look for a route", call, null, -error, "", "allow this process AF_NETLINK (netlink(7))");
    }
}
