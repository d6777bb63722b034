package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Files of this process's user that are handed to a program beside others. Those began without the filter that keeps such a file from
 * getting modes that lend rights, and reach it through /proc.
 */
public final class HandedFiles {
    private HandedFiles() {}

    /** What belongs to root alone is none of a user's. */
    private static boolean mayBePrograms(Path link) throws IOException {
        Integer root = 0;
        return !root.equals(Files.getAttribute(link, "unix:uid"))
                || root.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    /** @param others whether there are such programs */
    public static void check(boolean others, int[] fds) throws SandboxException {
        if (!others) {
            return;
        }
        for (int fd : fds) {
            Path link = Path.of("/proc/self/fd/" + fd);
            try {
                String name = PathBytes.shown(Files.readSymbolicLink(link));
                if (Files.isRegularFile(link) && !name.startsWith("/memfd:") && mayBePrograms(link)) {
                    throw new SandboxException(
                            "hand a file over to a further program",
                            null,
                            name,
                            Errno.EPERM.number(),
                            "programs that are in this sandbox already could make it a set-user-ID program, as they may of files in"
                                    + " memory of their own",
                            "hand a file to the first program too, from which on modes are refused, or use a pipe (Descriptor.pipeOut())");
                }
            } catch (SandboxException e) {
                throw e;
            } catch (IOException closedMeanwhile) {
                // So that the start is about to fail.
            }
        }
    }
}
