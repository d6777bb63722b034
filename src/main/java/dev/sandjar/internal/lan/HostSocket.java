package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.netlink.Batch;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.util.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A socket of {@code netlink(7)} in the network namespace of this process, for changes that need its rights. Thread-confined. */
final class HostSocket implements AutoCloseable {
    private static final short AF_NETLINK = 16;
    private static final int SOCKET_ADDRESS = 12;
    private static final int SENDER = 4;
    private static final int HEADER = 16;
    private static final int TYPE = 4;
    private static final int NUMBER = 8;
    private static final short ERROR = 2;
    private static final short DONE = 3;
    /** As much as the kernel says at once. */
    private static final int ANSWER = 32_768;

    private final Kernel kernel;
    private final int socket;

    private HostSocket(Kernel kernel, int socket) {
        this.kernel = kernel;
        this.socket = socket;
    }

    static HostSocket open(Kernel kernel, int protocol, String step) throws SandboxException {
        return new HostSocket(kernel, Calls.check(kernel.netlink(protocol), step, "socket(AF_NETLINK)", null));
    }

    int descriptor() {
        return socket;
    }

    /**
     * Has the kernel do all of it, up to what it refuses.
     *
     * @param namespaces descriptors, by what the messages call them
     */
    void send(Batch batch, Map<Long, Integer> namespaces, String step) throws SandboxException {
        byte[] bytes = batch.bytes().clone();
        for (Batch.Patch patch : batch.patches()) {
            room(bytes).putInt(patch.offset(), namespaces.getOrDefault(patch.namespace(), -1));
        }
        byte[] to = room(new byte[SOCKET_ADDRESS]).putShort(AF_NETLINK).array();
        Calls.check(kernel.sendTo(socket, bytes, bytes.length, to, SOCKET_ADDRESS), step, "sendto", null);
        for (int number = 1; number <= batch.count(); ) {
            number += answer(number, step);
        }
    }

    /** What the kernel has done it has answered: all is there, and an answer to what needs none tells that it is refused. */
    private int answer(int number, String step) throws SandboxException {
        byte[] bytes = new byte[ANSWER];
        byte[] from = new byte[SOCKET_ADDRESS];
        int length = Calls.check(kernel.receiveFrom(socket, bytes, from, new int[1]), step, "recvfrom", null);
        if (room(from).getInt(SENDER) != 0) {
            return 0; // of a process, which may say what it likes
        }
        int found = 0;
        ByteBuffer in = room(bytes);
        for (int at = 0; at + HEADER + Integer.BYTES <= length; at += Math.max(HEADER, in.getInt(at))) {
            if (in.getShort(at + TYPE) != ERROR) {
                continue;
            }
            int error = -in.getInt(at + HEADER);
            if (error != 0) {
                int refused = in.getInt(at + NUMBER);
                throw new SandboxException(step, "netlink message " + refused, null, error, "", Calls.remedy(error));
            }
            found += in.getInt(at + NUMBER) == number + found ? 1 : 0;
        }
        return found;
    }

    /** What the kernel says to one question, all of it. */
    List<byte[]> ask(Message question, String step) throws SandboxException {
        byte[] bytes = Batch.of(List.of(question)).bytes();
        byte[] to = room(new byte[SOCKET_ADDRESS]).putShort(AF_NETLINK).array();
        Calls.check(kernel.sendTo(socket, bytes, bytes.length, to, SOCKET_ADDRESS), step, "sendto", null);
        List<byte[]> said = new ArrayList<>();
        boolean done = false;
        while (!done) {
            byte[] answer = new byte[ANSWER];
            byte[] from = new byte[SOCKET_ADDRESS];
            int length = Calls.check(kernel.receiveFrom(socket, answer, from, new int[1]), step, "recvfrom", null);
            if (room(from).getInt(SENDER) != 0) {
                continue; // of a process, which may say what it likes
            }
            for (byte[] message : messages(answer, length)) {
                short type = room(message).getShort(TYPE);
                // The end of a list says how it has come, too.
                if ((type == ERROR || type == DONE) && room(message).getInt(HEADER) != 0) {
                    int error = -room(message).getInt(HEADER);
                    throw new SandboxException(step, "netlink message 1", null, error, "", Calls.remedy(error));
                }
                done |= type == ERROR || type == DONE;
                if (type != ERROR && type != DONE) {
                    said.add(message);
                }
            }
        }
        return said;
    }

    private static List<byte[]> messages(byte[] answer, int length) {
        try {
            return Batch.each(Arrays.copyOf(answer, length));
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("an answer of the kernel that has " + e.getMessage());
        }
    }

    /** Whether the kernel knows nothing of it. */
    static boolean isGone(SandboxException e) {
        return Errno.ENODEV.is(e.errno()) || Errno.ENOENT.is(e.errno());
    }

    private static ByteBuffer room(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        kernel.close(socket);
    }
}
