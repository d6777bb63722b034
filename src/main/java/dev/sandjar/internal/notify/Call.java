package dev.sandjar.internal.notify;

import java.io.IOException;
import java.util.List;

/**
 * A system call whose caller waits. What pointers point to may change at any time: other threads of the program run on.
 *
 * @param pid of the calling thread on the host, 0 if it can't be seen from here
 * @param architecture AUDIT_ARCH_* of {@code audit.h}
 * @param arguments six
 */
public record Call(long id, int pid, int number, int architecture, List<Long> arguments, Memory memory) {
    /** The caller's memory. Every access makes sure that it still is the caller which waits. */
    public interface Memory {
        byte[] read(long address, int length) throws IOException;

        void write(long address, byte[] data) throws IOException;
    }

    public Call {
        arguments = List.copyOf(arguments);
    }
}
