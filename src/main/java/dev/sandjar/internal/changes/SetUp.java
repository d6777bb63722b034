package dev.sandjar.internal.changes;

import dev.sandjar.MountEntry;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the set-up of a sandbox itself puts into its root, so that it is not taken for what the program did. */
final class SetUp {
    private static final int IMPLIED = 0755;
    /** Where the program's cgroups may be mounted, on hosts that have any for it. */
    private static final String CGROUPS = "/sys/fs/cgroup";

    private static final int CGROUPS_MODE = 0555;

    private final TreeMap<String, SetUp> children = new TreeMap<>();
    private Kind kind = Kind.DIRECTORY;
    private int mode = IMPLIED;
    private byte[] content = new byte[0];
    private boolean optional;

    /** What is there. */
    enum Kind {
        DIRECTORY,
        FILE,
        SYMLINK,
        /** Something is mounted there, so that nobody inside can reach what lies below. */
        MOUNT_POINT
    }

    private SetUp() {}

    static SetUp of(List<MountEntry> entries) {
        SetUp root = new SetUp();
        for (MountEntry entry : entries) {
            if (!(entry instanceof MountEntry.Masked || entry instanceof MountEntry.ReadOnlyPath)) {
                root.add(entry);
            }
        }
        root.addCgroups();
        return root;
    }

    private void addCgroups() {
        SetUp at = at(CGROUPS);
        if (at != null && at.kind == Kind.DIRECTORY && at.children.isEmpty()) {
            at.mode = CGROUPS_MODE;
            at.optional = true;
        }
    }

    /** Null if it is in a mount, not in the root. */
    private @Nullable SetUp at(String target) {
        SetUp at = this;
        for (String name : target.substring(1).split("/")) {
            if (at.kind == Kind.MOUNT_POINT) {
                return null;
            }
            at = at.children.computeIfAbsent(name, n -> new SetUp());
        }
        return at;
    }

    private void add(MountEntry entry) {
        SetUp at = at(entry.target());
        if (at == null) {
            return;
        }
        if (entry instanceof MountEntry.FileBytes file) {
            at.become(Kind.FILE, file.mode(), file.content());
        } else if (entry instanceof MountEntry.Symlink link) {
            at.become(Kind.SYMLINK, 0777, link.text().getBytes(StandardCharsets.UTF_8));
        } else if (entry instanceof MountEntry.Directory directory) {
            at.mode = directory.mode();
        } else {
            at.become(Kind.MOUNT_POINT, 0, new byte[0]);
        }
    }

    private void become(Kind newKind, int newMode, byte[] newContent) {
        kind = newKind;
        mode = newMode;
        content = newContent;
    }

    Kind kind() {
        return kind;
    }

    /** Whether it is no change if this isn't there. */
    boolean isOptional() {
        return optional || kind == Kind.MOUNT_POINT;
    }

    int mode() {
        return mode;
    }

    /** Of a file; the target of a link. */
    byte[] content() {
        return content;
    }

    @Nullable
    SetUp child(String name) {
        return kind == Kind.DIRECTORY ? children.get(name) : null;
    }

    Collection<String> names() {
        return kind == Kind.DIRECTORY ? children.keySet() : List.of();
    }
}
