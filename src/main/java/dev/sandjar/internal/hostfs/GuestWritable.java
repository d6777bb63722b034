package dev.sandjar.internal.hostfs;

import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The directories of the host that sandboxes of this JVM could write to: links below them may be those of a guest. They stay here when the
 * sandbox has ended, since what it left is still there. Thread-safe.
 */
public final class GuestWritable {
    /** So many take a few megabytes. */
    static final int MAX = 1 << 15;

    public static final GuestWritable OF_THIS_JVM = new GuestWritable(MAX);

    /** What a directory is, whatever its name: numbers of inodes are used again, so the time of its birth belongs to it. */
    record Identity(long device, long inode, long birth) {}

    private final int max;
    private final Map<Identity, byte[]> directories = new HashMap<>();
    private boolean overfull;
    private long additions;

    GuestWritable(int max) {
        this.max = max;
    }

    /** Remembers them; what is not a directory can't hold links. */
    public void remember(Collection<Path> paths) {
        for (Path path : paths) {
            byte[] name = PathBytes.of(path);
            HostStat stat = HostStat.followed(name);
            if (stat != null && stat.isDirectory()) {
                add(stat.identity(), name);
            }
        }
    }

    private synchronized void add(Identity identity, byte[] name) {
        if (directories.containsKey(identity)) {
            return;
        }
        if (directories.size() >= max) {
            forgetTheGone();
        }
        if (directories.size() >= max) {
            additions += overfull ? 0 : 1;
            overfull = true; // and from now on every directory counts as one
        } else {
            additions++;
            directories.put(identity, name);
        }
    }

    private void forgetTheGone() {
        directories.entrySet().removeIf(entry -> {
            HostStat stat = HostStat.followed(entry.getValue());
            return stat == null || !stat.identity().equals(entry.getKey());
        });
    }

    synchronized boolean contains(Identity directory) {
        return overfull || directories.containsKey(directory);
    }

    /** Whether every directory counts as one, since there were too many. */
    synchronized boolean isOverfull() {
        return overfull;
    }

    /** How many there have been. */
    synchronized long additions() {
        return additions;
    }

    synchronized int size() {
        return directories.size();
    }
}
