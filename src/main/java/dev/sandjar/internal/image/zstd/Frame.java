package dev.sandjar.internal.image.zstd;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * What a frame says of itself.
 *
 * @param window how far back matches reach; no more than 128 MiB
 */
record Frame(int window, boolean hasChecksum) {
    /** What {@code zstd -d} takes without being asked to. */
    static final int WINDOW_LOG_MAX = 27;

    static final String SMALLER_WINDOW = "compress it without --long, or with --long=27 at most";

    private static final int WINDOW_MAX = 1 << WINDOW_LOG_MAX;
    private static final int BLOCK_MAX = 128 << 10;

    private static final int MAGIC = 0xfd2fb528;
    private static final int SKIPPABLE = 0x184d2a50;

    /** @param last whether no other follows */
    record Block(int type, int size, boolean last) {
        private static final int SAME = 1;

        /** Bytes that follow it. */
        int stored() {
            return type == SAME ? 1 : size;
        }
    }

    int blockMax() {
        return Math.min(window, BLOCK_MAX);
    }

    /** The next one; null at the end. What may be skipped is. */
    static @Nullable Frame next(InputStream in) throws IOException {
        while (true) {
            byte[] magic = in.readNBytes(4);
            if (magic.length == 0) {
                return null;
            }
            int number = (int) little(magic, 0, magic.length);
            if (magic.length == 4 && (number & ~0xf) == SKIPPABLE) {
                in.skipNBytes(read(in, 4));
            } else if (magic.length == 4 && number == MAGIC) {
                return header(in);
            } else {
                throw new Malformed("there is something behind its end");
            }
        }
    }

    private static Frame header(InputStream in) throws IOException {
        int flags = (int) read(in, 1);
        boolean single = (flags & 0x20) != 0;
        if ((flags & 8) != 0) {
            throw new Malformed("a frame has reserved bits");
        }
        long window = 0;
        if (!single) {
            int word = (int) read(in, 1);
            long base = 1L << (10 + (word >> 3));
            window = base + base / 8 * (word & 7);
        }
        int idBytes = new int[] {0, 1, 2, 4}[flags & 3];
        long dictionary = read(in, idBytes);
        int sizeBytes = new int[] {single ? 1 : 0, 2, 4, 8}[flags >> 6];
        long size = sizeBytes == 0 ? -1 : read(in, sizeBytes) + (sizeBytes == 2 ? 256 : 0);
        if (dictionary != 0) {
            throw new Malformed(
                    "it is compressed by zstd with the dictionary " + dictionary + ", which no image brings",
                    "compress it without one");
        }
        if (sizeBytes == 8 && size < 0) {
            throw new Malformed("a frame has a size that makes no sense");
        }
        if (single) {
            window = size;
        }
        if (window > WINDOW_MAX) {
            throw new Malformed(
                    "it is compressed by zstd with a window of " + (window >> 20) + " MiB, allowed are "
                            + (WINDOW_MAX >> 20),
                    SMALLER_WINDOW);
        }
        return new Frame((int) window, (flags & 4) != 0);
    }

    Block block(InputStream in) throws IOException {
        int head = (int) read(in, 3);
        Block block = new Block(head >> 1 & 3, head >> 3, (head & 1) != 0);
        if (block.type() == 3 || block.size() > blockMax()) {
            throw new Malformed(block.type() == 3 ? "a block is of an unknown type" : "a block is too long");
        }
        return block;
    }

    /** A number, the lowest byte first. */
    static long read(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("zstd data ends too early");
        }
        return little(bytes, 0, length);
    }

    private static long little(byte[] bytes, int from, int length) {
        long value = 0;
        for (int i = length - 1; i >= 0; i--) {
            value = value << 8 | (bytes[from + i] & 0xff);
        }
        return value;
    }
}
