package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostFile;
import java.io.IOException;

/** Writes the content of files of an archive. Blocks of a sparse file that are zero become holes. */
final class EntryContent {
    private static final int WORTH_WRITING = 16 << 10;
    private static final int HOLE = 4096;

    private final byte[] buffer;

    /** @param buffer that others may use between the files */
    EntryContent(byte[] buffer) {
        this.buffer = buffer;
    }

    /** All of the entry that {@code tar} is at, which must have as many bytes as it says. */
    void write(HostFile file, TarEntry entry, EntrySubject about, TarReader tar) throws IOException {
        long position = tar.skipHole();
        long end = 0;
        for (int n = tar.read(buffer); n >= 0; n = tar.read(buffer)) {
            if (position + n > entry.size()) {
                throw new ImageException(about.toString(), "it has more bytes than it says", "");
            }
            if (entry.sparse()) {
                end = writePieces(file, n, position, end);
            } else {
                file.write(buffer, 0, n, position);
                end = position + n;
            }
            position += n;
            position += tar.skipHole();
        }
        if (position != entry.size()) {
            throw new ImageException(
                    about.toString(), "it has " + position + " bytes and says " + entry.size(), "get it again");
        }
        if (end < position) {
            file.truncate(position);
        }
        if (position >= WORTH_WRITING) {
            // So that little is left to wait for at the end of the layer.
            file.beginSync();
        }
    }

    /** Writes what the buffer has between holes; the end of what was written so far. */
    private long writePieces(HostFile file, int length, long position, long before) throws IOException {
        long end = before;
        for (int from = 0; from < length; ) {
            int to = from;
            while (to < length && !isHole(to, length)) {
                to = Math.min(length, to + HOLE);
            }
            if (to > from) {
                file.write(buffer, from, to - from, position + from);
                end = position + to;
            }
            from = Math.min(length, to + HOLE);
        }
        return end;
    }

    private boolean isHole(int from, int length) {
        int end = Math.min(length, from + HOLE);
        for (int i = from; i < end; i++) {
            if (buffer[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
