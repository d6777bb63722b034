package dev.sandjar.internal.notify;

import dev.sandjar.seccomp.Denial;
import dev.sandjar.seccomp.SyscallResponse;
import java.util.List;

/** Decides on the calls of one program and its descendants, one after the other. */
public interface CallHandler {
    /** What becomes of {@code call}; an exception refuses it. */
    SyscallResponse handle(InterceptedCall call) throws Exception;

    /** What was refused so far. */
    default List<Denial> denials() {
        return List.of();
    }
}
