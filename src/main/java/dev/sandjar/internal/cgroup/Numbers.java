package dev.sandjar.internal.cgroup;

import org.jspecify.annotations.Nullable;

/** Numbers in the kernel's texts. What isn't one is null; what is over 2^63-1, as "unlimited" may be, is that. */
final class Numbers {
    private static final int MAX_DIGITS = 20;
    private static final String MAX_UNSIGNED = "18446744073709551615";

    private Numbers() {}

    /** An unsigned number of 64 bits, and nothing beside it. */
    static @Nullable Long parse(@Nullable String text) {
        if (text == null || text.isEmpty() || text.length() > MAX_DIGITS) {
            return null;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return null;
            }
        }
        if (text.length() == MAX_DIGITS && text.compareTo(MAX_UNSIGNED) > 0) {
            return null;
        }
        long value = Long.parseUnsignedLong(text);
        return value < 0 ? Long.MAX_VALUE : value;
    }

    /** A file that is one number. */
    static @Nullable Long sole(@Nullable String text) {
        return text == null ? null : parse(text.strip());
    }

    /** The number behind a word at the start of a line. */
    static @Nullable Long keyed(@Nullable String text, String key) {
        if (text == null) {
            return null;
        }
        for (String line : text.split("\n")) {
            if (line.startsWith(key) && line.length() > key.length() && line.charAt(key.length()) == ' ') {
                return parse(line.substring(key.length() + 1).strip());
            }
        }
        return null;
    }

    static @Nullable Long times(@Nullable Long value, long factor) {
        return value == null ? null : value > Long.MAX_VALUE / factor ? Long.MAX_VALUE : (Long) (value * factor);
    }

    static @Nullable Long sum(@Nullable Long a, @Nullable Long b) {
        return a == null ? b : b == null ? a : (Long) MemoryLimits.sum(a, b);
    }

    /** {@code a - b}, but never less than 0. */
    static @Nullable Long minus(@Nullable Long a, @Nullable Long b) {
        return a == null || b == null ? a : (Long) Math.max(0, a - b);
    }

    /** A number below 2^31, or -1. */
    static int small(String text) {
        Long value = parse(text);
        return value == null || value > Integer.MAX_VALUE ? -1 : value.intValue();
    }
}
