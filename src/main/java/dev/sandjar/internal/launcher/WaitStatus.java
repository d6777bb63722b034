package dev.sandjar.internal.launcher;

import dev.sandjar.Signal;
import dev.sandjar.internal.util.Errno;

/** What {@code wait(2)} says of the end of a process, in words. */
final class WaitStatus {
    private static final int SIGNAL = 0x7f;

    private WaitStatus() {}

    /** @param status as the kernel encodes it; an error number negated if there was none to be had */
    static String words(int status) {
        if (status < 0) {
            return "its status is not known: waitpid: " + Errno.describe(-status);
        }
        int signal = status & SIGNAL;
        return signal == 0
                ? "exit status " + (status >> Byte.SIZE & 0xff)
                : "killed by "
                        + Signal.of(signal).map(found -> "SIG" + found.name()).orElse("signal " + signal);
    }
}
