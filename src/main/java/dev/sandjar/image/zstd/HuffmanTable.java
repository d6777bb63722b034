package dev.sandjar.image.zstd;

/** Which bytes bits stand for: of up to eleven bits the byte, and how many of them were meant. */
final class HuffmanTable {
    private static final int BITS_MAX = 11;
    private static final int WEIGHTS_LOG_MAX = 6;
    /** What eight bytes hold for sure. */
    private static final int AT_ONCE = 5;

    private static final int FEWEST_OF_FOUR = 6;

    private final int bits;
    private final short[] codes;

    private HuffmanTable(int bits, short[] codes) {
        this.bits = bits;
        this.codes = codes;
    }

    static HuffmanTable read(Cursor in) throws Malformed {
        byte[] weights = new byte[256];
        int head = in.next();
        int count = head < 128 ? compressed(in.part(head), weights) : plain(in, head - 127, weights);
        return of(weights, count);
    }

    private static int plain(Cursor in, int count, byte[] weights) throws Malformed {
        Cursor part = in.part((count + 1) / 2);
        for (int i = 0; i < count; i++) {
            int two = part.bytes[part.at + i / 2] & 0xff;
            weights[i] = (byte) (i % 2 == 0 ? two >> 4 : two & 0xf);
        }
        return count;
    }

    /** Two states in turns, until there are no bits for the next. */
    private static int compressed(Cursor in, byte[] weights) throws Malformed {
        FseTable table = FseTable.read(in, 255, WEIGHTS_LOG_MAX);
        int[] states = table.states();
        int floor = in.at * 8;
        int bit = in.bits() - 2 * table.log;
        if (bit < floor) {
            throw new Malformed("weights have no beginning");
        }
        long first = Cursor.below(in.bytes, bit + 2 * table.log);
        int one = states[Cursor.first(first, table.log)];
        int other = states[Cursor.first(first << table.log, table.log)];
        int count = 0;
        while (count < 254) {
            weights[count++] = (byte) Math.min(FseTable.symbol(one), 127);
            int more = FseTable.bits(one);
            if (more > bit - floor) {
                weights[count++] = (byte) Math.min(FseTable.symbol(other), 127);
                return count;
            }
            int next = states[FseTable.base(one) + Cursor.first(Cursor.below(in.bytes, bit), more)];
            bit -= more;
            one = other;
            other = next;
        }
        throw new Malformed("there are too many weights");
    }

    /** The weight of the last symbol is what is missing to a power of two. */
    private static HuffmanTable of(byte[] weights, int given) throws Malformed {
        int total = 0;
        for (int i = 0; i < given; i++) {
            if (weights[i] > BITS_MAX) {
                throw new Malformed("a weight is too large");
            }
            total += 1 << weights[i] >> 1;
        }
        int bits = 32 - Integer.numberOfLeadingZeros(total);
        int missing = (1 << bits) - total;
        if (total == 0 || bits > BITS_MAX || Integer.bitCount(missing) != 1) {
            throw new Malformed("weights do not add up");
        }
        weights[given] = (byte) (32 - Integer.numberOfLeadingZeros(missing));
        short[] codes = new short[1 << bits];
        int at = 0;
        int ones = 0;
        for (int weight = 1; weight <= bits; weight++) {
            for (int symbol = 0; symbol <= given; symbol++) {
                if (weights[symbol] == weight) {
                    int end = at + (1 << (weight - 1));
                    java.util.Arrays.fill(codes, at, end, (short) ((bits + 1 - weight) << 8 | symbol));
                    at = end;
                    ones += weight == 1 ? 1 : 0;
                }
            }
        }
        if (at != codes.length || ones < 2) {
            throw new Malformed("weights do not add up");
        }
        return new HuffmanTable(bits, codes);
    }

    void decode(Cursor in, byte[] out, int count) throws Malformed {
        decode(in, out, 0, count, in.bits());
    }

    private void decode(Cursor in, byte[] out, int from, int to, int start) throws Malformed {
        byte[] bytes = in.bytes;
        int shift = 64 - bits;
        int floor = in.at * 8;
        int bit = start;
        int at = from;
        while (at < to) {
            if (bit < floor) {
                break;
            }
            long have = Cursor.below(bytes, bit);
            int end = Math.min(at + AT_ONCE, to);
            while (at < end) {
                int code = codes[(int) (have >>> shift)];
                out[at++] = (byte) code;
                have <<= code >> 8;
                bit -= code >> 8;
            }
        }
        if (bit != floor) {
            throw new Malformed("literals do not end where they should");
        }
    }

    /** The same in four parts, which a processor works at side by side. */
    void decodeFour(Cursor in, byte[] out, int count) throws Malformed {
        if (count < FEWEST_OF_FOUR) {
            throw new Malformed("four streams have too little to hold");
        }
        int size1 = (int) in.number(2);
        int size2 = (int) in.number(2);
        int size3 = (int) in.number(2);
        Cursor part1 = in.part(size1);
        Cursor part2 = in.part(size2);
        Cursor part3 = in.part(size3);
        Cursor part4 = in.part(in.left());
        int share = (count + 3) / 4;
        int at2 = share;
        int at3 = 2 * share;
        int at4 = 3 * share;
        int bit1 = part1.bits();
        int bit2 = part2.bits();
        int bit3 = part3.bits();
        int bit4 = part4.bits();
        byte[] bytes = in.bytes;
        short[] table = codes;
        int shift = 64 - bits;
        int rounds = (count - at4) / AT_ONCE;
        int at = 0;
        for (int i = 0; i < rounds; i++) {
            if (bit1 < part1.at * 8 || bit2 < part2.at * 8 || bit3 < part3.at * 8 || bit4 < part4.at * 8) {
                throw new Malformed("literals end too early");
            }
            long have1 = Cursor.below(bytes, bit1);
            long have2 = Cursor.below(bytes, bit2);
            long have3 = Cursor.below(bytes, bit3);
            long have4 = Cursor.below(bytes, bit4);
            for (int end = at + AT_ONCE; at < end; at++) {
                int code1 = table[(int) (have1 >>> shift)];
                int code2 = table[(int) (have2 >>> shift)];
                int code3 = table[(int) (have3 >>> shift)];
                int code4 = table[(int) (have4 >>> shift)];
                out[at] = (byte) code1;
                out[at2 + at] = (byte) code2;
                out[at3 + at] = (byte) code3;
                out[at4 + at] = (byte) code4;
                have1 <<= code1 >> 8;
                have2 <<= code2 >> 8;
                have3 <<= code3 >> 8;
                have4 <<= code4 >> 8;
                bit1 -= code1 >> 8;
                bit2 -= code2 >> 8;
                bit3 -= code3 >> 8;
                bit4 -= code4 >> 8;
            }
        }
        decode(part1, out, at, at2, bit1);
        decode(part2, out, at2 + at, at3, bit2);
        decode(part3, out, at3 + at, at4, bit3);
        decode(part4, out, at4 + at, count, bit4);
    }
}
