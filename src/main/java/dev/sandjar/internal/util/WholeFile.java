package dev.sandjar.internal.util;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that are there whole, or not at all. */
public final class WholeFile {
    private WholeFile() {}

    /**
     * Replaces what has that name.
     *
     * @param executable whether everybody may read and execute it; else it is its owner's alone
     */
    public static void write(Path file, byte[] content, boolean executable) throws IOException {
        Path name = file.getFileName();
        Path directory = file.toAbsolutePath().getParent();
        if (name == null || directory == null) {
            throw new IOException(PathBytes.shown(file) + " is no file that can be written");
        }
        Path fresh = Files.createTempFile(directory, ".sandjar-", ".new");
        try {
            Files.write(fresh, content);
            if (executable) {
                Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            Files.move(fresh, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}
