package dev.sandjar.plan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.Errno;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Host paths as the launcher wants them: absolute and free of symbolic links. */
final class HostPaths {
    private HostPaths() {}

    /** Follows every link now, so that the launcher can refuse any that turns up later; the draft keeps where it led. */
    static String real(Draft draft, Path path, String step) throws SandboxException {
        try {
            Path real = path.toRealPath();
            if (!real.equals(path)) {
                draft.links.put(path, real);
            }
            return real.toString();
        } catch (NoSuchFileException e) {
            throw new SandboxException(
                    step,
                    "realpath",
                    path.toString(),
                    Errno.ENOENT.number(),
                    "the host has no such file",
                    "create it," + " correct the path, or mark the bind MountOption.OPTIONAL");
        } catch (AccessDeniedException e) {
            throw new SandboxException(
                    step,
                    "realpath",
                    path.toString(),
                    Errno.EACCES.number(),
                    "a directory on the way may not be entered by this process",
                    "check the permissions of its parents");
        } catch (IOException e) {
            throw new SandboxException(
                    step,
                    "realpath",
                    path.toString(),
                    Errno.EIO.number(),
                    String.valueOf(e.getMessage()),
                    "check the path");
        }
    }
}
