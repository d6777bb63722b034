package dev.sandjar.internal.systemd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A message that has come from the bus: of its header what matters here, and its body. */
record BusMessage(int type, int replySerial, String member, String error, String signature, ByteBuffer body) {
    static final int CALL = 1;
    static final int RETURN = 2;
    static final int ERROR = 3;
    static final int SIGNAL = 4;

    /** Of the part with a fixed size. */
    static final int PROLOGUE = 16;

    private static final int LENGTH_MAX = 1 << 20;
    private static final int MEMBER = 3;
    private static final int ERROR_NAME = 4;
    private static final int REPLY_SERIAL = 5;
    private static final int SIGNATURE = 8;

    /** How many bytes follow the prologue: the header's fields, padded, and the body. */
    static int rest(byte[] prologue) throws IOException {
        ByteOrder order = order(prologue);
        ByteBuffer in = ByteBuffer.wrap(prologue).order(order);
        int body = in.getInt(4);
        int fields = in.getInt(12);
        if (body < 0 || fields < 0 || body > LENGTH_MAX || fields > LENGTH_MAX) {
            throw new IOException("the bus sends a message of " + Integer.toUnsignedString(body) + " bytes");
        }
        return padded(fields) + body;
    }

    private static ByteOrder order(byte[] prologue) throws IOException {
        return switch (prologue[0]) {
            case 'l' -> ByteOrder.LITTLE_ENDIAN;
            case 'B' -> ByteOrder.BIG_ENDIAN;
            default -> throw new IOException("what listens on the socket of the bus is not a bus");
        };
    }

    private static int padded(int fields) {
        return (fields + 7) / 8 * 8;
    }

    static BusMessage read(byte[] prologue, byte[] rest) throws IOException {
        ByteOrder order = order(prologue);
        int fields = ByteBuffer.wrap(prologue).order(order).getInt(12);
        Unmarshal in = new Unmarshal(
                ByteBuffer.wrap(rest, 0, Math.min(fields, rest.length)).slice().order(order));
        int replySerial = 0;
        String member = "";
        String error = "";
        String signature = "";
        while (in.hasMore()) {
            in.align(8);
            int field = in.u8();
            String type = in.signature();
            switch (type) {
                case "u" -> {
                    int number = in.u32();
                    replySerial = field == REPLY_SERIAL ? number : replySerial;
                }
                case "g" -> {
                    String text = in.signature();
                    signature = field == SIGNATURE ? text : signature;
                }
                case "s", "o" -> {
                    String text = in.string();
                    member = field == MEMBER ? text : member;
                    error = field == ERROR_NAME ? text : error;
                }
                default -> throw new IOException("the bus sends a header field of type " + type);
            }
        }
        int from = Math.min(padded(fields), rest.length);
        ByteBuffer body =
                ByteBuffer.wrap(rest, from, rest.length - from).slice().order(order);
        return new BusMessage(prologue[1], replySerial, member, error, signature, body);
    }

    Unmarshal content() {
        return new Unmarshal(body.duplicate().order(body.order()));
    }

    /** The first text of the body, where there is one. */
    String text() throws IOException {
        return signature.startsWith("s") || signature.startsWith("o")
                ? content().string()
                : "";
    }
}
