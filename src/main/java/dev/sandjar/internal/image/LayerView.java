package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostTree;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a stack of unpacked layers shows at a path, as overlayfs would show it, without mounting anything. Symbolic links are resolved
 * as in a root of their own: nothing above the layers can be reached.
 */
final class LayerView {
    static final String OPAQUE_USER = "user.overlay.opaque";
    static final String OPAQUE_TRUSTED = "trusted.overlay.opaque";
    private static final int LINKS_MAX = 40;

    private final List<HostTree> layers;

    /** @param layers topmost first */
    LayerView(List<HostTree> layers) {
        this.layers = List.copyOf(layers);
    }

    /** @param layer index of the topmost layer that has it */
    record Found(int layer, HostTree.Stat stat) {}

    HostTree layer(int index) {
        return layers.get(index);
    }

    boolean isEmpty() {
        return layers.isEmpty();
    }

    LayerView without(int topmost) {
        return new LayerView(layers.subList(topmost, layers.size()));
    }

    /** What is at a path without symbolic links on the way; null if nothing. */
    @Nullable
    Found find(List<String> path) throws IOException {
        for (int i = 0; i < layers.size(); i++) {
            Answer answer = find(layers.get(i), path, i < layers.size() - 1);
            if (answer.stat != null) {
                return answer.stat.isWhiteout() ? null : new Found(i, answer.stat);
            }
            if (answer.hides) {
                return null;
            }
        }
        return null;
    }

    private record Answer(HostTree.@Nullable Stat stat, boolean hides) {}

    /** In one layer; {@code hides}: nothing of the layers below is seen there, which is asked for only where there are some. */
    private static Answer find(HostTree layer, List<String> path, boolean hasLower) throws IOException {
        if (path.isEmpty()) {
            return new Answer(layer.stat(""), true);
        }
        boolean hides = hasLower && isOpaque(layer);
        HostTree directory = layer;
        try {
            for (int k = 0; k < path.size(); k++) {
                HostTree.Stat stat = directory.stat(path.get(k));
                if (stat == null) {
                    return new Answer(null, hides);
                }
                if (k == path.size() - 1) {
                    return new Answer(stat, true);
                }
                if (!stat.isDirectory()) {
                    return new Answer(null, true);
                }
                HostTree next = directory.beneath(path.get(k));
                if (directory != layer) {
                    directory.close();
                }
                directory = next;
                hides = hides || (hasLower && isOpaque(directory));
            }
            throw new IllegalStateException("unreachable");
        } finally {
            if (directory != layer) {
                directory.close();
            }
        }
    }

    static boolean isOpaque(HostTree directory) throws IOException {
        return isYes(directory.xattr("", OPAQUE_USER)) || isYes(directory.xattr("", OPAQUE_TRUSTED));
    }

    private static boolean isYes(byte @Nullable [] value) {
        return value != null && value.length == 1 && value[0] == 'y';
    }

    /** The same place without symbolic links, {@link #resolve(List, Object, Consumer)}. */
    List<String> resolve(List<String> path, Object about) throws IOException {
        return resolve(path, about, place -> {});
    }

    /**
     * The same place without symbolic links; what does not exist is taken as it is written.
     *
     * @param about what is put into words for messages only
     * @param passed gets the path of all that is looked at: which place it is depends on nothing else
     */
    List<String> resolve(List<String> path, Object about, Consumer<String> passed) throws IOException {
        Deque<String> todo = new ArrayDeque<>(path);
        List<String> done = new ArrayList<>();
        int links = 0;
        while (!todo.isEmpty()) {
            String part = todo.pop();
            if (part.equals("..")) {
                if (!done.isEmpty()) {
                    done.remove(done.size() - 1);
                }
                continue;
            }
            done.add(part);
            passed.accept(Names.join(done));
            Found found = find(done);
            if (found == null || found.stat().type() != HostTree.S_IFLNK) {
                continue;
            }
            if (++links > LINKS_MAX) {
                throw new ImageException(about.toString(), "there are too many symbolic links on the way", "");
            }
            String target = link(found, done);
            done.remove(done.size() - 1);
            if (target.startsWith("/")) {
                done.clear();
            }
            String[] parts = target.split("/");
            for (int i = parts.length - 1; i >= 0; i--) {
                if (!parts[i].isEmpty() && !parts[i].equals(".")) {
                    todo.push(parts[i]);
                }
            }
        }
        return done;
    }

    private String link(Found found, List<String> path) throws IOException {
        try (HostTree parent = layer(found.layer()).beneath(Names.join(path.subList(0, path.size() - 1)))) {
            return parent.readlink(path.get(path.size() - 1));
        }
    }
}
