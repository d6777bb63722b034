package dev.sandjar.internal.network;

import dev.sandjar.internal.util.Printable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A proxy of SOCKS5 (RFC 1928), without authentication and with CONNECT alone. */
final class SocksTalk extends ProxyTalk {
    private static final int VERSION = 5;
    private static final int NO_AUTHENTICATION = 0;
    private static final int CONNECT = 1;
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;
    private static final int HEAD = 4;
    private static final int PORT = 2;

    private static final int SUCCEEDED = 0;
    private static final int FAILED = 1;
    private static final int NOT_ALLOWED = 2;
    private static final int HOST_UNREACHABLE = 4;
    private static final int NO_SUCH_COMMAND = 7;
    private static final int NO_SUCH_ADDRESS = 8;

    private boolean greeted;

    @Override
    synchronized Step take(byte[] bytes, Targets targets) {
        return greeted ? request(bytes, targets) : greeting(bytes);
    }

    private Step greeting(byte[] bytes) {
        if (bytes.length > 0 && bytes[0] != VERSION) {
            return Step.wrong("it does not begin like SOCKS5", bytes.length, new byte[0]);
        }
        int size = bytes.length < 2 ? 2 : 2 + (bytes[1] & 0xff);
        if (bytes.length < size) {
            return Step.answer(Answer.more(size));
        }
        for (int i = 2; i < size; i++) {
            if (bytes[i] == NO_AUTHENTICATION) {
                greeted = true;
                return Step.answer(
                        Answer.more(1).saying(size, Answer.Said.toClient(new byte[] {VERSION, NO_AUTHENTICATION})));
            }
        }
        return Step.wrong(
                "it wants authentication, which the proxy has none of", bytes.length, new byte[] {VERSION, (byte) 0xff
                });
    }

    private static Step request(byte[] bytes, Targets targets) {
        if (bytes.length < HEAD + 1) {
            return Step.answer(Answer.more(HEAD + 1));
        }
        if (bytes[0] != VERSION || bytes[2] != 0) {
            return wrong(bytes, FAILED, "its request to the proxy is malformed");
        }
        if (bytes[1] != CONNECT) {
            return wrong(bytes, NO_SUCH_COMMAND, "it asks the proxy for something else than a connection");
        }
        int size =
                switch (bytes[3]) {
                    case IPV4 -> 4;
                    case IPV6 -> 16;
                    case NAME -> 1 + (bytes[HEAD] & 0xff);
                    default -> 0;
                };
        if (size == 0) {
            return wrong(bytes, NO_SUCH_ADDRESS, "its request to the proxy is malformed");
        }
        int all = HEAD + size + PORT;
        if (bytes.length < all) {
            return Step.answer(Answer.more(all));
        }
        int port = ((bytes[all - 2] & 0xff) << Byte.SIZE) | (bytes[all - 1] & 0xff);
        boolean named = bytes[3] == NAME;
        byte[] host = Arrays.copyOfRange(bytes, named ? HEAD + 1 : HEAD, HEAD + size);
        Target target = port == 0 ? null : target(host, named, port, targets);
        return target == null
                ? wrong(bytes, NOT_ALLOWED, "no rule is for " + text(host, named) + " at port " + port)
                : Step.tunnel(target, all, reply(SUCCEEDED));
    }

    private static @Nullable Target target(byte[] host, boolean named, int port, Targets targets) {
        return named
                ? targets.dialled(new String(host, StandardCharsets.ISO_8859_1), port)
                : targets.dialled(address(host), port);
    }

    /** Of IPv4 in the clothes of IPv6 it makes IPv4, as {@code connect(2)} does, and the rule is one of that. */
    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has one of the two lengths that there are
        }
    }

    private static String text(byte[] host, boolean named) {
        return named
                ? Printable.quote(new String(host, StandardCharsets.ISO_8859_1))
                : address(host).getHostAddress();
    }

    private static Step wrong(byte[] bytes, int code, String why) {
        return Step.wrong(why, bytes.length, reply(code));
    }

    @Override
    byte[] refused(Target target) {
        return reply(NOT_ALLOWED);
    }

    @Override
    byte[] unreachable(Target target) {
        return reply(HOST_UNREACHABLE);
    }

    /** Where the relay connects from is nobody's business: 0.0.0.0:0. */
    private static byte[] reply(int code) {
        return new byte[] {VERSION, (byte) code, 0, IPV4, 0, 0, 0, 0, 0, 0};
    }
}
