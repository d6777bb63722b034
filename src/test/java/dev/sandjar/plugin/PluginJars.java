package dev.sandjar.plugin;

import dev.sandjar.internal.plugin.host.ClassFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Jars of plugins, from classes of the tests. */
final class PluginJars {
    private PluginJars() {}

    /** Only these and what they need of the tests; the contract among that is shadowed by the host's own. */
    static Path jar(Path directory, Class<?>... classes) throws IOException {
        return Files.write(directory.resolve(classes[0].getSimpleName() + ".jar"), ClassFiles.jar(List.of(classes)));
    }
}
