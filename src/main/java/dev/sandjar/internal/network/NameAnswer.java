package dev.sandjar.internal.network;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a name server answers to one message (RFC 1035): it is the authority for all names, knows those that it is given, and nobody
 * else's. An answer has at most one record of each address of a name.
 */
public final class NameAnswer {
    /** The largest message without extensions, which no answer is larger than. */
    public static final int SIZE_MAX = 512;

    private static final int HEADER = 12;
    private static final int NAME_MAX = 255;
    private static final int LABEL_MAX = 63;
    private static final int A = 1;
    private static final int PTR = 12;
    private static final int AAAA = 28;
    private static final int ANY = 255;
    private static final int INTERNET = 1;

    private static final int RESPONSE = 0x8000;
    private static final int OPCODE = 0x7800;
    private static final int AUTHORITATIVE = 0x0400;
    private static final int RECURSION_DESIRED = 0x0100;

    private static final int FORMAT_ERROR = 1;
    private static final int SERVER_FAILURE = 2;
    private static final int NO_SUCH_NAME = 3;
    private static final int NOT_IMPLEMENTED = 4;

    private static final int POINTER_TO_NAME = 0xc000 | HEADER;

    /** Who has which addresses. */
    public interface Names {
        /** The addresses of a name in small letters; null if there is nobody of that name. */
        @Nullable
        List<InetAddress> addresses(String name);

        /** The name of whoever has an address; null if it is nobody's, or of somebody without a name. */
        @Nullable
        String name(InetAddress address);

        /** Whether a question for a name in small letters is answered by a failure of the server. */
        default boolean fails(String name) {
            return false;
        }
    }

    private final byte[] message;
    private final ByteBuffer query;
    private final Names names;

    private NameAnswer(byte[] message, int length, Names names) {
        this.message = message;
        this.query = ByteBuffer.wrap(message, 0, length);
        this.names = names;
    }

    /** The answer to the first {@code length} bytes; null for what is none that anybody may answer. */
    public static byte @Nullable [] to(byte[] message, int length, Names names) {
        if (length < HEADER) {
            return null;
        }
        return new NameAnswer(message, length, names).answer();
    }

    private byte @Nullable [] answer() {
        int flags = query.getShort(2);
        if ((flags & RESPONSE) != 0) {
            return null; // two servers would go on for ever
        }
        if ((flags & OPCODE) != 0) {
            return error(NOT_IMPLEMENTED);
        }
        // What follows the question are extensions, which a server may be too old for.
        if (query.getShort(4) != 1 || query.getShort(6) != 0 || query.getShort(8) != 0) {
            return error(FORMAT_ERROR);
        }
        query.position(HEADER);
        String name = name();
        if (name == null || query.remaining() < 2 * Short.BYTES) {
            return error(FORMAT_ERROR);
        }
        int type = Short.toUnsignedInt(query.getShort());
        int kind = Short.toUnsignedInt(query.getShort());
        int end = query.position();
        if (kind != INTERNET && kind != ANY) {
            return error(NOT_IMPLEMENTED);
        }
        if (names.fails(name)) {
            return error(SERVER_FAILURE);
        }
        ByteBuffer out = ByteBuffer.allocate(SIZE_MAX);
        out.put(message, 0, end);
        int count = records(out, name, type);
        head(out, count < 0 ? NO_SUCH_NAME : 0, 1, Math.max(count, 0));
        byte[] answer = new byte[out.position()];
        out.flip().get(answer);
        return answer;
    }

    private byte[] error(int code) {
        ByteBuffer out = ByteBuffer.allocate(HEADER);
        out.put(message, 0, HEADER);
        head(out, code, 0, 0);
        return out.array();
    }

    private void head(ByteBuffer out, int code, int questions, int answers) {
        int flags = query.getShort(2);
        out.putShort(2, (short) (RESPONSE | (flags & (OPCODE | RECURSION_DESIRED)) | AUTHORITATIVE | code));
        out.putShort(4, (short) questions);
        out.putShort(6, (short) answers);
        out.putInt(8, 0);
    }

    /** The name of the question, in small letters; null if it is malformed. */
    private @Nullable String name() {
        StringBuilder text = new StringBuilder();
        while (query.hasRemaining()) {
            int length = Byte.toUnsignedInt(query.get());
            if (length == 0) {
                return text.toString();
            }
            // Nothing precedes a question that its name could point to.
            if (length > LABEL_MAX || length > query.remaining() || text.length() + length + 1 > NAME_MAX) {
                return null;
            }
            byte[] label = new byte[length];
            query.get(label);
            for (byte each : label) {
                if (each == '.') {
                    return null;
                }
            }
            text.append(text.length() == 0 ? "" : ".")
                    .append(new String(label, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT));
        }
        return null;
    }

    /** How many there are; -1 if there is no such name. */
    private int records(ByteBuffer out, String name, int type) {
        InetAddress reverse = ReverseName.address(name);
        if (reverse != null) {
            String found = names.name(reverse);
            if (found == null) {
                return -1;
            }
            return type == PTR || type == ANY ? record(out, PTR, wire(found)) : 0;
        }
        List<InetAddress> found = names.addresses(name);
        if (found == null) {
            return -1;
        }
        int count = 0;
        for (InetAddress address : found) {
            int own = address.getAddress().length == Integer.BYTES ? A : AAAA;
            if (type == own || type == ANY) {
                count += record(out, own, address.getAddress());
            }
        }
        return count;
    }

    /** Of the name of the question, and to be asked for again each time. */
    private static int record(ByteBuffer out, int type, byte[] data) {
        out.putShort((short) POINTER_TO_NAME)
                .putShort((short) type)
                .putShort((short) INTERNET)
                .putInt(0)
                .putShort((short) data.length)
                .put(data);
        return 1;
    }

    private static byte[] wire(String name) {
        ByteBuffer out = ByteBuffer.allocate(name.length() + 2);
        for (String label : name.split("[.]")) {
            out.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
        }
        return out.put((byte) 0).array();
    }
}
