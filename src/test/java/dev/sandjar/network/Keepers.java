package dev.sandjar.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The processes of this JVM that keep networks. */
public final class Keepers {
    private Keepers() {}

    /** Of those below a process. */
    public static List<Long> below(ProcessHandle parent) {
        return parent.children()
                .map(ProcessHandle::pid)
                .filter(Keepers::isKeeper)
                .toList();
    }

    private static boolean isKeeper(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm")).equals("sandjar-keeper\n");
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    /** The one that there is. */
    static long pid() {
        List<Long> found = below(ProcessHandle.current());
        if (found.size() != 1) {
            throw new AssertionError("keepers: " + found);
        }
        return found.get(0);
    }
}
