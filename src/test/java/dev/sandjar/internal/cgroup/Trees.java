package dev.sandjar.internal.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The recorded /proc and cgroup file systems among the test resources. */
final class Trees {
    static final DeviceNumbers NO_DEVICES = path -> null;

    private Trees() {}

    static Path tree(String name) {
        URL url = Objects.requireNonNull(Trees.class.getResource("/cgroup/" + name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<OwnGroup> own(String name) {
        return Discovery.in(tree(name));
    }

    static List<Path> roots(String name) {
        return own(name).stream().map(own -> own.directory().resolve("area")).toList();
    }

    /** The layout that the recorded group "area" has. */
    static Layout layout(String name) {
        List<Hierarchy> hierarchies = new ArrayList<>();
        for (OwnGroup own : own(name)) {
            try {
                hierarchies.add(Hierarchies.read(own, own.directory().resolve("area"), false));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new Layout(hierarchies, Hierarchies.swapInUse(tree(name)));
    }

    static void file(Path root, String path, String text) {
        Path file = root.resolve(path.substring(1));
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
