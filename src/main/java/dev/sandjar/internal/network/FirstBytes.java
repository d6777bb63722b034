package dev.sandjar.internal.network;

/**
 * What the first bytes of a connection say of the host that is meant. They are hostile: everything ambiguous is refused, and nothing
 * beyond the bytes that are there is believed.
 *
 * @param kind what has been found out
 * @param least with {@link Kind#MORE}: how many are needed
 * @param wrong with {@link Kind#WRONG}: what, for people
 */
record FirstBytes(Kind kind, int least, String wrong) {
    enum Kind {
        /** They name the host. */
        RIGHT,
        /** They don't, or in no way that is known. */
        WRONG,
        /** They may yet. */
        MORE
    }

    /** SJ_FIRST_BYTES_MAX. */
    static final int MAX = 16_384;

    private static final int TLS_HANDSHAKE = 22;

    static FirstBytes right() {
        return new FirstBytes(Kind.RIGHT, 0, "");
    }

    static FirstBytes wrong(String what) {
        return new FirstBytes(Kind.WRONG, 0, what);
    }

    /** Of {@code least} bytes in all; more than are ever shown are wrong. */
    static FirstBytes more(int least) {
        return least > MAX
                ? wrong("it needs more than " + MAX + " bytes to say what it wants")
                : new FirstBytes(Kind.MORE, least, "");
    }

    static FirstBytes of(byte[] bytes, Target target) {
        if (bytes.length == 0) {
            return more(1);
        }
        if (bytes[0] == TLS_HANDSHAKE) {
            return ClientHello.read(bytes, target.name());
        }
        if (bytes[0] >= 'A' && bytes[0] <= 'Z') {
            return RequestHead.read(bytes, target);
        }
        return wrong("it is neither TLS nor HTTP");
    }

    /** Whether they can be TLS alone. */
    static boolean isTls(byte[] bytes) {
        return bytes.length > 0 && bytes[0] == TLS_HANDSHAKE;
    }

    /** As it says it, compared in small letters of ASCII alone. */
    static boolean same(String said, String name) {
        if (said.length() != name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = said.charAt(i);
            if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
