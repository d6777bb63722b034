package dev.sandjar.internal.plan;

import dev.sandjar.SandboxException;
import java.nio.file.Path;

/** Host paths as the launcher wants them: absolute and free of symbolic links. */
final class HostPaths {
    private HostPaths() {}

    /** Follows every link that is trusted now, so that the launcher can refuse any that turns up later; the draft keeps where it led. */
    static Path real(Draft draft, Path path, String step) throws SandboxException {
        Path real = draft.paths.of(path, step);
        if (!real.equals(path)) {
            draft.links.put(path, real);
        }
        return real;
    }
}
