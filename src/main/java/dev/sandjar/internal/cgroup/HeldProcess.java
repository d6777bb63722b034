package dev.sandjar.internal.cgroup;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A process by its open directory in /proc, which never becomes that of another one with the same number (proc(5)): while anything can
 * be opened in it the number has been this process's from then until now.
 */
final class HeldProcess implements AutoCloseable {
    private static final Path ALWAYS_THERE = Path.of("stat");

    private final long pid;
    private final SecureDirectoryStream<Path> directory;

    private HeldProcess(long pid, SecureDirectoryStream<Path> directory) {
        this.pid = pid;
        this.directory = directory;
    }

    /** Whoever has the number now, or null if nobody has. */
    @SuppressWarnings("StreamResourceLeak") // closed with what holds it
    static @Nullable HeldProcess open(long pid) throws IOException {
        DirectoryStream<Path> opened;
        try {
            opened = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid)));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return null;
        }
        // On Linux it always is one.
        return new HeldProcess(pid, (SecureDirectoryStream<Path>) opened);
    }

    long pid() {
        return pid;
    }

    /** Whether it still has its number, be it as a zombie. */
    boolean hasNumber() {
        return read(ALWAYS_THERE) != null;
    }

    /** Null once it has been waited for. */
    @Nullable
    Long parent() {
        String stat = read(ALWAYS_THERE);
        if (stat == null) {
            return null;
        }
        // The name may hold anything, but no field after it holds a bracket: state, and then the parent.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
        return fields.length < 2 ? null : Numbers.parse(fields[1]);
    }

    /** Its path in the hierarchy of {@code controller}, or in that of v2 if that is empty; null if it has none, or is gone. */
    @Nullable
    Path group(String controller) {
        String text = read(Path.of("cgroup"));
        if (text == null) {
            return null;
        }
        for (String line : text.split("\n")) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3
                    && (controller.isEmpty()
                            ? fields[0].equals("0") && fields[1].isEmpty()
                            : Set.of(fields[1].split(",")).contains(controller))) {
                return Path.of(fields[2]);
            }
        }
        return null;
    }

    private @Nullable String read(Path file) {
        try (InputStream in =
                Channels.newInputStream(directory.newByteChannel(file, Set.of(StandardOpenOption.READ)))) {
            return new String(
                    BoundedReads.bytes(in, BoundedReads.KERNEL_MAX, file.toString()), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        directory.close();
    }
}
