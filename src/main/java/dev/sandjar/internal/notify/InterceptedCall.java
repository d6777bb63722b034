package dev.sandjar.internal.notify;

import dev.sandjar.seccomp.SyscallCall;
import java.util.List;

/**
 * A system call whose caller waits. What pointers point to may change at any time: other threads of the program run on.
 *
 * @param pid of the calling thread on the host, 0 if it can't be seen from here
 * @param architecture AUDIT_ARCH_* of {@code audit.h}
 * @param arguments six
 * @param memory the caller's; every access makes sure that it still is the caller which waits
 */
public record InterceptedCall(
        long id, int pid, int number, int architecture, List<Long> arguments, SyscallCall.Memory memory) {
    public InterceptedCall {
        arguments = List.copyOf(arguments);
    }
}
