package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a layer deletes of those below, which its archive says by names. */
final class LayerDeletions {
    /** How names begin that delete what they have behind it. */
    static final String WHITEOUT = ".wh.";
    /** The name that deletes all of lower layers in its directory. */
    static final String OPAQUE = ".wh..wh..opq";

    private final LayerView view;
    private final LayerView below;
    private final LayerDirectories directories;
    private final OverlayMarks marks;

    LayerDeletions(LayerView view, LayerDirectories directories, OverlayMarks marks) {
        this.view = view;
        this.below = view.without(1);
        this.directories = directories;
        this.marks = marks;
    }

    void opaque(List<String> parent, EntrySubject about) throws IOException {
        LayerView.Found found = below.isEmpty() ? null : below.find(view.resolve(parent, about));
        if (found != null && found.stat().isDirectory()) {
            marks.opaque(directories.open(parent, about).directory(), "");
        }
    }

    void whiteout(List<String> parent, String name, EntrySubject about) throws IOException {
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw new ImageException(about.toString(), "it would delete a directory above", "");
        }
        List<String> place = new ArrayList<>(view.resolve(parent, about));
        LayerView.Found parentSeen = view.find(place);
        place.add(name);
        if (parentSeen == null || !parentSeen.stat().isDirectory() || below.find(place) == null) {
            // Nothing of it is seen anyway: where a file takes a directory's place, some tools delete what was in that.
            return;
        }
        HostTree directory = directories.open(parent, about).directory();
        HostTree.Stat there = directory.stat(name);
        if (there == null) {
            OverlayMarks.whiteout(directory, name);
        } else if (there.isDirectory()) {
            marks.opaque(directory, name);
        }
    }
}
