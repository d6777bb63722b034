package dev.sandjar.internal.network;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * What a relay is told of a connection that it asked about.
 *
 * @param word one of SJ_ANSWER_* of protocol.h
 * @param bytes how many first bytes are needed, with {@link #MORE}
 * @param addresses of a name, to be tried in this order, with {@link #GO}
 */
public record Answer(int word, int bytes, List<InetSocketAddress> addresses) {
    public static final int REFUSE = 0;
    public static final int GO = 1;
    public static final int MORE = 2;

    /** SJ_DECIDED_MAX: how many addresses a relay takes. */
    static final int ADDRESSES_MAX = 8;

    static Answer refuse() {
        return new Answer(REFUSE, 0, List.of());
    }

    static Answer go(List<InetSocketAddress> addresses) {
        return new Answer(GO, 0, addresses.subList(0, Math.min(addresses.size(), ADDRESSES_MAX)));
    }

    static Answer more(int bytes) {
        return new Answer(MORE, bytes, List.of());
    }
}
