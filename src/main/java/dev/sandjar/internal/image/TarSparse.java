package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where in a sparse file the stored bytes belong, in the four ways that GNU tar has written it.
 *
 * @param pieces offset and length in turns, in order, and no two of them for one place
 * @param size of the file, holes counted
 * @param stored bytes in the archive behind the map
 */
@SuppressWarnings("ArrayRecordComponent") // handed over
record TarSparse(long[] pieces, long size, long stored) {
    private static final int BLOCKS_MAX = 4096;
    private static final int PIECES_MAX = 100_000;

    /** The next block of the archive. */
    interface Blocks {
        byte[] next() throws IOException;
    }

    /** Of the entry; null if its file is not sparse. */
    static @Nullable TarSparse of(
            TarHeader header, TarExtended extended, long size, Blocks blocks, EntrySubject subject) throws IOException {
        if (header.type() == 'S') {
            return old(header, size, blocks, subject);
        }
        String major = extended.record("GNU.sparse.major");
        String minor = extended.record("GNU.sparse.minor");
        if ("1".equals(major) && "0".equals(minor)) {
            return inContent(extended, size, blocks, subject);
        }
        boolean first = major == null || (major.equals("0") && ("0".equals(minor) || "1".equals(minor)));
        String map = extended.record("GNU.sparse.map");
        boolean any = major != null || map != null || !extended.pieces().isEmpty();
        if (!any) {
            return null;
        }
        if (!first) {
            throw malformed("is of an unknown version", subject);
        }
        long real = extended.number("GNU.sparse.size", extended.number("GNU.sparse.realsize", -1));
        List<Long> numbers = map == null ? extended.pieces() : numbers(map, subject);
        long count = extended.number("GNU.sparse.numblocks", numbers.size() / 2);
        if (count != numbers.size() / 2 || real < 0) {
            throw malformed("is malformed", subject);
        }
        return checked(numbers, real, size, subject);
    }

    private static List<Long> numbers(String map, EntrySubject subject) throws ImageException {
        List<Long> numbers = new ArrayList<>();
        for (String number : map.split(",", -1)) {
            numbers.add(decimal(number, subject));
        }
        return numbers;
    }

    private static long decimal(String text, EntrySubject subject) throws ImageException {
        if (!text.matches("[0-9]{1,18}")) {
            throw malformed("is malformed", subject);
        }
        return Long.parseLong(text);
    }

    private static TarSparse old(TarHeader header, long size, Blocks blocks, EntrySubject subject) throws IOException {
        List<Long> numbers = new ArrayList<>();
        byte[] first = header.bytes();
        old(first, 386, 4, numbers, subject);
        boolean more = first[482] != 0;
        for (int count = 0; more; count++) {
            if (count == BLOCKS_MAX) {
                throw malformed("has more than " + BLOCKS_MAX + " blocks", subject);
            }
            byte[] block = blocks.next();
            old(block, 0, 21, numbers, subject);
            more = block[504] != 0;
        }
        return checked(numbers, header.number(483, 12, "size"), size, subject);
    }

    /** Until the first that is empty. */
    private static void old(byte[] bytes, int at, int count, List<Long> numbers, EntrySubject subject)
            throws ImageException {
        for (int i = 0; i < count; i++) {
            int place = at + 24 * i;
            if (bytes[place] == 0) {
                return;
            }
            numbers.add(TarHeader.number(bytes, place, 12, "sparse map", subject.toString()));
            numbers.add(TarHeader.number(bytes, place + 12, 12, "sparse map", subject.toString()));
        }
    }

    /** Lines of digits before the content, filled up to a whole block. */
    private static TarSparse inContent(TarExtended extended, long size, Blocks blocks, EntrySubject subject)
            throws IOException {
        List<Long> numbers = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        long taken = 0;
        long wanted = -1;
        while (wanted < 0 || numbers.size() < 2 * wanted) {
            taken += TarHeader.BLOCK;
            if (taken > size || taken > (long) BLOCKS_MAX * TarHeader.BLOCK) {
                throw malformed("does not end", subject);
            }
            for (byte b : blocks.next()) {
                if (b != '\n') {
                    line.append((char) (b & 0xff));
                } else {
                    long number = decimal(line.toString(), subject);
                    line.setLength(0);
                    if (wanted < 0) {
                        wanted = number;
                    } else {
                        numbers.add(number);
                    }
                    if (wanted > PIECES_MAX) {
                        throw malformed("has more than " + PIECES_MAX + " pieces", subject);
                    }
                    if (numbers.size() == 2 * wanted) {
                        break;
                    }
                }
            }
        }
        long real = extended.number("GNU.sparse.realsize", extended.number("GNU.sparse.size", -1));
        return checked(numbers, real, size - taken, subject);
    }

    private static TarSparse checked(List<Long> numbers, long size, long stored, EntrySubject subject)
            throws ImageException {
        if (numbers.size() % 2 != 0 || numbers.size() > 2 * PIECES_MAX || size < 0) {
            throw malformed("is malformed", subject);
        }
        long[] pieces = numbers.stream().mapToLong(Long::longValue).toArray();
        long before = 0;
        long sum = 0;
        for (int i = 0; i < pieces.length; i += 2) {
            boolean inside = pieces[i] >= before && pieces[i + 1] >= 0 && pieces[i + 1] <= size - pieces[i];
            if (!inside || pieces[i] > size) {
                throw malformed("has pieces out of order", subject);
            }
            before = pieces[i] + pieces[i + 1];
            sum += pieces[i + 1];
        }
        if (sum != stored) {
            throw malformed("does not fit to what is stored", subject);
        }
        return new TarSparse(pieces, size, stored);
    }

    private static ImageException malformed(String what, EntrySubject subject) {
        return new ImageException(subject.toString(), "the map of a sparse file " + what, "");
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof TarSparse other && size == other.size && Arrays.equals(pieces, other.pieces);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(pieces);
    }

    @Override
    public String toString() {
        return Arrays.toString(pieces) + " of " + size;
    }
}
