package dev.sandjar.internal.cgroup.root;

import dev.sandjar.internal.hostfs.LockedDirectory;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes cgroups that launchers have left which were killed themselves. Those that anybody still has locked are in use. */
final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(2);
    private static final String SCOPE = "sandjar-[0-9]+-[0-9a-f]{8}\\.scope";

    private final Kernel kernel;

    Leftovers(Kernel kernel) {
        this.kernel = kernel;
    }

    void removeBelow(Path parent) {
        // Whoever may not remove what is there, which is another user's, need not wait for it to go.
        if (!Files.isWritable(parent)) {
            return;
        }
        for (Path directory : children(parent)) {
            if (String.valueOf(directory.getFileName()).matches(LockedDirectory.NAME)) {
                LockedDirectory left = LockedDirectory.lock(kernel, directory);
                if (left != null) {
                    removeTree(directory);
                    kernel.close(left.fd());
                }
            }
        }
    }

    /**
     * The same for scopes of systemd's, which go only when they are empty. Nobody locks them; a launcher that lives is in one or
     * in the place that it has made there.
     */
    void removeScopes(Path parent) {
        for (Path scope : children(parent)) {
            if (String.valueOf(scope.getFileName()).matches(SCOPE) && isDead(scope)) {
                removeTree(scope);
            }
        }
    }

    /** It moves from the scope to its place, so that whoever looks in this order misses none. */
    private static boolean isDead(Path scope) {
        return "".equals(read(scope.resolve("cgroup.procs")))
                && "".equals(read(scope.resolve(CgroupRootV2.PLACE).resolve("cgroup.procs")));
    }

    /** What a launcher that is known to be dead has left there. */
    void removeTree(Path directory) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!removed(directory)) {
            Path parent = directory.getParent();
            if (System.nanoTime() > end || parent == null || !Files.isWritable(parent)) {
                LOG.warn("{} was left behind by an earlier process, and can't be removed", directory);
                return;
            }
            // The dead leave a cgroup a little after they have been killed.
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private boolean removed(Path directory) {
        for (Path child : children(directory)) {
            removed(child);
        }
        end(directory);
        try {
            Files.deleteIfExists(directory);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void end(Path directory) {
        write(directory.resolve("freezer.state"), "THAWED"); // v1: the frozen don't die
        write(directory.resolve("cgroup.kill"), "1"); // v2
        // A handle knows when its process began, and ends no other: so handles are taken before the group is read once
        // more.
        Map<Long, ProcessHandle> handles = new HashMap<>();
        for (long pid : processes(directory)) {
            ProcessHandle.of(pid).ifPresent(handle -> handles.put(pid, handle));
        }
        handles.keySet().retainAll(processes(directory));
        handles.values().forEach(ProcessHandle::destroyForcibly);
    }

    private static Set<Long> processes(Path directory) {
        String pids = read(directory.resolve("cgroup.procs"));
        return pids == null
                ? Set.of()
                : pids.lines()
                        .filter(pid -> pid.matches("[1-9][0-9]{0,9}"))
                        .map(Long::valueOf)
                        .collect(Collectors.toSet());
    }

    private static void write(Path file, String text) {
        if (Files.exists(file)) {
            try {
                Files.writeString(file, text);
            } catch (IOException e) {
                LOG.debug("{} can't be written", file, e); // the loop tries again until its time is over
            }
        }
    }

    private static @Nullable String read(Path file) {
        try {
            return BoundedReads.text(file);
        } catch (IOException e) {
            return null;
        }
    }

    private static List<Path> children(Path directory) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(directory, p -> Files.isDirectory(p, LinkOption.NOFOLLOW_LINKS))) {
            entries.forEach(found::add);
        } catch (IOException e) {
            return List.of(); // gone meanwhile
        }
        return found;
    }
}
