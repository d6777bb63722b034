package dev.sandjar.network;

import dev.sandjar.SandboxException;
import java.io.IOException;
import java.util.Optional;

/** What the plugins of a {@link CniNetwork} have made for one sandbox, and keep for it until its end. Thread-safe. */
public interface CniAttachment {
    /**
     * Returns the id by which plugins know the sandbox: CNI_CONTAINERID.
     *
     * @return 1 to 64 letters, digits and hyphens, which no other attachment has
     */
    String containerId();

    /**
     * Returns what plugins have made.
     *
     * @return the result of the last plugin
     */
    CniResult result();

    /**
     * Has each plugin look whether all is still as it has made it: CHECK, in the order of the configuration.
     *
     * @return whether plugins were asked: false if the configuration says {@code disableCheck}
     * @throws CniException if a plugin finds something to be otherwise, or can't be run
     * @throws IllegalStateException if the sandbox has ended
     * @throws IOException if the launcher has ended
     */
    boolean check() throws IOException;

    /**
     * Returns what has gone wrong when plugins were to remove what they had made: DEL, after the end of the sandbox.
     *
     * @return empty before the end, and if all went well
     */
    Optional<SandboxException> removalFailure();
}
