package dev.sandjar.internal.image;

import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Directories each of which belongs to one piece of work of one JVM, and is known to be left over by the lock that its owner no longer has.
 * They are made and looked through under a lock of the directory that they are in, so that none is seen before it has its own.
 */
final class OwnedDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(OwnedDirectories.class);
    /** How many are held at the same time while they are removed. */
    private static final int BATCH = 32;

    private OwnedDirectories() {}

    static String newName() {
        return String.format(
                Locale.ROOT,
                "%d-%016x",
                ProcessHandle.current().pid(),
                ThreadLocalRandom.current().nextLong());
    }

    /** A new one, which stays as long as this is open. */
    static HostTree make(HostTree parent, String name) throws IOException {
        try (HostTree lock = parent.again()) {
            lock.lock(true, true);
            parent.mkdir(name, 0700);
            HostTree made = parent.beneath(name);
            made.lock(true, false);
            return made;
        }
    }

    /** Removes what is left over, if it can be removed; a prune reports it otherwise. */
    static void trySweep(Session session, String place) {
        try {
            sweep(session, place);
        } catch (IOException e) {
            LOG.debug("What an earlier JVM has left in {} of an image store stays there", place, e);
        }
    }

    /** Removes what is left over; bytes that this freed. */
    static long sweep(Session session, String place) throws IOException {
        HostTree parent = session.root().tryBeneath(place);
        if (parent == null) {
            return 0;
        }
        long freed = 0;
        try (parent) {
            List<Left> some;
            do {
                some = left(parent);
                try {
                    for (Left one : some) {
                        freed += bytes(one.directory(), new HashSet<>());
                        TreeRemoval.remove(parent, one.name());
                    }
                } finally {
                    some.forEach(one -> one.directory().close());
                }
            } while (some.size() == BATCH);
        }
        return freed;
    }

    private record Left(String name, HostTree directory) {}

    /** Some that nobody has, locked. */
    private static List<Left> left(HostTree parent) throws IOException {
        List<Left> some = new ArrayList<>();
        try (HostTree lock = parent.again()) {
            lock.lock(true, true);
            for (String name : parent.list()) {
                HostTree directory = some.size() < BATCH ? parent.tryBeneath(name) : null;
                if (directory != null && directory.lock(true, false)) {
                    some.add(new Left(name, directory));
                } else if (directory != null) {
                    directory.close();
                }
            }
            return some;
        } catch (IOException | RuntimeException | Error e) {
            some.forEach(one -> one.directory().close());
            throw e;
        }
    }

    /** Of all files in a place of the store, of whomever. */
    static long bytes(Session session, String place) throws IOException {
        HostTree directory = session.root().tryBeneath(place);
        if (directory == null) {
            return 0;
        }
        try (directory) {
            return bytes(directory, new HashSet<>());
        }
    }

    /**
     * Of a directory from which somebody may be removing files. Depth is bounded by what layers may have.
     *
     * @param seen files with several names that are counted already
     */
    private static long bytes(HostTree directory, Set<Long> seen) throws IOException {
        long bytes = 0;
        for (String name : directory.list()) {
            HostTree.@Nullable Stat stat = directory.stat(name);
            if (stat == null) {
                continue;
            }
            if (stat.isDirectory()) {
                HostTree inside = directory.tryBeneath(name);
                if (inside != null) {
                    try (inside) {
                        bytes += bytes(inside, seen);
                    }
                }
            } else if (stat.type() == HostTree.S_IFREG && (stat.links() == 1 || seen.add(stat.inode()))) {
                bytes += stat.size();
            }
        }
        return bytes;
    }
}
