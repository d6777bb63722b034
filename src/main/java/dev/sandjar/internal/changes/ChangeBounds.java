package dev.sandjar.internal.changes;

import dev.sandjar.DataSize;
import dev.sandjar.SandboxException;

/** How much of a layer is read: its content is hostile, and a file of a few blocks may claim to be of eight exbibytes. */
final class ChangeBounds {
    static final int ENTRIES = 100_000;
    static final int DEPTH = 200;
    static final long BYTES = DataSize.gibibytes(1).toBytes();

    private int entries;
    private long bytes;

    void entry(String path) throws SandboxException {
        if (++entries > ENTRIES) {
            throw beyond(path, "more than " + ENTRIES + " changes", "let the program make fewer files");
        }
    }

    /** How many more there may be; unchanged ones are not counted, but one directory may hold no more than that. */
    int left() {
        return ENTRIES;
    }

    void depth(String path, int depth) throws SandboxException {
        if (depth > DEPTH) {
            throw beyond(
                    path,
                    "more than " + DEPTH + " directories in each other",
                    "let the program make fewer directories in each other");
        }
    }

    void content(String path, long size) throws SandboxException {
        bytes += size;
        if (size > BYTES || bytes > BYTES) {
            throw beyond(
                    path,
                    "files of more than " + DataSize.bytes(BYTES) + " together",
                    "let the program write less; rlimit(FSIZE, ...) bounds a file");
        }
    }

    private static SandboxException beyond(String path, String what, String remedy) {
        return new SandboxException("read changes", null, path, 0, what, remedy);
    }
}
