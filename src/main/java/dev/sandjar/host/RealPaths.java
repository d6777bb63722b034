package dev.sandjar.host;

import dev.sandjar.SandboxException;
import java.nio.file.Path;

/** Where paths of the host lead, when no link is followed that somebody hostile may have made. */
@FunctionalInterface
public interface RealPaths {
    /**
     * The absolute path without links, dots and double slashes. The file is there.
     *
     * @param step what it is wanted for, for messages
     * @throws SandboxException if there is none, or a link on the way isn't to be trusted
     */
    Path of(Path path, String step) throws SandboxException;
}
