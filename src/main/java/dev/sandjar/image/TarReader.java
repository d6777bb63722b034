package dev.sandjar.image;

import dev.sandjar.ImageException;
import dev.sandjar.internal.Nullable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Entries of a tar archive one by one. A malformed archive is an {@link ImageException}, whatever the parser makes of it. */
final class TarReader implements AutoCloseable {
    private static final String XATTR = "SCHILY.xattr.";
    /** Marks of regular files: old, usual, contiguous, and sparse ones of GNU. */
    private static final String FILES = "\u000007S";
    /** What may be read between two entries: their headers. */
    private static final long HEADERS_MAX = 4L << 20;

    private static final int SPARSE_PIECE = 1024;

    private final TarArchiveInputStream tar;
    private final Meter meter;
    private final String subject;

    TarReader(InputStream plain, String subject) {
        this.subject = subject;
        this.meter = new Meter(new TarBytes(plain, subject), subject);
        this.tar = new TarArchiveInputStream(meter, StandardCharsets.ISO_8859_1.name());
    }

    /** The next, or null at the end. What is left of the content of the one before is skipped. */
    @Nullable
    TarEntry next() throws IOException {
        drain();
        TarArchiveEntry entry;
        try {
            meter.allow(HEADERS_MAX);
            entry = tar.getNextEntry();
            meter.allow(Long.MAX_VALUE);
        } catch (ImageException e) {
            throw e;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw malformed(e);
        }
        if (entry == null) {
            return null;
        }
        return converted(entry);
    }

    private void drain() throws IOException {
        if (tar.getCurrentEntry() != null) {
            byte[] buffer = new byte[1 << 14];
            int n;
            do {
                n = read(buffer);
            } while (n >= 0);
        }
    }

    private TarEntry converted(TarArchiveEntry entry) throws ImageException {
        TarEntry.Type type = type(entry);
        if (type == TarEntry.Type.DIRECTORY && entry.getSize() > 0) {
            // Its content would be read as headers.
            throw new ImageException(
                    subject + " entry " + Names.shown(entry.getName()), "it is a directory and has content", "");
        }
        Map<String, byte[]> xattrs = new HashMap<>();
        entry.getExtraPaxHeaders().forEach((key, value) -> {
            if (key.startsWith(XATTR)) {
                xattrs.put(key.substring(XATTR.length()), value.getBytes(StandardCharsets.ISO_8859_1));
            }
        });
        Instant time = entry.getLastModifiedTime().toInstant();
        return new TarEntry(
                entry.getName(),
                type,
                entry.getMode() & 07777,
                entry.getLongUserId(),
                entry.getLongGroupId(),
                type == TarEntry.Type.FILE ? Math.max(entry.getRealSize(), 0) : 0,
                time.getEpochSecond(),
                time.getNano(),
                entry.getLinkName() == null ? "" : entry.getLinkName(),
                entry.getDevMajor(),
                entry.getDevMinor(),
                xattrs,
                entry.isSparse());
    }

    private TarEntry.Type type(TarArchiveEntry entry) throws ImageException {
        if (entry.isSymbolicLink()) {
            return TarEntry.Type.SYMLINK;
        } else if (entry.isLink()) {
            return TarEntry.Type.HARD_LINK;
        } else if (entry.isCharacterDevice()) {
            return TarEntry.Type.CHARACTER_DEVICE;
        } else if (entry.isBlockDevice()) {
            return TarEntry.Type.BLOCK_DEVICE;
        } else if (entry.isFIFO()) {
            return TarEntry.Type.FIFO;
        } else if (entry.isDirectory()) {
            return TarEntry.Type.DIRECTORY;
        } else if (entry.isSparse() || FILES.indexOf(entry.getLinkFlag()) >= 0) {
            return TarEntry.Type.FILE;
        }
        throw new ImageException(
                subject + " entry " + Names.shown(entry.getName()),
                "it is of the unknown type " + (int) entry.getLinkFlag(),
                "");
    }

    /** Content of the entry that was returned last; -1 at its end. */
    int read(byte[] buffer) throws IOException {
        try {
            TarArchiveEntry current = tar.getCurrentEntry();
            return current != null && current.isSparse() ? sparse(buffer) : tar.read(buffer, 0, buffer.length);
        } catch (ImageException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw malformed(e);
        }
    }

    /** In small pieces: the parser calls itself for each hole and each piece of data that fit into one. */
    private int sparse(byte[] buffer) throws IOException {
        int done = 0;
        while (done < buffer.length) {
            int n = tar.read(buffer, done, Math.min(SPARSE_PIECE, buffer.length - done));
            if (n < 0) {
                break;
            }
            done += n;
        }
        return done == 0 ? -1 : done;
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

    private ImageException malformed(Throwable e) {
        ImageException failure =
                new ImageException(subject, "it is damaged or no tar archive: " + e.getMessage(), "get it again");
        failure.initCause(e);
        return failure;
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }

    /** Bounds what headers may take. */
    private static final class Meter extends FilterInputStream {
        private final String subject;
        private long left = Long.MAX_VALUE;

        Meter(InputStream in, String subject) {
            super(in);
            this.subject = subject;
        }

        void allow(long bytes) {
            left = bytes;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = in.read(bytes, offset, length);
            left -= Math.max(n, 0);
            if (left < 0) {
                throw new ImageException(
                        subject, "the headers of one entry take more than " + HEADERS_MAX + " bytes", "");
            }
            return n;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
