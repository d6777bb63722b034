package dev.sandjar.internal.host;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings that this machine shows as small files. What can't be read is absent: they explain failures, and never decide.
 *
 * @param root where they are looked for, "/" but for recorded ones
 */
public record HostFiles(Path root) {
    public static HostFiles ofThisHost() {
        return new HostFiles(Path.of("/"));
    }

    private Path at(String path) {
        return root.resolve(path.substring(1));
    }

    /** The content without surrounding white space, or null. */
    @Nullable
    String text(String path) {
        try {
            return BoundedReads.text(at(path)).strip();
        } catch (IOException e) {
            return null;
        }
    }

    /** /proc/cgroups, empty where there is none. */
    public List<String> cgroupTable() {
        return lines("/proc/cgroups");
    }

    boolean is(String path, String value) {
        return value.equals(text(path));
    }

    List<String> lines(String path) {
        String text = text(path);
        return text == null || text.isEmpty() ? List.of() : List.of(text.split("\n"));
    }

    /** A line of /proc/self/status; empty if there is none. */
    String status(String name) {
        for (String line : lines("/proc/self/status")) {
            if (line.startsWith(name + ":")) {
                return line.substring(name.length() + 1).strip();
            }
        }
        return "";
    }

    /** Also of links that lead nowhere, as those of /proc/self/ns do. */
    boolean exists(String path) {
        return Files.exists(at(path), LinkOption.NOFOLLOW_LINKS);
    }

    @Nullable
    Path program(String name) {
        for (String directory : List.of("/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin")) {
            Path path = at(directory + "/" + name);
            if (Files.isExecutable(path)) {
                return path;
            }
        }
        return null;
    }
}
