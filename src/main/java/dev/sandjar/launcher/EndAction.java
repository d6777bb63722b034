package dev.sandjar.launcher;

import java.nio.file.Path;
import java.util.List;

/** What a launcher does with cgroups at its very end; the first of a list that fails is the last. Three words of SJ_AREA in wire.h. */
record EndAction(String verb, String first, String second) {
    static EndAction moveAll(Path from, Path to) {
        return new EndAction("move", from.toString(), to.toString());
    }

    static EndAction write(Path file, String text) {
        return new EndAction("write", file.toString(), text);
    }

    static EndAction remove(Path directory) {
        return new EndAction("remove", directory.toString(), "");
    }

    List<String> words() {
        return List.of(verb, first, second);
    }
}
