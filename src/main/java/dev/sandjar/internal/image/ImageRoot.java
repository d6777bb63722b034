package dev.sandjar.internal.image;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.SubordinateFiles;
import dev.sandjar.internal.hostfs.TreeRemoval;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The unpacked layers of one image, which nobody removes while this is open, also when the image is removed. */
public final class ImageRoot implements AutoCloseable {
    static final String COPIES = "copies";

    private final Path store;
    private final Layers.Held held;
    private final List<Path> lower;
    private final Ownership ownership;
    private final String subject;
    private final Platform platform;

    ImageRoot(Path store, Layers.Held held, List<Path> lower, Ownership ownership, String subject, Platform platform) {
        this.platform = platform;
        this.store = store;
        this.held = held;
        this.lower = List.copyOf(lower);
        this.ownership = ownership;
        this.subject = subject;
    }

    /** @param groups supplementary ones */
    public record Ids(long uid, long gid, List<Long> groups) {
        public Ids {
            groups = List.copyOf(groups);
        }
    }

    /** Directories for overlayfs, topmost first. */
    public List<Path> lower() {
        return lower;
    }

    /** For which machines the image is, if it says that it is for others than this; else null. */
    public @Nullable String otherMachines() {
        Platform host = Platform.host();
        boolean other =
                !platform.architecture().isEmpty() && !platform.architecture().equals(host.architecture());
        return other ? "for " + platform + ", where this machine is " + host : null;
    }

    /** How many attributes and devices of the layers were left out. */
    public long leftOut() {
        return notes(false);
    }

    /** How many entries have owners that the map lacks, which are root's then. */
    public long unmapped() {
        return notes(true);
    }

    private long notes(boolean ofOwners) {
        return held.infos().stream()
                .flatMap(info -> info.notes().stream())
                .filter(note -> note.endsWith(LayerNotes.NOT_IN_MAP) == ofOwners)
                .count();
    }

    /** The highest number of an owner, as it is inside. */
    public long highestOwner() {
        return held.infos().stream().mapToLong(Layers.Info::highest).max().orElse(0);
    }

    /** Who a user of the image is. */
    public Ids user(String spec) throws IOException {
        return ask(names -> names.find(spec));
    }

    /** The home directory of a user of the image. */
    public String home(long uid) throws IOException {
        return ask(names -> names.home(uid));
    }

    private interface Question<T> {
        T of(UserNames names) throws IOException;
    }

    private <T> T ask(Question<T> question) throws IOException {
        SubordinateFiles.Use use = SubordinateFiles.use();
        List<HostTree> roots = List.of();
        try {
            roots = held.roots();
            return question.of(new UserNames(new LayerView(roots), subject));
        } finally {
            roots.forEach(HostTree::close);
            use.close();
        }
    }

    /** A new directory with all that the layers show. */
    public Copy copy() throws IOException {
        try (Session session = Session.open(store)) {
            Session.mkdir(session.root(), COPIES);
            HostTree copies = session.root().beneath(COPIES);
            String name = OwnedDirectories.newName();
            HostTree lock = null;
            List<HostTree> roots = List.of();
            try {
                roots = held.roots();
                lock = OwnedDirectories.make(copies, name);
                lock.mkdir("root", 0700);
                try (HostTree root = lock.beneath("root")) {
                    Flattener.flatten(roots, root, ownership.keepsOwners());
                }
                return new Copy(store.resolve(COPIES).resolve(name).resolve("root"), copies, lock, name);
            } catch (IOException | RuntimeException | Error e) {
                TreeRemoval.remove(copies, name);
                copies.close();
                if (lock != null) {
                    lock.close();
                }
                throw e;
            } finally {
                roots.forEach(HostTree::close);
            }
        }
    }

    /** One copy, removed when this is closed. */
    public static final class Copy implements AutoCloseable {
        private final Path root;
        private final HostTree parent;
        private final HostTree lock;
        private final String name;

        Copy(Path root, HostTree parent, HostTree lock, String name) {
            this.root = root;
            this.parent = parent;
            this.lock = lock;
            this.name = name;
        }

        public Path root() {
            return root;
        }

        @Override
        public void close() throws SandboxException {
            SubordinateFiles.Use use = SubordinateFiles.use();
            try {
                TreeRemoval.remove(parent, name);
            } finally {
                use.close();
                lock.close();
                parent.close();
            }
        }
    }

    @Override
    public void close() {
        held.close();
    }
}
