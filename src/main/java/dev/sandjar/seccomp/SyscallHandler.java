package dev.sandjar.seccomp;

/**
 * Decides on the host about a system call of a sandboxed program, see {@link dev.sandjar.Confinement#onSyscall}. The calling thread of
 * the program waits meanwhile. Calls of one started program and its descendants come one after the other, on a daemon thread of
 * Sandjar's; a handler that is used for several starts is called by several threads at once and has to be thread-safe.
 *
 * <p>A call whose handler throws, or returns null, fails with EPERM. A call that waits when the JVM ends fails with ENOSYS
 * ({@code seccomp_unotify(2)}).
 */
@FunctionalInterface
public interface SyscallHandler {
    /**
     * Decides what becomes of a call.
     *
     * @param call the call, whose arguments and memory are the program's and hostile; usable until this method returns
     * @return what becomes of the call
     * @throws Exception if the handler can't decide; the call fails with EPERM, and the exception is logged as a warning
     */
    SyscallResponse handle(SyscallCall call) throws Exception;
}
