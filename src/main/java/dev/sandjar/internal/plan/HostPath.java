package dev.sandjar.internal.plan;

import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Which program a name means to this process. */
final class HostPath {
    private HostPath() {}

    /**
     * The first program of that name, for people; null if there is none.
     *
     * @param path as the variable PATH has it; null for none
     */
    static @Nullable String find(String name, @Nullable String path) {
        if (path == null || name.isEmpty() || name.indexOf('/') >= 0) {
            return null;
        }
        for (String directory : path.split(":", -1)) {
            if (!directory.startsWith("/")) {
                continue;
            }
            try {
                Path program = Path.of(directory, name);
                if (Files.isRegularFile(program) && Files.isExecutable(program)) {
                    return PathBytes.shown(program);
                }
            } catch (InvalidPathException noNameOfAFile) {
                // Nor is there a program of it.
            }
        }
        return null;
    }
}
