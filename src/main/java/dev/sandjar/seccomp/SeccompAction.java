package dev.sandjar.seccomp;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Errno;
import java.util.Objects;
import java.util.OptionalInt;

/** What a filter does with a system call ({@code seccomp(2)}, SECCOMP_RET_*). Immutable and thread-safe. */
public final class SeccompAction {
    private static final int ERRNO_MAX = 4_095;
    private static final SeccompAction ALLOW = new SeccompAction(Kind.ALLOW, 0);
    private static final SeccompAction KILL_PROCESS = new SeccompAction(Kind.KILL_PROCESS, 0);
    private static final SeccompAction KILL_THREAD = new SeccompAction(Kind.KILL_THREAD, 0);
    private static final SeccompAction TRAP = new SeccompAction(Kind.TRAP, 0);
    private static final SeccompAction LOG = new SeccompAction(Kind.LOG, 0);
    private static final SeccompAction ASK_HOST = new SeccompAction(Kind.ASK_HOST, 0);

    private final Kind kind;
    private final int error;

    private SeccompAction(Kind kind, int error) {
        this.kind = kind;
        this.error = error;
    }

    /** The kinds of actions. */
    public enum Kind {
        /** See {@link SeccompAction#allow()}. */
        ALLOW("allow"),
        /** See {@link SeccompAction#errno(int)}. */
        ERRNO("fail"),
        /** See {@link SeccompAction#killProcess()}. */
        KILL_PROCESS("kill process"),
        /** See {@link SeccompAction#killThread()}. */
        KILL_THREAD("kill thread"),
        /** See {@link SeccompAction#trap()}. */
        TRAP("trap"),
        /** See {@link SeccompAction#log()}. */
        LOG("log"),
        /** See {@link SeccompAction#askHost()}. */
        ASK_HOST("ask the host");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /**
     * Lets the kernel make the call (SECCOMP_RET_ALLOW).
     *
     * @return the action
     */
    public static SeccompAction allow() {
        return ALLOW;
    }

    /**
     * Makes the call fail with an error that is given by its name (SECCOMP_RET_ERRNO). The kernel does not make the call.
     *
     * @param name the name of an error of {@code errno(3)}, such as "EPERM"
     * @return the action
     * @throws IllegalArgumentException if there is no such error
     */
    public static SeccompAction errno(String name) {
        return errno(Errno.named(name)
                .orElseThrow(() -> new IllegalArgumentException(
                        "unknown error \"" + name + "\"; names are those of errno(3), such as EPERM"))
                .number());
    }

    /**
     * Makes the call fail with an error that is given by its number (SECCOMP_RET_ERRNO). The kernel does not make the call.
     *
     * @param number the number of an error of {@code errno(3)}, 0 to 4095; with 0 the call returns 0, as if it had succeeded
     * @return the action
     * @throws IllegalArgumentException if it is out of range
     */
    public static SeccompAction errno(int number) {
        return new SeccompAction(Kind.ERRNO, Checks.range("errno", number, 0, ERRNO_MAX));
    }

    /**
     * Ends the whole process as if by SIGSYS, which it can't catch (SECCOMP_RET_KILL_PROCESS). Of a sandbox's main process this is {@link
     * dev.sandjar.Verdict#SECCOMP_VIOLATION}.
     *
     * @return the action
     */
    public static SeccompAction killProcess() {
        return KILL_PROCESS;
    }

    /**
     * Ends the thread that makes the call; other threads of its process go on (SECCOMP_RET_KILL_THREAD).
     *
     * @return the action
     */
    public static SeccompAction killThread() {
        return KILL_THREAD;
    }

    /**
     * Sends the thread SIGSYS, which it may catch, instead of making the call (SECCOMP_RET_TRAP).
     *
     * @return the action
     */
    public static SeccompAction trap() {
        return TRAP;
    }

    /**
     * Lets the kernel make the call after it has written a line to its audit log (SECCOMP_RET_LOG). The host's sysctl
     * kernel.seccomp.actions_logged may keep the line away.
     *
     * @return the action
     */
    public static SeccompAction log() {
        return LOG;
    }

    /**
     * Asks the handler of the call on the host ({@link dev.sandjar.Confinement#onSyscall}; SECCOMP_RET_USER_NOTIF); a call without a
     * handler fails with ENOSYS.
     *
     * @return the action
     */
    public static SeccompAction askHost() {
        return ASK_HOST;
    }

    /**
     * Returns the kind of this action.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns the error that the call fails with.
     *
     * @return a number of {@code errno(3)}, 0 to 4095; empty if the action is not {@link Kind#ERRNO}
     */
    public OptionalInt error() {
        return kind == Kind.ERRNO ? OptionalInt.of(error) : OptionalInt.empty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SeccompAction action && action.kind == kind && action.error == error;
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, error);
    }

    @Override
    public String toString() {
        return kind == Kind.ERRNO ? Errno.name(error) : kind.text;
    }
}
