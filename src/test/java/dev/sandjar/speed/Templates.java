package dev.sandjar.speed;

import dev.sandjar.internal.start.Launcher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Processes that starts are cloned from. */
final class Templates {
    private Templates() {}

    static List<ProcessHandle> all() throws IOException {
        return ProcessHandle.of(Launcher.get().pid())
                .orElseThrow()
                .children()
                .filter(Templates::is)
                .toList();
    }

    static boolean is(ProcessHandle process) {
        return isNamed(process, "sandjar-templat");
    }

    /** Whether it is going to be a program. */
    static boolean isParked(ProcessHandle process) {
        return isNamed(process, "sandjar-warm");
    }

    private static boolean isNamed(ProcessHandle process, String name) {
        try {
            // The kernel keeps 15 characters of a name.
            return Files.readString(Path.of("/proc/" + process.pid() + "/comm")).startsWith(name);
        } catch (IOException e) {
            return false; // it has ended
        }
    }
}
