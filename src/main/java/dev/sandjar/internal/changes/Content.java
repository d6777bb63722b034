package dev.sandjar.internal.changes;

import dev.sandjar.SandboxException;
import dev.sandjar.changes.ChangeSet.Change;
import dev.sandjar.changes.ChangeSet.FileType;
import dev.sandjar.changes.ChangeSet.Kind;
import dev.sandjar.internal.hostfs.FileStatus;
import dev.sandjar.internal.hostfs.HostDirectory;
import dev.sandjar.internal.util.FileNames;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What makes one file equal to another.
 *
 * @param sha256 of a file
 * @param target of a symbolic link
 */
record Content(FileType type, int mode, long size, String sha256, String target) {
    private static final int BLOCK = 65536;
    private static final int LINK_MODE = 0777;

    static Content of(HostDirectory directory, byte[] name, FileStatus status, ChangeBounds bounds, String path)
            throws IOException {
        return switch (type(status)) {
            case FILE -> {
                bounds.content(path, status.size());
                MessageDigest digest = digest();
                long size = 0;
                try (InputStream in = directory.read(name)) {
                    byte[] block = new byte[BLOCK];
                    for (int n = in.read(block); n >= 0; n = in.read(block)) {
                        digest.update(block, 0, n);
                        size += n;
                        if (size > status.size()) {
                            throw new SandboxException(
                                    "read changes",
                                    null,
                                    path,
                                    0,
                                    "it grew while it was read",
                                    "let nobody else write there");
                        }
                    }
                }
                yield new Content(
                        FileType.FILE,
                        status.permissions(),
                        size,
                        HexFormat.of().formatHex(digest.digest()),
                        "");
            }
            case SYMLINK -> new Content(FileType.SYMLINK, LINK_MODE, 0, "", FileNames.decode(directory.link(name)));
            default -> new Content(type(status), status.permissions(), 0, "", "");
        };
    }

    static Content of(SetUp placed) {
        return switch (placed.kind()) {
            case FILE ->
                new Content(
                        FileType.FILE,
                        placed.mode(),
                        placed.content().length,
                        HexFormat.of().formatHex(digest().digest(placed.content())),
                        "");
            case SYMLINK -> new Content(FileType.SYMLINK, LINK_MODE, 0, "", FileNames.decode(placed.content()));
            default -> new Content(FileType.DIRECTORY, placed.mode(), 0, "", "");
        };
    }

    static FileType type(FileStatus status) {
        return switch (status.type()) {
            case 0100000 -> FileType.FILE;
            case 0040000 -> FileType.DIRECTORY;
            case 0120000 -> FileType.SYMLINK;
            case 0010000 -> FileType.FIFO;
            case 0140000 -> FileType.SOCKET;
            default -> FileType.DEVICE;
        };
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    boolean isSame(Content other) {
        return type == other.type && size == other.size && sha256.equals(other.sha256) && target.equals(other.target);
    }

    Change change(Kind kind, String path, boolean contentChanged) {
        return new Change(kind, path, type, mode, size, sha256, target, contentChanged);
    }
}
