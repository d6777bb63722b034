package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The directories of a layer that its entries lie in. They are made where only a lower layer has them, and stay open for the entries that
 * follow, by the names that led to them, until something may have changed where these lead.
 */
final class LayerDirectories implements AutoCloseable {
    private static final int OPEN_MAX = 64;
    /** Far more than what is on ways of images that are meant well; more of them would cost memory that an archive decides on. */
    private static final int PASSED_MAX = 64;

    private final HostTree root;
    private final LayerView view;
    private final LayerView below;
    private final Ownership ownership;
    private final OverlayMarks marks;
    private final DirectoryTimes times;

    private final Map<String, Opened> open = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Opened> eldest) {
            if (size() > OPEN_MAX) {
                eldest.getValue().directory().close();
                return true;
            }
            return false;
        }
    };

    /** @param view of the layer, whose root is {@code root}, and those below */
    LayerDirectories(HostTree root, LayerView view, Ownership ownership, OverlayMarks marks, DirectoryTimes times) {
        this.root = root;
        this.view = view;
        this.below = view.without(1);
        this.ownership = ownership;
        this.marks = marks;
        this.times = times;
    }

    /**
     * @param path of the directory, without symbolic links
     * @param passed paths on the way to it by the name that it was opened by, but those that its own begins with; no more than
     *     {@code PASSED_MAX}
     */
    record Opened(HostTree directory, String path, Set<String> passed) {}

    /** The directory of this layer at a path, with what leads there. Opening others may close it. */
    Opened open(List<String> path, EntrySubject about) throws IOException {
        if (path.isEmpty()) {
            return new Opened(root, "", Set.of());
        }
        String key = Names.join(path);
        Opened opened = open.get(key);
        if (opened == null) {
            // A directory of this layer without links on the way is what is seen there, whatever lies below.
            HostTree direct = root.tryBeneath(key);
            if (direct == null) {
                Set<String> passed = new HashSet<>();
                List<String> real = view.resolve(path, about, place -> {
                    if (passed.size() < PASSED_MAX) {
                        passed.add(place);
                    }
                });
                if (passed.size() < PASSED_MAX) {
                    removeOwn(passed, real);
                }
                opened = new Opened(ensure(real, about), Names.join(real), passed);
            } else {
                opened = new Opened(direct, key, Set.of());
            }
            if (opened.directory() != root) {
                open.put(key, opened);
            }
        }
        return opened;
    }

    /** These are in this layer then, and what takes the place of one removes it. */
    private static void removeOwn(Set<String> passed, List<String> path) {
        for (int i = 1; i <= path.size(); i++) {
            passed.remove(Names.join(path.subList(0, i)));
        }
    }

    private HostTree ensure(List<String> path, EntrySubject about) throws IOException {
        HostTree at = root;
        for (int i = 0; i < path.size(); i++) {
            HostTree before = at;
            try {
                at = ensure(before, path.subList(0, i + 1), about);
            } finally {
                if (before != root) {
                    before.close();
                }
            }
        }
        return at;
    }

    private HostTree ensure(HostTree at, List<String> path, EntrySubject about) throws IOException {
        String name = path.get(path.size() - 1);
        HostTree.Stat there = at.stat(name);
        boolean replaces = there != null && there.isWhiteout();
        if (there != null && !there.isDirectory() && !replaces) {
            throw new ImageException(
                    about.toString(), Names.shown(Names.join(path)) + " on the way is not a directory", "");
        }
        if (there != null && !replaces) {
            return at.beneath(name);
        }
        LayerView.Found found = replaces ? null : below.find(path);
        if (found != null && !found.stat().isDirectory()) {
            throw new ImageException(
                    about.toString(), Names.shown(Names.join(path)) + " on the way is not a directory", "");
        }
        if (replaces) {
            at.unlink(name);
        }
        at.mkdir(name, 0755);
        if (replaces) {
            marks.opaque(at, name);
        }
        if (found == null) {
            at.chmod(name, 0755);
            return at.beneath(name);
        }
        try (HostTree made = at.beneath(name)) {
            copy(below.layer(found.layer()), Names.join(path), made);
        }
        return at.beneath(name);
    }

    /** A directory that this layer only changes something in keeps what lower layers say of it. */
    void copy(HostTree layer, String path, HostTree made) throws IOException {
        try (HostTree source = layer.beneath(path)) {
            HostTree.Stat stat = source.stat("");
            if (stat == null) {
                return;
            }
            if (ownership.keepsOwners()) {
                made.chown(".", stat.uid(), stat.gid());
            }
            made.chmod(".", stat.mode());
            for (String attribute : source.xattrs("")) {
                byte[] value = Attributes.isKept(attribute) ? source.xattr("", attribute) : null;
                if (value != null) {
                    OverlayMarks.check(made.trySetXattr("", attribute, value), "set attribute " + attribute, made);
                }
            }
            times.putIfAbsent(path, stat);
        }
    }

    /**
     * Whether the names of open directories may lead elsewhere when this path is made. It hides a link or directory of a lower
     * layer then, or what wasn't there now is; whether it replaces something of this layer, making it tells.
     */
    boolean mayDependOn(String path) {
        for (Opened opened : open.values()) {
            if (opened.passed().size() >= PASSED_MAX || opened.passed().contains(path)) {
                return true;
            }
        }
        return false;
    }

    /** Where names lead has to be found out again. */
    void forgetWays() {
        open.values().forEach(opened -> opened.directory().close());
        open.clear();
    }

    /** What gives way to another entry. The directory that it is in stays open. */
    void remove(HostTree directory, String name, String path, HostTree.Stat there) throws IOException {
        if (there.isDirectory()) {
            closeAllBut(directory);
            times.forget(path);
            TreeRemoval.remove(directory, name);
        } else {
            directory.unlink(name);
        }
    }

    /** What is removed may have been opened by whatever names. */
    private void closeAllBut(HostTree kept) {
        open.values().removeIf(opened -> {
            if (opened.directory() == kept) {
                return false;
            }
            opened.directory().close();
            return true;
        });
    }

    @Override
    public void close() {
        forgetWays();
    }
}
