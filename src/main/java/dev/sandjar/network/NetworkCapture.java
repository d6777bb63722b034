package dev.sandjar.network;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What members of a network say, on its way into a file, see {@link SandboxNetwork#capture}. Implementations are the library's own.
 * Thread-safe.
 */
public interface NetworkCapture extends AutoCloseable {
    /**
     * Returns the file that packets are written to.
     *
     * @return the path that was given
     */
    Path file();

    /**
     * Returns how many packets were written so far.
     *
     * @return 0 or more
     */
    long packets();

    /**
     * Returns how many packets were left out so far, since the file was full.
     *
     * @return 0 or more
     */
    long leftOut();

    /**
     * Tells whether packets are still taken: it was not closed, the network is open, and the file could be written.
     *
     * @return whether it goes on
     */
    boolean isOpen();

    /**
     * Ends the capture, and returns when all that was sent before is in the file. Closing again waits for the same.
     *
     * @throws IOException if the file could not be written to its end, and what has been lost by that
     */
    @Override
    void close() throws IOException;
}
