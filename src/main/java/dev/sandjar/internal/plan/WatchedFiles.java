package dev.sandjar.internal.plan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Files of the host that a plan has looked at beside those that it mounts, as they were then: what is masked or read-only inside, and the
 * directories whose closed files are covered. The kernel takes a mount away, in every mount namespace, from a file that another is renamed
 * over, and a file that is made later was never covered: what was made before such a change must not be used after it. Written by one
 * thread, then only read.
 */
final class WatchedFiles {
    /** The clock of change times ticks every 10 ms at the slowest: what changed so shortly before may change again unseen. */
    private static final long UNSETTLED_MILLIS = 20;

    private static final String ATTRIBUTES = "unix:dev,ino,ctime";

    private record State(@Nullable Object device, @Nullable Object inode, @Nullable FileTime changed, boolean settled) {
        static final State ABSENT = new State(null, null, null, true);
        static final State UNKNOWN = new State(0L, 0L, null, true);

        static State of(Path path) {
            try {
                Map<String, Object> found = Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
                FileTime changed = found.get("ctime") instanceof FileTime time ? time : null;
                boolean settled = changed != null
                        && Math.abs(System.currentTimeMillis() - changed.toMillis()) >= UNSETTLED_MILLIS;
                return new State(found.get("dev"), found.get("ino"), changed, settled);
            } catch (NoSuchFileException e) {
                return ABSENT;
            } catch (IOException e) {
                return UNKNOWN; // as long as nobody may look
            }
        }

        boolean isFile(State other) {
            return equal(device, other.device) && equal(inode, other.inode);
        }

        /** The same file, of which nothing has changed: neither what it holds or names, nor who may read it. */
        boolean isUntouched(State now) {
            return settled && isFile(now) && equal(changed, now.changed);
        }

        private static boolean equal(@Nullable Object one, @Nullable Object other) {
            return one == null ? other == null : one.equals(other);
        }
    }

    /** @param exact whether it has to be untouched, if its directory is not */
    private record Name(Path path, State before, boolean exact) {
        boolean holds() {
            State now = State.of(path);
            return exact ? before.isUntouched(now) : before.isFile(now);
        }
    }

    private record Directory(State before, List<Name> names) {}

    private final Map<Path, Directory> directories = new LinkedHashMap<>();
    private final Map<Path, State> shown = new LinkedHashMap<>();

    /**
     * A name that has to lead to the same file, or to none.
     *
     * @param exact whether it matters if the file was made anew under the same number; for directories on the way it does not, since what
     *     is in them is looked at
     */
    void name(Path path, boolean exact) {
        Path parent = path.getParent();
        if (parent == null) {
            return; // nobody replaces the root
        }
        // Before its names: so what is renamed in between is another change of the directory.
        Directory directory =
                directories.computeIfAbsent(parent, above -> new Directory(State.of(above), new ArrayList<>()));
        directory.names().add(new Name(path, State.of(path), exact));
    }

    /** A file or directory of which nothing may change. To be called before it is read. */
    void shown(Path path) {
        shown.computeIfAbsent(path, State::of);
    }

    boolean haveChanged() {
        for (Map.Entry<Path, State> each : shown.entrySet()) {
            if (!each.getValue().isUntouched(State.of(each.getKey()))) {
                return true;
            }
        }
        for (Map.Entry<Path, Directory> each : directories.entrySet()) {
            Directory directory = each.getValue();
            if (!directory.before().isUntouched(State.of(each.getKey()))
                    && !directory.names().stream().allMatch(Name::holds)) {
                return true;
            }
        }
        return false;
    }
}
