package dev.sandjar.image.zstd;

import dev.sandjar.internal.Nullable;

/** Decodes the compressed blocks of a frame: literals, and sequences that say how many of them follow, and what is repeated then. */
final class Blocks {
    private static final int LITERALS_LOG_MAX = 9;
    private static final int MATCHES_LOG_MAX = 9;
    private static final int OFFSETS_LOG_MAX = 8;
    private static final int OFFSET_MAX = 31;
    /** From here on an offset's bits are read alone. */
    private static final int LONG_OFFSET = 24;

    private static final int[] LITERALS_BASE = new int[36];
    private static final int[] LITERALS_BITS =
            bits(16, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    private static final int[] MATCHES_BASE = new int[53];
    private static final int[] MATCHES_BITS =
            bits(32, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    private static final FseTable LITERALS;
    private static final FseTable MATCHES;
    private static final FseTable OFFSETS;

    static {
        bases(LITERALS_BASE, LITERALS_BITS, 0);
        bases(MATCHES_BASE, MATCHES_BITS, 3);
        try {
            LITERALS = FseTable.of(
                    6, 4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1,
                    -1, -1, -1, -1);
            MATCHES = FseTable.of(
                    6, 1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1);
            OFFSETS = FseTable.of(
                    5, 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1);
        } catch (Malformed e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final byte[] literals = new byte[Window.BLOCK_MAX + Cursor.PAD];
    private final long[] repeated = new long[3];
    private @Nullable HuffmanTable huffman;
    private @Nullable FseTable lengths;
    private @Nullable FseTable offsets;
    private @Nullable FseTable matches;
    /** Where the literals of this block lie. */
    private byte[] source = literals;

    private int from;
    private int size;

    private static int[] bits(int without, int... more) {
        int[] all = new int[without + more.length];
        System.arraycopy(more, 0, all, without, more.length);
        return all;
    }

    private static void bases(int[] bases, int[] bits, int first) {
        int base = first;
        for (int i = 0; i < bases.length; i++) {
            bases[i] = base;
            base += 1 << bits[i];
        }
    }

    /** A new frame remembers nothing of the one before. */
    void start() {
        huffman = null;
        lengths = null;
        offsets = null;
        matches = null;
        repeated[0] = 1;
        repeated[1] = 4;
        repeated[2] = 8;
    }

    void decode(Cursor in, Window out, int blockMax) throws Malformed {
        literals(in, blockMax);
        long limit = out.total() + blockMax;
        int count = in.next();
        if (count >= 128) {
            count = count == 255 ? (int) in.number(2) + 0x7f00 : (count - 128 << 8) + in.next();
        }
        if (count > 0) {
            int modes = in.next();
            if ((modes & 3) != 0) {
                throw new Malformed("a block has reserved bits");
            }
            FseTable forLengths = table(modes >> 6, in, lengths, LITERALS, 35, LITERALS_LOG_MAX);
            FseTable forOffsets = table(modes >> 4 & 3, in, offsets, OFFSETS, OFFSET_MAX, OFFSETS_LOG_MAX);
            FseTable forMatches = table(modes >> 2 & 3, in, matches, MATCHES, 52, MATCHES_LOG_MAX);
            lengths = forLengths;
            offsets = forOffsets;
            matches = forMatches;
            sequences(in, count, out, limit, forLengths, forOffsets, forMatches);
        } else if (in.left() > 0) {
            throw new Malformed("a block has something behind its end");
        }
        if (out.total() + size > limit) {
            throw new Malformed("a block is too long");
        }
        out.append(source, from, size);
    }

    // ---- literals

    private void literals(Cursor in, int blockMax) throws Malformed {
        in.need(1);
        int head = in.bytes[in.at] & 0xff;
        int format = head >> 2 & 3;
        if ((head & 3) < 2) {
            size = (int) ((format & 1) == 0 ? in.number(1) >> 3 : format == 1 ? in.number(2) >> 4 : in.number(3) >> 4);
            checkSize(blockMax);
            plain((head & 3) == 1, in);
            return;
        }
        int width = format < 2 ? 10 : format == 2 ? 14 : 18;
        long both = in.number(format < 2 ? 3 : format == 2 ? 4 : 5) >> 4;
        size = (int) both & (1 << width) - 1;
        checkSize(blockMax);
        Cursor part = in.part((int) (both >> width));
        HuffmanTable table = (head & 3) == 2 ? HuffmanTable.read(part) : huffman;
        if (table == null) {
            throw new Malformed("literals have no table");
        }
        huffman = table;
        if (format == 0) {
            table.decode(part, literals, size);
        } else {
            table.decodeFour(part, literals, size);
        }
        source = literals;
        from = 0;
    }

    private void plain(boolean same, Cursor in) throws Malformed {
        if (same) {
            java.util.Arrays.fill(literals, 0, size, (byte) in.next());
            source = literals;
            from = 0;
        } else {
            source = in.bytes;
            from = in.part(size).at;
        }
    }

    private void checkSize(int blockMax) throws Malformed {
        if (size > blockMax) {
            throw new Malformed("a block has too many literals");
        }
    }

    // ---- sequences

    private static FseTable table(
            int mode, Cursor in, @Nullable FseTable before, FseTable usual, int symbolMax, int logMax)
            throws Malformed {
        switch (mode) {
            case 0:
                return usual;
            case 1:
                int symbol = in.next();
                if (symbol > symbolMax) {
                    throw new Malformed("a code is too large");
                }
                return FseTable.single(symbol);
            case 2:
                return FseTable.read(in, symbolMax, logMax);
            default:
                if (before == null) {
                    throw new Malformed("a table is to be used again, and there was none");
                }
                return before;
        }
    }

    private void sequences(
            Cursor in, int count, Window out, long limit, FseTable forLengths, FseTable forOffsets, FseTable forMatches)
            throws Malformed {
        byte[] bytes = in.bytes;
        int floor = in.at * 8;
        int bit = in.bits();
        long have = Cursor.below(bytes, bit);
        int length = Cursor.first(have, forLengths.log);
        have <<= forLengths.log;
        int offset = Cursor.first(have, forOffsets.log);
        have <<= forOffsets.log;
        int match = Cursor.first(have, forMatches.log);
        bit -= forLengths.log + forOffsets.log + forMatches.log;
        int[] lengthStates = forLengths.states();
        int[] offsetStates = forOffsets.states();
        int[] matchStates = forMatches.states();
        for (int left = count; ; ) {
            if (bit < floor) {
                throw new Malformed("sequences end too early");
            }
            int lengthState = lengthStates[length];
            int offsetState = offsetStates[offset];
            int matchState = matchStates[match];
            int offsetBits = FseTable.symbol(offsetState);
            have = Cursor.below(bytes, bit);
            long raw = (1L << offsetBits) + Cursor.first(have, offsetBits);
            bit -= offsetBits;
            have = offsetBits > LONG_OFFSET ? Cursor.below(bytes, bit) : have << offsetBits;
            int matchCode = FseTable.symbol(matchState);
            int matchBits = MATCHES_BITS[matchCode];
            int matchLength = MATCHES_BASE[matchCode] + Cursor.first(have, matchBits);
            have <<= matchBits;
            int lengthCode = FseTable.symbol(lengthState);
            int lengthBits = LITERALS_BITS[lengthCode];
            int literalLength = LITERALS_BASE[lengthCode] + Cursor.first(have, lengthBits);
            bit -= matchBits + lengthBits;
            long distance = distance(raw, literalLength == 0);
            if (literalLength > size || out.total() + literalLength + matchLength > limit) {
                throw new Malformed("a sequence is too long");
            }
            out.append(source, from, literalLength);
            from += literalLength;
            size -= literalLength;
            out.match(distance, matchLength);
            if (--left == 0) {
                break;
            }
            have = Cursor.below(bytes, bit);
            int more = FseTable.bits(lengthState);
            length = FseTable.base(lengthState) + Cursor.first(have, more);
            have <<= more;
            bit -= more;
            more = FseTable.bits(matchState);
            match = FseTable.base(matchState) + Cursor.first(have, more);
            have <<= more;
            bit -= more;
            more = FseTable.bits(offsetState);
            offset = FseTable.base(offsetState) + Cursor.first(have, more);
            bit -= more;
        }
        if (bit != floor) {
            throw new Malformed("sequences do not end where they should");
        }
    }

    /** An offset, or one of the three before. */
    private long distance(long raw, boolean noLiterals) {
        if (raw > 3) {
            repeated[2] = repeated[1];
            repeated[1] = repeated[0];
            repeated[0] = raw - 3;
            return raw - 3;
        }
        int which = (int) raw - (noLiterals ? 0 : 1);
        long distance = which == 3 ? repeated[0] - 1 : repeated[which];
        if (which > 1) {
            repeated[2] = repeated[1];
        }
        if (which > 0) {
            repeated[1] = repeated[0];
        }
        repeated[0] = distance;
        return distance;
    }
}
