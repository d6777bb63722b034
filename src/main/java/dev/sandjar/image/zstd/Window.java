package dev.sandjar.image.zstd;

import java.util.Arrays;

/**
 * What was decoded last, as far back as matches may reach. It grows with the data up to what the frame asked for, and then begins again
 * at the front, where what lies behind is the oldest.
 */
final class Window {
    static final int BLOCK_MAX = 1 << 17;
    /** So far copies may write beyond what they are to copy. */
    private static final int SLACK = 64;

    private static final int FIRST = 1 << 19;
    private static final int BY_WORDS = 64;

    private byte[] bytes = new byte[FIRST];
    private int at;
    /** End of the older data behind {@link #at}; 0 if there is none. */
    private int oldEnd;

    private int size;
    private long total;

    void start(int windowSize) {
        size = windowSize;
        at = 0;
        oldEnd = 0;
        total = 0;
    }

    byte[] bytes() {
        return bytes;
    }

    int at() {
        return at;
    }

    /** Bytes of this frame. */
    long total() {
        return total;
    }

    /** Makes room for one block. */
    void prepare() throws Malformed {
        if (bytes.length - SLACK - at >= BLOCK_MAX) {
            return;
        }
        int most = size + 2 * BLOCK_MAX + SLACK;
        if (bytes.length >= most) {
            oldEnd = at;
            at = 0;
            return;
        }
        try {
            bytes = Arrays.copyOf(bytes, Math.min(most, 2 * bytes.length));
        } catch (OutOfMemoryError e) {
            Malformed failure = new Malformed(
                    "its zstd window of " + (size >> 20)
                            + " MiB takes more memory than this Java virtual machine has left",
                    "give it more, by -Xmx");
            failure.initCause(e);
            throw failure;
        }
    }

    void moved(int length) {
        at += length;
        total += length;
    }

    void append(byte[] from, int start, int length) {
        if (length <= 16 && start + 16 <= from.length) {
            Cursor.put(bytes, at, Cursor.word(from, start));
            Cursor.put(bytes, at + 8, Cursor.word(from, start + 8));
        } else {
            System.arraycopy(from, start, bytes, at, length);
        }
        moved(length);
    }

    void fill(byte value, int length) {
        Arrays.fill(bytes, at, at + length, value);
        moved(length);
    }

    void match(long offset, int length) throws Malformed {
        if (offset > total || offset > size || offset <= 0) {
            throw new Malformed("a match begins before the window");
        }
        int from = at - (int) offset;
        int left = length;
        if (from < 0) {
            from += oldEnd;
            int there = Math.min(left, oldEnd - from);
            System.arraycopy(bytes, from, bytes, at, there);
            moved(there);
            left -= there;
            from = 0;
        }
        int distance = at - from;
        if (distance == 1) {
            Arrays.fill(bytes, at, at + left, bytes[from]);
        } else if (distance >= left && left > BY_WORDS) {
            System.arraycopy(bytes, from, bytes, at, left);
        } else if (distance >= 8) {
            byte[] all = bytes;
            for (int i = 0; i < left; i += 8) {
                Cursor.put(all, at + i, Cursor.word(all, from + i));
            }
        } else {
            byte[] all = bytes;
            for (int i = 0; i < left; i++) {
                all[at + i] = all[from + i];
            }
        }
        moved(left);
    }
}
