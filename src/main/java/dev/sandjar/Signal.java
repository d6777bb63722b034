package dev.sandjar;

import java.util.Optional;

/** The standard signals of Linux on x86-64 and aarch64 ({@code signal(7)}), named without SIG. */
public enum Signal {
    /** Hang-up of the terminal, or a request to read the configuration again. */
    HUP(1),
    /** Interrupt from the keyboard. */
    INT(2),
    /** Quit from the keyboard; a JVM prints its threads. */
    QUIT(3),
    /** Illegal instruction. */
    ILL(4),
    /** Trace or breakpoint trap. */
    TRAP(5),
    /** Abort, as from {@code abort(3)}. */
    ABRT(6),
    /** Bad memory access. */
    BUS(7),
    /** Arithmetic error. */
    FPE(8),
    /** Kill; can't be caught. */
    KILL(9),
    /** For the program's own use. */
    USR1(10),
    /** Invalid memory reference. */
    SEGV(11),
    /** For the program's own use. */
    USR2(12),
    /** Write to a pipe without readers. */
    PIPE(13),
    /** Timer of {@code alarm(2)}. */
    ALRM(14),
    /** Polite request to end. */
    TERM(15),
    /** Unused. */
    STKFLT(16),
    /** A child stopped or ended. */
    CHLD(17),
    /** Go on after a stop. */
    CONT(18),
    /** Stop; can't be caught. */
    STOP(19),
    /** Stop typed at the terminal. */
    TSTP(20),
    /** Terminal input for a background process. */
    TTIN(21),
    /** Terminal output of a background process. */
    TTOU(22),
    /** Urgent data on a socket. */
    URG(23),
    /** CPU time limit exceeded. */
    XCPU(24),
    /** File size limit exceeded. */
    XFSZ(25),
    /** Virtual alarm clock. */
    VTALRM(26),
    /** Profiling timer. */
    PROF(27),
    /** The window changed its size. */
    WINCH(28),
    /** Input or output is possible. */
    IO(29),
    /** Power failure. */
    PWR(30),
    /** Bad system call, as a seccomp filter sends it. */
    SYS(31);

    private final int number;

    Signal(int number) {
        this.number = number;
    }

    /**
     * The kernel's number.
     *
     * @return 1 to 31
     */
    public int number() {
        return number;
    }

    /**
     * The signal with that number.
     *
     * @param number any number
     * @return the signal; empty for real-time signals (32 to 64) and for what is no signal
     */
    public static Optional<Signal> of(int number) {
        return number >= 1 && number <= values().length ? Optional.of(values()[number - 1]) : Optional.empty();
    }
}
