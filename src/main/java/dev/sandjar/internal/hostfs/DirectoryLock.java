package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.Uninterruptibles;
import dev.sandjar.internal.util.VirtualThreads;
import java.time.Duration;

/** Locks of open directories ({@code flock(2)}). */
final class DirectoryLock {
    private static final int LOCK_SH = 1;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofMillis(50);

    private DirectoryLock() {}

    /**
     * False if another has it and {@code wait} is not set. An interrupt does not end the waiting.
     *
     * <p>A virtual thread that waits in the kernel has its carrier for as long, and so many of them as there are processors have all:
     * then the one that holds the lock never runs on. So these ask again and again, with pauses in which they hold nothing.
     */
    static boolean take(int fd, boolean exclusive, boolean wait, String directory) throws SandboxException {
        int operation = exclusive ? LOCK_EX : LOCK_SH;
        int result = flock(fd, operation | LOCK_NB);
        if (wait && Errno.EAGAIN.is(-result)) {
            result = VirtualThreads.isCurrent() ? ask(fd, operation | LOCK_NB) : flock(fd, operation);
        }
        if (Errno.EAGAIN.is(-result)) {
            return false;
        }
        Calls.check(result, "lock a directory", "flock", directory);
        return true;
    }

    private static int ask(int fd, int operation) {
        Duration pause = SHORTEST;
        int result;
        do {
            Uninterruptibles.pause(pause);
            pause = pause.multipliedBy(2);
            pause = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
            result = flock(fd, operation);
        } while (Errno.EAGAIN.is(-result));
        return result;
    }

    private static int flock(int fd, int operation) {
        return (int) FileCall.FLOCK.call(fd, operation);
    }
}
