package dev.sandjar.seccomp;

/**
 * Decides on a system call of a sandboxed program, on the host: {@link dev.sandjar.Confinement#onSyscall}. The calling thread of the program
 * waits meanwhile; calls of one sandboxed process tree come one after the other, on a daemon thread of Sandjar's.
 *
 * <p>Fails closed: a call whose handler throws, or answers null, fails with EPERM; when the host is gone it fails with ENOSYS
 * ({@code seccomp_unotify(2)}).
 */
@FunctionalInterface
public interface SyscallHandler {
    /**
     * Decides.
     *
     * @param call what the program wants; hostile
     * @return what becomes of it
     * @throws Exception to refuse it with EPERM
     */
    SyscallResponse handle(SyscallCall call) throws Exception;
}
