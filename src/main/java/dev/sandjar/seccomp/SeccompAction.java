package dev.sandjar.seccomp;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Errno;
import java.util.Objects;
import java.util.OptionalInt;

/** What a filter does with a system call ({@code seccomp(2)}, SECCOMP_RET_*). Immutable. */
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
     * The kernel makes the call.
     *
     * @return the action
     */
    public static SeccompAction allow() {
        return ALLOW;
    }

    /**
     * The call fails.
     *
     * @param name an error of {@code errno(3)}, such as "EPERM"
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
     * The call fails.
     *
     * @param number of {@code errno(3)}, 0 to 4095; with 0 the call is not made and returns 0
     * @return the action
     * @throws IllegalArgumentException if it is out of range
     */
    public static SeccompAction errno(int number) {
        return new SeccompAction(Kind.ERRNO, Checks.range("errno", number, 0, ERRNO_MAX));
    }

    /**
     * The process ends with SIGSYS: {@link dev.sandjar.Verdict#SECCOMP_VIOLATION}.
     *
     * @return the action
     */
    public static SeccompAction killProcess() {
        return KILL_PROCESS;
    }

    /**
     * The thread ends, the others of its process go on.
     *
     * @return the action
     */
    public static SeccompAction killThread() {
        return KILL_THREAD;
    }

    /**
     * The call is not made, and the thread gets a SIGSYS that it may catch.
     *
     * @return the action
     */
    public static SeccompAction trap() {
        return TRAP;
    }

    /**
     * The kernel makes the call and writes a line to its audit log.
     *
     * @return the action
     */
    public static SeccompAction log() {
        return LOG;
    }

    /**
     * The handler of the call decides ({@link dev.sandjar.Confinement#onSyscall}); where it has none, the call fails with ENOSYS.
     *
     * @return the action
     */
    public static SeccompAction askHost() {
        return ASK_HOST;
    }

    /**
     * What it does.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * What the call fails with.
     *
     * @return a number of {@code errno(3)}; empty if the action is not {@link Kind#ERRNO}
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
