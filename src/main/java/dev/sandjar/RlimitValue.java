package dev.sandjar;

import dev.sandjar.internal.util.Checks;

/**
 * What one resource limit is set to ({@code setrlimit(2)}), in the unit of the limit.
 *
 * @param soft what counts at first: 0 or more, or {@link Rlimit#UNLIMITED}
 * @param hard up to where the program may raise it: 0 or more, or {@link Rlimit#UNLIMITED}
 */
public record RlimitValue(long soft, long hard) {
    /**
     * Checks the values.
     *
     * @param soft what counts at first
     * @param hard up to where the program may raise it
     * @throws IllegalArgumentException if a value is below -1 or the soft one above the hard one
     */
    public RlimitValue {
        check("soft limit", soft);
        check("hard limit", hard);
        if (hard != Rlimit.UNLIMITED && (soft == Rlimit.UNLIMITED || soft > hard)) {
            throw new IllegalArgumentException(
                    "soft limit is " + text(soft) + ", allowed is at most the hard limit, " + hard);
        }
    }

    private static void check(String what, long value) {
        Checks.range(what + " (-1 is none)", value, Rlimit.UNLIMITED, Long.MAX_VALUE);
    }

    /** Such as "1024/unlimited". */
    @Override
    public String toString() {
        return text(soft) + "/" + text(hard);
    }

    private static String text(long value) {
        return value == Rlimit.UNLIMITED ? "unlimited" : Long.toString(value);
    }
}
