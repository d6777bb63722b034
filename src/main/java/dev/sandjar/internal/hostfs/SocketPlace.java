package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;

/** Where a socket of the host is that programs inside may reach, without the links on the way to it: a relay follows none. */
public final class SocketPlace {
    private static final int SUN_PATH_MAX = 107;

    private SocketPlace() {}

    /**
     * Its directory as {@link HostWalk} finds it. The last name stays as it is, since a server makes its socket anew; so does the path
     * where a directory is not there yet.
     *
     * @throws SandboxException if a link on the way is not to be followed, or what it leads to is longer than an address may be
     */
    public static Path of(Path path, String step) throws SandboxException {
        try (HostWalk walk = HostWalk.to(path, step, HostWalk.Last.NOT_FOLLOWED)) {
            byte[] real = walk.realName();
            if (real.length > SUN_PATH_MAX) {
                throw walk.failure(
                        "connect",
                        Errno.ENAMETOOLONG.number(),
                        "without links its path has " + real.length + " bytes, and an address of AF_UNIX at most "
                                + SUN_PATH_MAX,
                        "choose a socket with a shorter path");
            }
            return PathBytes.path(real);
        } catch (SandboxException e) {
            if (Errno.ENOENT.is(e.errno())) {
                return path; // who connects before it is there is told that it is not
            }
            throw e;
        }
    }
}
