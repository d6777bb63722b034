package dev.sandjar.internal.launcher;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Supervisors that have lost their launcher. They kill what they supervise and end, each by itself; as there is nobody to report to, their
 * end is looked for in /proc, with a bound, so that "lost" can mean "gone" too.
 */
final class Orphans {
    /** What a supervisor calls itself; whatever else has its number by now is none. */
    private static final String NAME = "(sandjar-init) ";

    private static final long KILL_AFTER_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long GIVE_UP_AFTER_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long FIRST_PAUSE_NANOS = 100_000;
    private static final long PAUSE_MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private Orphans() {}

    static void awaitEnd(Collection<Integer> supervisors) {
        Set<Integer> left = new LinkedHashSet<>(supervisors);
        long begin = System.nanoTime();
        boolean killed = false;
        long pause = FIRST_PAUSE_NANOS;
        left.removeIf(pid -> !isAlive(pid));
        while (!left.isEmpty()) {
            long waited = System.nanoTime() - begin;
            if (waited > GIVE_UP_AFTER_NANOS) {
                return;
            }
            if (waited > KILL_AFTER_NANOS && !killed) {
                killed = true; // something has stopped them; SIGKILL reaches a stopped process too
                left.forEach(Orphans::kill);
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(pause * 2, PAUSE_MAX_NANOS);
            left.removeIf(pid -> !isAlive(pid));
        }
    }

    /** The handle knows when its process began, and ends no other; so it is taken before the number is looked at once more. */
    private static void kill(int pid) {
        ProcessHandle.of(pid).filter(handle -> isAlive(pid)).ifPresent(ProcessHandle::destroyForcibly);
    }

    /** Whether this is a supervisor, and more than a corpse that its new parent has not waited for. */
    private static boolean isAlive(int pid) {
        if (pid <= 0) {
            return false;
        }
        String stat;
        try {
            stat = BoundedReads.text(Path.of("/proc", Integer.toString(pid), "stat"));
        } catch (IOException e) {
            return false;
        }
        int name = stat.indexOf(NAME);
        if (name < 0) {
            return false;
        }
        char state = stat.charAt(name + NAME.length());
        return state != 'Z' && state != 'X';
    }
}
