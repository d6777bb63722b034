package dev.sandjar.internal.cgroup.root;

import dev.sandjar.internal.util.FileNames;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import java.util.List;

/** What a launcher does with cgroups at its very end; the first of a list that fails is the last. Three words of SJ_CGROUP_ROOT in protocol.h. */
record EndAction(String verb, String first, String second) {
    static EndAction moveAll(Path from, Path to) {
        return new EndAction("move", text(from), text(to));
    }

    /** Until all that follows is done. */
    static EndAction lock(Path directory) {
        return new EndAction("lock", text(directory), "");
    }

    /** The rest, only if nobody has any directory of these names locked. What dead launchers have left of them goes. */
    static EndAction onlyIfNone(Path directory, String pattern) {
        return new EndAction("none", text(directory), pattern);
    }

    static EndAction write(Path file, String text) {
        return new EndAction("write", text(file), text);
    }

    static EndAction remove(Path directory) {
        return new EndAction("remove", text(directory), "");
    }

    /** Without loss; the message has its bytes again. */
    private static String text(Path path) {
        return FileNames.decode(PathBytes.of(path));
    }

    List<String> words() {
        return List.of(verb, first, second);
    }
}
