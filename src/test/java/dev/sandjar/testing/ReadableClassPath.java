package dev.sandjar.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The class path for a JVM in a sandbox: a copy that every user can read, since a home directory is often closed to others. */
public final class ReadableClassPath {
    private ReadableClassPath() {}

    /** The class path, copied into {@code directory}, which has to be reachable for the sandbox's user. */
    public static String copyTo(Path directory) throws IOException {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path from = Path.of(entry);
            if (Files.exists(from)) {
                Path to = directory.resolve(entries.size() + "-" + from.getFileName());
                copy(from, to);
                entries.add(to.toString());
            }
        }
        open(directory);
        return String.join(File.pathSeparator, entries);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            files.forEach(file -> {
                try {
                    Path copy = to.resolve(from.relativize(file).toString());
                    Files.copy(file, file.equals(from) ? to : copy);
                    open(file.equals(from) ? to : copy);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private static void open(Path path) throws IOException {
        File file = path.toFile();
        if (!file.setReadable(true, false) || (Files.isDirectory(path) && !file.setExecutable(true, false))) {
            throw new IOException("the mode of " + path + " can't be changed");
        }
    }
}
