package dev.sandjar.image.zstd;

/** A table of finite state entropy: for each state the symbol, and how the next state is found. */
final class FseTable {
    /** Bits of the first state. */
    final int log;
    /** By state: symbol, number of bits that follow, and what is added to them. */
    private final int[] states;

    private FseTable(int log, int[] states) {
        this.log = log;
        this.states = states;
    }

    int[] states() {
        return states;
    }

    static int symbol(int state) {
        return state >>> 24;
    }

    static int bits(int state) {
        return state >> 16 & 0xff;
    }

    static int base(int state) {
        return state & 0xffff;
    }

    /** Always the same symbol. */
    static FseTable single(int symbol) {
        return new FseTable(0, new int[] {symbol << 24});
    }

    /** @param shares of each symbol, together {@code 1 << log}; -1 is one that is less than one */
    static FseTable of(int log, int... shares) throws Malformed {
        int size = 1 << log;
        int[] symbols = new int[size];
        int[] next = new int[shares.length];
        int high = size - 1;
        for (int s = 0; s < shares.length; s++) {
            next[s] = shares[s];
            if (shares[s] < 0) {
                symbols[high--] = s;
                next[s] = 1;
            }
        }
        int step = (size >> 1) + (size >> 3) + 3;
        int at = 0;
        for (int s = 0; s < shares.length; s++) {
            for (int i = 0; i < shares[s]; i++) {
                symbols[at] = s;
                do {
                    at = (at + step) & (size - 1);
                } while (at > high);
            }
        }
        if (at != 0) {
            throw new Malformed("a table has more symbols than room");
        }
        int[] states = new int[size];
        for (int i = 0; i < size; i++) {
            int x = next[symbols[i]]++;
            int bits = log - (31 - Integer.numberOfLeadingZeros(x));
            states[i] = symbols[i] << 24 | bits << 16 | ((x << bits) - size);
        }
        return new FseTable(log, states);
    }

    static FseTable read(Cursor in, int symbolMax, int logMax) throws Malformed {
        in.need(1);
        byte[] bytes = in.bytes;
        int bit = in.at * 8;
        int log = (bytes[in.at] & 0xf) + 5;
        bit += 4;
        if (log > logMax) {
            throw new Malformed("a table is too large");
        }
        int[] shares = new int[symbolMax + 1];
        int left = 1 << log;
        int symbol = 0;
        while (left > 0) {
            if (symbol > symbolMax || bit > in.end * 8) {
                throw new Malformed("a table does not end");
            }
            // One of left + 2 values, of which the first ones take a bit less.
            int width = 32 - Integer.numberOfLeadingZeros(left + 1);
            int shorter = (1 << width) - 2 - left;
            int half = 1 << (width - 1);
            int value = bits(bytes, bit) & (2 * half - 1);
            if ((value & (half - 1)) < shorter) {
                value &= half - 1;
                bit += width - 1;
            } else {
                value -= value >= half ? shorter : 0;
                bit += width;
            }
            int share = value - 1;
            left -= Math.abs(share);
            shares[symbol++] = share;
            int zeros = share == 0 ? 3 : 0;
            while (zeros == 3 && symbol <= symbolMax) {
                zeros = bits(bytes, bit) & 3;
                bit += 2;
                symbol += zeros;
            }
        }
        in.need((bit + 7) / 8 - in.at);
        in.at = (bit + 7) / 8;
        return of(log, shares);
    }

    private static int bits(byte[] bytes, int bit) {
        return (int) (Cursor.word(bytes, bit >> 3) >>> (bit & 7));
    }
}
