package dev.sandjar.image;

import dev.sandjar.ImageException;
import dev.sandjar.internal.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Makes a tar stream safe for a parser that takes extended headers for text and believes their sizes: names and attributes are bytes,
 * so each byte of a pax record is written as the character with its number, and what a header may claim is bounded. After this a
 * parser that reads names as ISO 8859-1 has the very bytes of the archive.
 */
final class TarBytes extends InputStream {
    static final int BLOCK = 512;
    private static final int PAX_MAX = 1 << 20;
    private static final int LONG_NAME_MAX = 1 << 16;
    private static final int SPARSE_BLOCKS_MAX = 4096;
    /** Of one entry; no tool writes more than four. */
    private static final int EXTENDED_MAX = 8;
    /** For all entries: the parser keeps and copies them for each. */
    private static final int GLOBAL_MAX = 64 << 10;

    private static final int GLOBAL_RECORDS_MAX = 100;
    private static final String NO_TAR = "it is no tar archive";

    private final InputStream in;
    private final String subject;
    private byte[] ready = new byte[0];
    private int at;
    /** Data of an entry, with its padding, that passes as it is. */
    private long passing;

    private long paxSize = -1;
    private boolean ended;
    private boolean begun;
    private int extended;
    private boolean hasLocal;
    private long globalBytes;
    private int globalRecords;

    TarBytes(InputStream in, String subject) {
        this.in = in;
        this.subject = subject;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (at == ready.length && passing == 0 && !ended) {
            nextHeader();
        }
        if (at < ready.length) {
            int n = Math.min(length, ready.length - at);
            System.arraycopy(ready, at, bytes, offset, n);
            at += n;
            return n;
        }
        if (ended) {
            return in.read(bytes, offset, length);
        }
        // Whole, because the parser takes a short read within a sparse file for the end of its piece.
        int n = in.readNBytes(bytes, offset, (int) Math.min(length, passing));
        if (n == 0) {
            throw problem("the archive ends within an entry");
        }
        passing -= n;
        return n;
    }

    private void nextHeader() throws IOException {
        byte[] header = in.readNBytes(BLOCK);
        ready = header;
        at = 0;
        if (header.length < BLOCK || isZero(header)) {
            if (header.length != 0 && header.length != BLOCK) {
                throw problem(begun ? "the archive ends within a header" : NO_TAR);
            }
            ended = true;
            return;
        }
        if (!hasRightSum(header)) {
            throw problem(begun ? "a header has a wrong checksum" : NO_TAR);
        }
        begun = true;
        long size = size(header);
        count(header[156]);
        switch (header[156]) {
            case 'x', 'X' -> pax(header, size, false);
            case 'g' -> pax(header, size, true);
            case 'L', 'K' -> {
                if (size > LONG_NAME_MAX) {
                    throw problem("a name has " + size + " bytes");
                }
                passing = padded(size);
            }
            case '1', '2', '3', '4', '5', '6' -> {
                if (paxSize > 0) {
                    throw problem("an entry that can't have content claims " + paxSize + " bytes");
                }
                // As other implementations read it, whatever is claimed.
                setSize(header, 0);
                paxSize = -1;
            }
            default -> data(header, size);
        }
    }

    /** The parser calls itself for each of them, and takes the first of several where we would take the last. */
    private void count(byte type) throws IOException {
        boolean local = type == 'x' || type == 'X';
        if (!local && type != 'g' && type != 'L' && type != 'K') {
            extended = 0;
            hasLocal = false;
            return;
        }
        if (++extended > EXTENDED_MAX) {
            throw problem("an entry has more than " + EXTENDED_MAX + " extended headers");
        }
        if (local && hasLocal) {
            throw problem("an entry has two extended headers of its own");
        }
        hasLocal |= local;
    }

    private void data(byte[] header, long size) throws IOException {
        long real = paxSize >= 0 ? paxSize : size;
        paxSize = -1;
        if (header[156] == 'S' && header[482] != 0) {
            sparseBlocks(header);
        }
        passing = padded(real);
    }

    /** Blocks that continue the map of a sparse file, each of which says whether another follows. */
    private void sparseBlocks(byte[] header) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(header);
        byte[] block;
        int count = 0;
        do {
            block = exactly(BLOCK);
            all.write(block);
            if (++count > SPARSE_BLOCKS_MAX) {
                throw problem("the map of a sparse file has more than " + SPARSE_BLOCKS_MAX + " blocks");
            }
        } while (block[504] != 0);
        ready = all.toByteArray();
    }

    private void pax(byte[] header, long size, boolean global) throws IOException {
        if (size > PAX_MAX) {
            throw problem("an extended header has " + size + " bytes, allowed are " + PAX_MAX);
        }
        globalBytes += global ? size : 0;
        if (globalBytes > GLOBAL_MAX) {
            throw problem("the extended headers for all entries take more than " + GLOBAL_MAX + " bytes");
        }
        byte[] records = Arrays.copyOf(exactly((int) padded(size)), (int) size);
        ByteArrayOutputStream recoded = new ByteArrayOutputStream();
        int position = 0;
        while (position < records.length) {
            position = record(records, position, recoded, global);
            if (global && ++globalRecords > GLOBAL_RECORDS_MAX) {
                throw problem("there are more than " + GLOBAL_RECORDS_MAX + " extended headers for all entries");
            }
        }
        setSize(header, recoded.size());
        byte[] all = Arrays.copyOf(header, BLOCK + (int) padded(recoded.size()));
        System.arraycopy(recoded.toByteArray(), 0, all, BLOCK, recoded.size());
        ready = all;
    }

    /** "LENGTH KEY=VALUE\n", the length counting itself. */
    private int record(byte[] records, int start, ByteArrayOutputStream out, boolean global) throws IOException {
        int space = start;
        int length = 0;
        while (space < records.length && records[space] >= '0' && records[space] <= '9' && space - start < 8) {
            length = length * 10 + records[space++] - '0';
        }
        int end = start + length;
        boolean whole = space > start && space < records.length && records[space] == ' ' && end > space + 1;
        if (!whole || end > records.length || records[end - 1] != '\n') {
            throw problem("an extended header is malformed");
        }
        byte[] text = Arrays.copyOfRange(records, space + 1, end - 1);
        String latin = new String(text, StandardCharsets.ISO_8859_1);
        int equals = latin.indexOf('=');
        if (equals <= 0) {
            throw problem("an extended header is malformed");
        }
        if (latin.startsWith("size=")) {
            size(latin.substring(5), global);
        }
        byte[] recoded = latin.getBytes(StandardCharsets.UTF_8);
        int digits = 1;
        while (Integer.toString(recoded.length + 2 + digits).length() > digits) {
            digits++;
        }
        out.write((recoded.length + 2 + digits + " ").getBytes(StandardCharsets.US_ASCII));
        out.write(recoded);
        out.write('\n');
        return end;
    }

    private void size(String text, boolean global) throws IOException {
        if (global || !text.matches("[0-9]{1,18}")) {
            throw problem("an extended header has a size that makes no sense");
        }
        paxSize = Long.parseLong(text);
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length != length) {
            throw problem("the archive ends within a header");
        }
        return bytes;
    }

    private long size(byte[] header) throws ImageException {
        Long size = number(header, 124, 12);
        if (size == null || size < 0) {
            throw problem("an entry has a size that makes no sense");
        }
        return size;
    }

    /** Octal digits, or with the first bit set a binary number. */
    private static @Nullable Long number(byte[] header, int start, int length) {
        if ((header[start] & 0x80) != 0) {
            long value = header[start] & 0x3f;
            if ((header[start] & 0x40) != 0) {
                return null;
            }
            for (int i = start + 1; i < start + length; i++) {
                if (value >> 54 != 0) {
                    return null;
                }
                value = (value << 8) | (header[i] & 0xff);
            }
            return value;
        }
        String text = new String(header, start, length, StandardCharsets.ISO_8859_1)
                .replace('\0', ' ')
                .strip();
        if (text.isEmpty()) {
            return 0L;
        }
        return text.matches("[0-7]{1,12}") ? Long.parseLong(text, 8) : null;
    }

    private static void setSize(byte[] header, long size) {
        byte[] digits = String.format("%011o", size).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(digits, 0, header, 124, 11);
        header[135] = 0;
        Arrays.fill(header, 148, 156, (byte) ' ');
        byte[] sum = String.format("%06o", sum(header, false)).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(sum, 0, header, 148, 6);
        header[154] = 0;
    }

    private static boolean hasRightSum(byte[] header) {
        Long said = number(header, 148, 8);
        byte[] copy = header.clone();
        Arrays.fill(copy, 148, 156, (byte) ' ');
        return said != null && (said == sum(copy, false) || said == sum(copy, true));
    }

    private static long sum(byte[] header, boolean signed) {
        long sum = 0;
        for (byte b : header) {
            sum += signed ? b : b & 0xff;
        }
        return sum;
    }

    private static boolean isZero(byte[] block) {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private static long padded(long size) {
        return (size + BLOCK - 1) / BLOCK * BLOCK;
    }

    private ImageException problem(String what) {
        return new ImageException(subject, what, "");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
