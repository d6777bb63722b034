package dev.sandjar.internal.network;

import dev.sandjar.internal.util.Printable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** The first message of TLS (RFC 8446, section 4.1.2) and the name in it (RFC 6066, section 3). */
final class ClientHello {
    private static final int RECORD_HEAD = 5;
    private static final int RECORD_MAX = 16_384;
    private static final int MESSAGE_HEAD = 4;
    private static final int HANDSHAKE = 22;
    private static final int VERSION_MAJOR = 3;
    private static final int CLIENT_HELLO = 1;
    private static final int VERSION_AND_RANDOM = 34;
    private static final int SESSION_MAX = 32;
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;
    private static final int ENCRYPTED_HELLO = 0xfe0d;
    private static final int ENCRYPTED_NAME = 0xffce;

    private ClientHello() {}

    /** @param name the empty string if none may be said */
    static FirstBytes read(byte[] bytes, String name) {
        // It is asked again with each record, of which there may be thousands: no copy for each of them.
        byte[] message = new byte[bytes.length];
        int have = 0;
        int at = 0;
        while (true) {
            if (bytes.length < at + RECORD_HEAD) {
                return FirstBytes.more(at + RECORD_HEAD);
            }
            int length = ((bytes[at + 3] & 0xff) << 8) | (bytes[at + 4] & 0xff);
            if (bytes[at] != HANDSHAKE || bytes[at + 1] != VERSION_MAJOR || length == 0 || length > RECORD_MAX) {
                return FirstBytes.wrong("it begins like TLS and does not go on so");
            }
            at += RECORD_HEAD;
            if (bytes.length < at + length) {
                return FirstBytes.more(at + length);
            }
            System.arraycopy(bytes, at, message, have, length);
            have += length;
            at += length;
            if (have < MESSAGE_HEAD) {
                continue;
            }
            int size = ((message[1] & 0xff) << 16) | ((message[2] & 0xff) << 8) | (message[3] & 0xff);
            if (message[0] != CLIENT_HELLO) {
                return FirstBytes.wrong("its first message of TLS is not that of a client");
            }
            if (have > MESSAGE_HEAD + size) {
                return FirstBytes.wrong("its first message of TLS has something behind it");
            }
            if (have == MESSAGE_HEAD + size) {
                return named(ByteBuffer.wrap(message, MESSAGE_HEAD, size), name);
            }
            if (size > FirstBytes.MAX) {
                return FirstBytes.more(size);
            }
        }
    }

    private static FirstBytes named(ByteBuffer in, String name) {
        try {
            skip(in, VERSION_AND_RANDOM);
            int session = in.get() & 0xff;
            if (session > SESSION_MAX) {
                return malformed();
            }
            skip(in, session);
            skip(in, in.getShort() & 0xffff);
            skip(in, in.get() & 0xff);
            if (!in.hasRemaining()) {
                return none(name);
            }
            ByteBuffer extensions = part(in);
            return in.hasRemaining() ? malformed() : extensions(extensions, name);
        } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
            return malformed();
        }
    }

    private static FirstBytes extensions(ByteBuffer in, String name) {
        Set<Integer> seen = new HashSet<>();
        String said = null;
        while (in.hasRemaining()) {
            int type = in.getShort() & 0xffff;
            ByteBuffer body = part(in);
            if (!seen.add(type)) {
                return malformed();
            }
            if (type == ENCRYPTED_HELLO || type == ENCRYPTED_NAME) {
                return FirstBytes.wrong("its TLS has an encrypted name (ECH)");
            }
            if (type == SERVER_NAME) {
                said = name(body);
            }
        }
        if (said == null) {
            return none(name);
        }
        return FirstBytes.same(said, name)
                ? FirstBytes.right()
                : FirstBytes.wrong("its TLS is for " + Printable.quote(said));
    }

    /** The list holds one name of the one kind that there is. */
    private static String name(ByteBuffer body) {
        ByteBuffer list = part(body);
        if (list.get() != HOST_NAME) {
            throw new IllegalArgumentException();
        }
        ByteBuffer host = part(list);
        if (body.hasRemaining() || list.hasRemaining() || !host.hasRemaining()) {
            throw new IllegalArgumentException();
        }
        byte[] bytes = new byte[host.remaining()];
        host.get(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static void skip(ByteBuffer in, int size) {
        if (size > in.remaining()) {
            throw new java.nio.BufferUnderflowException();
        }
        in.position(in.position() + size);
    }

    private static ByteBuffer part(ByteBuffer in) {
        int size = in.getShort() & 0xffff;
        int from = in.position();
        skip(in, size);
        return in.slice(from, size);
    }

    private static FirstBytes malformed() {
        return FirstBytes.wrong("its TLS is malformed");
    }

    private static FirstBytes none(String name) {
        return name.isEmpty() ? FirstBytes.right() : FirstBytes.wrong("its TLS names no server");
    }
}
