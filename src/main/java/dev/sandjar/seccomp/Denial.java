package dev.sandjar.seccomp;

import java.util.Objects;

/**
 * A system call that a sandbox refused, see {@link dev.sandjar.Confinement#recordDenials()}.
 *
 * @param syscall its name, such as "keyctl"; "syscall 999" if it has none here
 * @param error what it failed with, such as "EPERM"
 * @param count how often, at least 1
 */
public record Denial(String syscall, String error, long count) {
    /**
     * Checks the parts.
     *
     * @param syscall its name
     * @param error what it failed with
     * @param count how often
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
