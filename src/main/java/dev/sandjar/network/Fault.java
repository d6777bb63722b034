package dev.sandjar.network;

import dev.sandjar.SandboxException;

/** A fault of a network that was begun, until it is closed or the network is. Implementations are the library's own. Thread-safe. */
public interface Fault extends AutoCloseable {
    /**
     * Tells whether the fault has not been ended.
     *
     * @return whether it holds
     */
    boolean isOpen();

    /**
     * Ends this fault; others stay as they are. Of a network that is closed, and for a fault that has ended, it does nothing.
     *
     * @throws SandboxException if the kernel refuses it, and the fault goes on
     */
    @Override
    void close() throws SandboxException;

    /** Says in one line what it is, such as {@code partition [a] | [b, c]}. */
    @Override
    String toString();
}
