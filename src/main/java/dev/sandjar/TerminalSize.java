package dev.sandjar;

import dev.sandjar.internal.util.Checks;

/**
 * Size of a pseudo-terminal in character cells ({@code ioctl_tty(2)}, TIOCSWINSZ).
 *
 * @param rows lines, 1 to 65535
 * @param columns characters in a line, 1 to 65535
 */
public record TerminalSize(int rows, int columns) {
    /**
     * Checks both numbers.
     *
     * @param rows 1 to 65535
     * @param columns 1 to 65535
     * @throws IllegalArgumentException if one is out of range
     */
    public TerminalSize {
        Checks.range("rows", rows, 1, 65_535);
        Checks.range("columns", columns, 1, 65_535);
    }
}
