package dev.sandjar.internal.network;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * What a relay is told of a connection that it asked about.
 *
 * @param word one of SJ_ANSWER_* of protocol.h
 * @param bytes how many first bytes are needed, with {@link #MORE}
 * @param taken how many of the first bytes that were shown are not passed on
 * @param said what is said in their place, by SJ_SAY_* of protocol.h
 * @param addresses of a name, to be tried in this order, with {@link #GO}
 */
public record Answer(int word, int bytes, int taken, Said said, List<InetSocketAddress> addresses) {
    public static final int REFUSE = 0;
    public static final int GO = 1;
    public static final int MORE = 2;
    public static final int HAND = 3;

    /** SJ_DECIDED_MAX: how many addresses a relay takes. */
    static final int ADDRESSES_MAX = 8;

    /**
     * Texts of a proxy.
     *
     * @param client to the client, when the answer has been carried out
     * @param failure to the client, when no server was reached
     * @param server to the server, before what follows
     */
    @SuppressWarnings("ArrayRecordComponent") // made to be sent
    public record Said(byte[] client, byte[] failure, byte[] server) {
        private static final byte[] NOTHING = {};
        static final Said NONE = new Said(NOTHING, NOTHING, NOTHING);

        static Said toClient(byte[] text) {
            return new Said(text, NOTHING, NOTHING);
        }
    }

    static Answer refuse() {
        return new Answer(REFUSE, 0, 0, Said.NONE, List.of());
    }

    static Answer go(List<InetSocketAddress> addresses) {
        return new Answer(GO, 0, 0, Said.NONE, addresses.subList(0, Math.min(addresses.size(), ADDRESSES_MAX)));
    }

    static Answer more(int bytes) {
        return new Answer(MORE, bytes, 0, Said.NONE, List.of());
    }

    static Answer hand() {
        return new Answer(HAND, 0, 0, Said.NONE, List.of());
    }

    Answer saying(int bytesTaken, Said text) {
        return new Answer(word, bytes, bytesTaken, text, addresses);
    }
}
