package dev.sandjar.seccomp;

import java.util.Objects;

/**
 * A system call that a sandbox refused, with the error that it got: what {@link dev.sandjar.Confinement#recordDenials(boolean)} counts
 * for {@link dev.sandjar.ExitReport#denials()}. An immutable value.
 *
 * @param syscall the name of the call, such as "keyctl"; "syscall 999" for a number that has no name in Sandjar's table
 * @param error the name of the error of {@code errno(3)} that it failed with, such as "EPERM"
 * @param count how many times the call was refused with this error, at least 1
 */
public record Denial(String syscall, String error, long count) {
    /**
     * Checks the parts.
     *
     * @param syscall the name of the call
     * @param error the name of the error that it failed with
     * @param count how many times the call was refused with this error, at least 1
     * @throws IllegalArgumentException if the count is below 1
     */
    public Denial {
        Objects.requireNonNull(syscall);
        Objects.requireNonNull(error);
        if (count < 1) {
            throw new IllegalArgumentException("a denial has happened, so its count is not " + count);
        }
    }

    @Override
    public String toString() {
        return syscall + " " + error + " x" + count;
    }
}
