package dev.sandjar.internal.host;

import dev.sandjar.SandboxException;
import java.nio.file.Path;

/** Where paths of the host lead, when no link is followed that somebody hostile may have made, and what is there. */
public interface RealPaths {
    /**
     * The absolute path without links, dots and double slashes. The file is there.
     *
     * @param step what it is wanted for, for messages
     * @throws SandboxException if there is none, or a link on the way isn't to be trusted
     */
    Path of(Path path, String step) throws SandboxException;

    /**
     * A link that is to be followed.
     *
     * @param strangers whether it may be that of a user who is neither root nor this process's
     * @throws SandboxException if a sandbox may have made it, or a stranger
     */
    void checkLink(Path link, boolean strangers, String step) throws SandboxException;

    /** What is at such a path now; as {@link #of}. */
    HostPlace look(Path path, String step) throws SandboxException;

    /** Another number whenever sandboxes of this JVM have been allowed to write to more of the host, so that less of it is settled. */
    long additions();

    /** Whether a mount of what is at a path without links can be given other owners, alone and without mounts below it: by trying. */
    boolean maps(Path real);
}
