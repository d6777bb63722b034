package dev.sandjar.internal.image;

import java.util.ArrayList;
import java.util.List;

/** What could not be kept of a layer, such as device nodes of an unprivileged caller; the first thousand. */
final class LayerNotes {
    /** How notes on owners end. */
    static final String NOT_IN_MAP = " is not in the map";

    private static final int MAX = 1000;
    private final List<String> notes = new ArrayList<>();

    /** @param text begins with the path or name of the entry and ": " */
    void add(String text) {
        if (notes.size() < MAX) {
            notes.add(Names.shown(text));
        }
    }

    /** Whether one is on what has this path. */
    boolean has(String path) {
        String start = Names.shown(path) + ": ";
        return notes.stream().anyMatch(note -> note.startsWith(start));
    }

    List<String> all() {
        return notes;
    }
}
