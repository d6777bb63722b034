package dev.sandjar.image.zstd;

/** The hash of which the lower half ends a frame. */
final class XxHash64 {
    private static final long P1 = 0x9e3779b185ebca87L;
    private static final long P2 = 0xc2b2ae3d27d4eb4fL;
    private static final long P3 = 0x165667b19e3779f9L;
    private static final long P4 = 0x85ebca77c2b2ae63L;
    private static final long P5 = 0x27d4eb2f165667c5L;
    private static final int STRIPE = 32;

    private final byte[] rest = new byte[STRIPE];
    private int kept;
    private long total;
    private long a;
    private long b;
    private long c;
    private long d;

    XxHash64() {
        start();
    }

    void start() {
        kept = 0;
        total = 0;
        a = P1 + P2;
        b = P2;
        c = 0;
        d = -P1;
    }

    void add(byte[] bytes, int from, int length) {
        total += length;
        int at = from;
        int end = from + length;
        if (kept > 0) {
            int more = Math.min(STRIPE - kept, length);
            System.arraycopy(bytes, at, rest, kept, more);
            kept += more;
            at += more;
            if (kept < STRIPE) {
                return;
            }
            stripes(rest, 0, STRIPE);
            kept = 0;
        }
        int whole = (end - at) / STRIPE * STRIPE;
        stripes(bytes, at, at + whole);
        at += whole;
        System.arraycopy(bytes, at, rest, 0, end - at);
        kept = end - at;
    }

    private void stripes(byte[] bytes, int from, int end) {
        long v1 = a;
        long v2 = b;
        long v3 = c;
        long v4 = d;
        for (int at = from; at < end; at += STRIPE) {
            v1 = round(v1, Cursor.word(bytes, at));
            v2 = round(v2, Cursor.word(bytes, at + 8));
            v3 = round(v3, Cursor.word(bytes, at + 16));
            v4 = round(v4, Cursor.word(bytes, at + 24));
        }
        a = v1;
        b = v2;
        c = v3;
        d = v4;
    }

    private static long round(long sum, long word) {
        return Long.rotateLeft(sum + word * P2, 31) * P1;
    }

    private static long merged(long hash, long sum) {
        return (hash ^ round(0, sum)) * P1 + P4;
    }

    long value() {
        long hash = P5;
        if (total >= STRIPE) {
            hash = Long.rotateLeft(a, 1) + Long.rotateLeft(b, 7) + Long.rotateLeft(c, 12) + Long.rotateLeft(d, 18);
            hash = merged(merged(merged(merged(hash, a), b), c), d);
        }
        hash += total;
        int at = 0;
        for (; at + 8 <= kept; at += 8) {
            hash = Long.rotateLeft(hash ^ round(0, Cursor.word(rest, at)), 27) * P1 + P4;
        }
        if (at + 4 <= kept) {
            long word = (rest[at] & 0xffL)
                    | (rest[at + 1] & 0xffL) << 8
                    | (rest[at + 2] & 0xffL) << 16
                    | (rest[at + 3] & 0xffL) << 24;
            hash = Long.rotateLeft(hash ^ word * P1, 23) * P2 + P3;
            at += 4;
        }
        for (; at < kept; at++) {
            hash = Long.rotateLeft(hash ^ (rest[at] & 0xff) * P5, 11) * P1;
        }
        hash ^= hash >>> 33;
        hash *= P2;
        hash ^= hash >>> 29;
        hash *= P3;
        return hash ^ hash >>> 32;
    }
}
