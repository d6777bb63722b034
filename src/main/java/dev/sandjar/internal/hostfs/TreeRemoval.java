package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Removes trees that a guest may have made: of any depth and size, and also where directories forbid it to their owner. */
public final class TreeRemoval {
    private static final int DEPTH_AT_ONCE = 64;
    /** How many names are held of one directory, which may be of any size. */
    private static final int BATCH = 4_096;

    private final HostTree top;
    /** What lay too deep for descriptors and the stack, and was moved to {@link #top}. */
    private final Deque<String> later = new ArrayDeque<>();

    private TreeRemoval(HostTree top) {
        this.top = top;
    }

    /** Removes a file or a whole tree in {@code directory}. Nothing if it is not there. */
    public static void remove(HostTree directory, String name) throws SandboxException {
        TreeRemoval removal = new TreeRemoval(directory);
        removal.remove(directory, name, 0);
        while (!removal.later.isEmpty()) {
            removal.remove(directory, removal.later.remove(), 0);
        }
    }

    /** Removes all that is in {@code directory}. */
    public static void removeAll(HostTree directory) throws SandboxException {
        List<String> some;
        do {
            some = TreeNames.of(directory, BATCH);
            for (String entry : some) {
                remove(directory, entry);
            }
        } while (some.size() >= BATCH);
    }

    private void remove(HostTree directory, String name, int depth) throws SandboxException {
        HostTree.Stat stat = directory.stat(name);
        if (stat == null) {
            return;
        }
        if (!stat.isDirectory()) {
            directory.unlink(name);
            return;
        }
        if ((stat.mode() & 0700) != 0700) {
            directory.tryChmod(name, 0700); // what it was good for is seen next
        }
        if (depth == DEPTH_AT_ONCE) {
            String moved = ".deep-" + later.size() + "-" + stat.inode();
            Calls.check(
                    directory.tryRename(name, top, moved), "remove a deep tree", "renameat2", directory.shown(name));
            later.add(moved);
            return;
        }
        try (HostTree inside = directory.beneath(name)) {
            List<String> some;
            do {
                some = TreeNames.of(inside, BATCH);
                for (String entry : some) {
                    remove(inside, entry, depth + 1);
                }
            } while (some.size() >= BATCH);
        }
        directory.rmdir(name);
    }
}
