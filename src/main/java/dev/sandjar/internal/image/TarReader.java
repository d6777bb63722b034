package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Entries of a tar archive one by one: as of 1979, ustar, pax, GNU and star. A malformed archive is an {@link ImageException}. What
 * headers claim is bounded, and what pax says of the owner or time of all entries together is not believed: engines don't either. Where
 * GNU tar, Go's or Python's reader would see another name, kind or content, the archive is refused.
 */
final class TarReader implements AutoCloseable {
    private static final int BLOCK = TarHeader.BLOCK;
    private static final int PAX_MAX = 1 << 20;
    private static final int LONG_NAME_MAX = 1 << 16;
    private static final int GLOBAL_MAX = 64 << 10;
    private static final int GLOBAL_RECORDS_MAX = 100;
    private static final int SKIP = 1 << 14;
    /** What only some tools believe of all entries, though no two can have it. */
    private static final Set<String> OF_ONE = Set.of("path", "linkpath", "size");

    private static final String NO_TAR = "it is not a tar archive";

    private final InputStream in;
    private final String subject;
    private boolean begun;
    private boolean ended;
    private boolean labelled;
    private long globalBytes;
    private int globalRecords;
    /** Of the current entry: stored bytes that have not been read, and what fills them up to a block. */
    private long left;

    private int padding;
    private @Nullable TarSparse sparse;
    private int piece;
    private long position;

    TarReader(InputStream plain, String subject) {
        this.in = plain;
        this.subject = subject;
    }

    /** The next, or null at the end. What is left of the content of the one before is skipped. */
    @Nullable
    TarEntry next() throws IOException {
        skip(left + padding);
        left = 0;
        padding = 0;
        sparse = null;
        TarExtended extended = new TarExtended(subject);
        for (TarHeader header = header(); header != null; header = header()) {
            switch (header.type()) {
                case 'x', 'X' -> {
                    if (header.type() == 'X') {
                        extended.isOfSolaris();
                    }
                    byte[] content = content(header, PAX_MAX, "an extended header");
                    extended.count(content.length);
                    extended.records(TarExtended.parse(content, subject));
                }
                case 'g' -> {
                    checkNothingBefore(extended, "an extended header for all entries");
                    global(header);
                    extended.count(0);
                }
                case 'L' -> {
                    byte[] content = content(header, LONG_NAME_MAX, "a name");
                    extended.count(content.length);
                    extended.name(content);
                }
                case 'K' -> {
                    byte[] content = content(header, LONG_NAME_MAX, "a name");
                    extended.count(content.length);
                    extended.link(content);
                }
                case 'V' -> tape(header, extended);
                default -> {
                    return entry(header, extended);
                }
            }
        }
        if (!extended.isEmpty()) {
            throw problem("the archive ends after an extended header");
        }
        return null;
    }

    /** For some tools a header of another kind takes what was said before the next entry, for others it does not. */
    private void checkNothingBefore(TarExtended extended, String what) throws ImageException {
        if (extended.saysSomething()) {
            throw problem("an extended header of one entry stands before " + what);
        }
    }

    /** The name of a tape: once and without content, which some tools take for a file's. */
    private void tape(TarHeader header, TarExtended extended) throws IOException {
        checkNothingBefore(extended, "the name of a tape");
        if (labelled || header.size() > 0) {
            throw problem(labelled ? "it names more than one tape" : "the name of a tape has content");
        }
        labelled = true;
    }

    /** Tools differ in whether an archive goes on after one empty block. */
    private void checkEnd() throws IOException {
        byte[] next = in.readNBytes(BLOCK);
        if (!TarHeader.isEnd(next)) {
            throw problem("something follows a single empty block, which is where only some tools end");
        }
    }

    private @Nullable TarHeader header() throws IOException {
        if (ended) {
            return null;
        }
        byte[] block = in.readNBytes(BLOCK);
        if (block.length > 0 && block.length < BLOCK) {
            throw problem(begun ? "the archive ends within a header" : NO_TAR);
        }
        if (TarHeader.isEnd(block)) {
            ended = true;
            checkEnd();
            return null;
        }
        TarHeader header = TarHeader.of(block, subject);
        if (!header.hasRightSum()) {
            throw problem(begun ? "a header has a wrong checksum" : NO_TAR);
        }
        begun = true;
        return header;
    }

    private byte[] content(TarHeader header, int max, String what) throws IOException {
        long size = header.size();
        if (size > max) {
            throw problem(what + " has " + size + " bytes, allowed are " + max);
        }
        return Arrays.copyOf(exactly((int) padded(size), "a header"), (int) size);
    }

    private byte[] exactly(int length, String where) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length != length) {
            throw problem("the archive ends within " + where);
        }
        return bytes;
    }

    private void global(TarHeader header) throws IOException {
        globalBytes += header.size();
        if (globalBytes > GLOBAL_MAX) {
            throw problem("the extended headers for all entries take more than " + GLOBAL_MAX + " bytes");
        }
        for (Map.Entry<String, String> record :
                TarExtended.parse(content(header, GLOBAL_MAX, "an extended header"), subject)) {
            if (++globalRecords > GLOBAL_RECORDS_MAX) {
                throw problem("there are more than " + GLOBAL_RECORDS_MAX + " extended headers for all entries");
            }
            String key = record.getKey();
            if (OF_ONE.contains(key) || key.startsWith("GNU.sparse.")) {
                throw problem(
                        "an extended header for all entries has a " + Names.shown(key) + ", which makes no sense");
            }
        }
    }

    private TarEntry entry(TarHeader header, TarExtended extended) throws IOException {
        String name = extended.name(header.name());
        EntrySubject about = new EntrySubject(subject, name);
        TarEntry.Type type = type(header, name, about);
        extended.checkSolaris(header.name(), header.link(), about);
        long stored = stored(header, extended, type, about);
        padding = (int) (padded(stored) - stored);
        left = stored;
        if (type == TarEntry.Type.FILE) {
            sparse = TarSparse.of(header, extended, stored, () -> exactly(BLOCK, "the map of a sparse file"), about);
        }
        TarSparse map = sparse;
        if ((map == null || header.type() == 'S') && extended.record("GNU.sparse.name") != null) {
            throw new ImageException(about.toString(), "it has the name of a sparse file and is none", "");
        }
        if (map != null) {
            left = map.stored();
            piece = 0;
            position = 0;
        }
        boolean device = type == TarEntry.Type.CHARACTER_DEVICE || type == TarEntry.Type.BLOCK_DEVICE;
        long[] time = extended.time(header.seconds());
        return new TarEntry(
                name,
                type,
                header.mode(),
                owner(extended.number("uid", header.uid())),
                owner(extended.number("gid", header.gid())),
                type == TarEntry.Type.FILE ? (map == null ? stored : map.size()) : 0,
                time[0],
                (int) time[1],
                extended.link(header.link()),
                device ? extended.number("SCHILY.devmajor", header.major()) : 0,
                device ? extended.number("SCHILY.devminor", header.minor()) : 0,
                extended.xattrs(),
                map != null);
    }

    /** Some write the highest number of 32 bits as one with a sign. */
    private static long owner(long id) {
        return id == -1 ? TarEntry.NOBODY : id;
    }

    private static TarEntry.Type type(TarHeader header, String name, EntrySubject about) throws ImageException {
        byte type = header.type();
        boolean slash = name.endsWith("/");
        // Before there was a type for directories, the slash made one; of later archives only some tools say so.
        if (slash
                && (type == '0'
                        || type == '7'
                        || type == 'S'
                        || (type == 0 && !header.name().endsWith("/")))) {
            throw new ImageException(about.toString(), "it is a file by its type, and a directory by its name", "");
        }
        return switch (type) {
            case '1' -> TarEntry.Type.HARD_LINK;
            case '2' -> TarEntry.Type.SYMLINK;
            case '3' -> TarEntry.Type.CHARACTER_DEVICE;
            case '4' -> TarEntry.Type.BLOCK_DEVICE;
            case '5', 'D' -> TarEntry.Type.DIRECTORY;
            case '6' -> TarEntry.Type.FIFO;
            case 0, '0', '7', 'S' -> slash ? TarEntry.Type.DIRECTORY : TarEntry.Type.FILE;
            default -> throw new ImageException(about.toString(), "it is of the unknown type " + type, "");
        };
    }

    /** How many bytes follow: none behind what has no content, as other implementations read it, whatever its header claims. */
    private static long stored(TarHeader header, TarExtended extended, TarEntry.Type type, EntrySubject about)
            throws ImageException {
        long said = header.size();
        long size = extended.number("size", said);
        if (header.type() >= '1' && header.type() <= '6') {
            if (extended.number("size", 0) > 0) {
                throw new ImageException(
                        about.toString(), "an entry that can't have content claims " + size + " bytes", "");
            }
            return 0;
        }
        if (type == TarEntry.Type.DIRECTORY && header.type() != 'D' && size > 0) {
            // Others take it for a file, whose name only looks like that.
            throw new ImageException(about.toString(), "it is a directory and has content", "");
        }
        return size;
    }

    /** Content of the entry that was returned last; -1 at its end. */
    int read(byte[] buffer) throws IOException {
        TarSparse map = sparse;
        if (map != null) {
            return sparse(map, buffer);
        }
        if (left == 0) {
            return -1;
        }
        int wanted = (int) Math.min(buffer.length, left);
        int n = in.read(buffer, 0, wanted);
        if (n <= 0 && wanted > 0) {
            throw problem("the archive ends within an entry");
        }
        left -= n;
        return n;
    }

    /** Steps over the hole that comes next in the current entry, if one does: its length, which may be that of a whole disk. */
    long skipHole() {
        TarSparse map = sparse;
        if (map == null) {
            return 0;
        }
        long[] pieces = map.pieces();
        while (piece < pieces.length && position >= pieces[piece] + pieces[piece + 1]) {
            piece += 2;
        }
        long length = Math.max(0, (piece < pieces.length ? pieces[piece] : map.size()) - position);
        position += length;
        return length;
    }

    /** As much as fits, however small its pieces are. */
    private int sparse(TarSparse map, byte[] buffer) throws IOException {
        long[] pieces = map.pieces();
        int done = 0;
        while (done < buffer.length && position < map.size()) {
            long start = piece < pieces.length ? pieces[piece] : map.size();
            long end = piece < pieces.length ? start + pieces[piece + 1] : map.size();
            if (position < start) {
                int hole = (int) Math.min(buffer.length - done, start - position);
                Arrays.fill(buffer, done, done + hole, (byte) 0);
                done += hole;
                position += hole;
            } else if (position < end) {
                int wanted = (int) Math.min(buffer.length - done, end - position);
                if (in.readNBytes(buffer, done, wanted) < wanted) {
                    throw problem("the archive ends within an entry");
                }
                done += wanted;
                position += wanted;
                left -= wanted;
            } else {
                piece += 2;
            }
        }
        return done == 0 ? -1 : done;
    }

    private void skip(long length) throws IOException {
        byte[] buffer = new byte[(int) Math.min(SKIP, length)];
        for (long todo = length; todo > 0; ) {
            int n = in.read(buffer, 0, (int) Math.min(buffer.length, todo));
            if (n < 0) {
                throw problem("the archive ends within an entry");
            }
            todo -= n;
        }
    }

    /** Reads what is left behind the archive, of which there may be {@code max} bytes. */
    void finish(long max) throws IOException {
        byte[] buffer = new byte[SKIP];
        long rest = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            rest += n;
            if (rest > max) {
                throw problem("there is more than " + max + " bytes behind its end");
            }
        }
    }

    /** The whole content, if it is not too long. */
    byte[] content(TarEntry entry, long max) throws IOException {
        if (entry.size() > max) {
            throw new ImageException(
                    subject + " entry " + Names.shown(entry.name()),
                    "it has " + entry.size() + " bytes, allowed are " + max,
                    "");
        }
        return stream().readNBytes((int) max);
    }

    /** The content as a stream, for as long as {@link #next} is not called. */
    InputStream stream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return TarReader.this.read(one) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (length == 0) {
                    return 0;
                }
                if (offset == 0 && length == bytes.length) {
                    return TarReader.this.read(bytes);
                }
                byte[] part = new byte[length];
                int n = TarReader.this.read(part);
                System.arraycopy(part, 0, bytes, offset, Math.max(n, 0));
                return n;
            }
        };
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
