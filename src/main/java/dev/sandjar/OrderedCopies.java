package dev.sandjar;

import dev.sandjar.internal.launcher.ScratchDirectory;
import dev.sandjar.internal.util.Nullable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Copies of small directories in memory, whose entries are made in one order or the other: tmpfs lists them in that order. */
final class OrderedCopies implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final long BYTES_MAX = 32L << 20;
    private static final int ENTRIES_MAX = 5_000;

    private final ScratchDirectory scratch;
    private final boolean backwards;
    private final Map<Path, Path> copies = new LinkedHashMap<>();
    private long bytes;
    private int entries;

    private OrderedCopies(ScratchDirectory scratch, boolean backwards) {
        this.scratch = scratch;
        this.backwards = backwards;
    }

    static OrderedCopies of(List<Path> sources, boolean backwards) throws IOException, Perturber.NotTriedException {
        if (!Files.isWritable(MEMORY) || !Files.getFileStore(MEMORY).type().equals("tmpfs")) {
            throw new Perturber.NotTriedException(MEMORY + " is no tmpfs that this process may write to");
        }
        OrderedCopies made = new OrderedCopies(ScratchDirectory.below(MEMORY), backwards);
        try {
            Files.setPosixFilePermissions(made.scratch.path(), PosixFilePermissions.fromString("rwx--x--x"));
            for (Path source : sources) {
                made.add(source);
            }
            return made;
        } catch (IOException | RuntimeException | Error e) {
            made.close();
            throw e;
        }
    }

    private void add(Path source) throws IOException {
        if (!Files.isDirectory(source) || !isSmall(source)) {
            return;
        }
        Path copy = scratch.path().resolve("copy" + copies.size());
        copy(source.toRealPath(), copy);
        copies.put(source, copy);
    }

    private boolean isSmall(Path source) throws IOException {
        bytes = 0;
        entries = 0;
        return count(source.toRealPath());
    }

    private boolean count(Path path) throws IOException {
        if (++entries > ENTRIES_MAX) {
            return false;
        }
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            bytes += Files.size(path);
            return bytes <= BYTES_MAX;
        }
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            for (Path entry : entries(path)) {
                if (!count(entry)) {
                    return false;
                }
            }
            return true;
        }
        return Files.isSymbolicLink(path);
    }

    /** One more than are allowed is enough to know. */
    private static List<Path> entries(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path entry : stream) {
                found.add(entry);
                if (found.size() > ENTRIES_MAX) {
                    break;
                }
            }
        }
        Collections.sort(found);
        return found;
    }

    private void copy(Path from, Path to) throws IOException {
        if (!Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS)) {
            Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
            return;
        }
        Files.createDirectory(to);
        List<Path> inner = entries(from);
        if (backwards) {
            Collections.reverse(inner);
        }
        for (Path entry : inner) {
            @Nullable Path name = entry.getFileName();
            copy(entry, to.resolve(String.valueOf(name)));
        }
        Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(from));
        Files.setLastModifiedTime(to, Files.getLastModifiedTime(from));
    }

    /** From each source that was small enough to its copy. */
    Map<Path, Path> copies() {
        return copies;
    }

    @Override
    public void close() throws IOException {
        scratch.close();
    }
}
