package dev.sandjar;

import dev.sandjar.internal.bpf.Returns;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Errno;

/** What a filter does with a system call ({@code seccomp(2)}, SECCOMP_RET_*). Immutable. */
public final class SeccompAction {
    private static final int ERRNO_MAX = 4_095;
    private static final SeccompAction ALLOW = new SeccompAction(Returns.ALLOW);
    private static final SeccompAction KILL_PROCESS = new SeccompAction(Returns.KILL_PROCESS);
    private static final SeccompAction KILL_THREAD = new SeccompAction(Returns.KILL_THREAD);
    private static final SeccompAction TRAP = new SeccompAction(Returns.TRAP);
    private static final SeccompAction LOG = new SeccompAction(Returns.LOG);

    private final int value;

    private SeccompAction(int value) {
        this.value = value;
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
                .orElseThrow(() -> new IllegalArgumentException("no error is called \"" + name + "\""))
                .number());
    }

    /**
     * The call fails.
     *
     * @param number of {@code errno(3)}, 1 to 4095
     * @return the action
     * @throws IllegalArgumentException if it is out of range
     */
    public static SeccompAction errno(int number) {
        Checks.range("errno", number, 1, ERRNO_MAX);
        return new SeccompAction(Returns.errno(number));
    }

    /**
     * The process ends with SIGSYS: {@link Verdict#SECCOMP_VIOLATION}.
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

    static SeccompAction of(int value) {
        return new SeccompAction(value);
    }

    int value() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SeccompAction action && action.value == value;
    }

    @Override
    public int hashCode() {
        return value;
    }

    @Override
    public String toString() {
        return switch (Returns.action(value)) {
            case Returns.ALLOW -> "allow";
            case Returns.ERRNO -> Errno.name(Returns.data(value));
            case Returns.KILL_PROCESS -> "kill process";
            case Returns.KILL_THREAD -> "kill thread";
            case Returns.TRAP -> "trap";
            case Returns.LOG -> "log";
            case Returns.USER_NOTIF -> "ask the host";
            default -> "0x" + Integer.toHexString(value);
        };
    }
}
