package dev.sandjar.internal.util;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Objects;

/** Argument checks whose messages name the value and what would have been right. */
public final class Checks {
    /** (uid_t) -1 means "leave unchanged" to the kernel, so it is nobody's id. */
    public static final long MAX_ID = 4_294_967_294L;

    private Checks() {}

    public static long range(String what, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(what + " is " + value + ", allowed is " + min + " to " + max);
        }
        return value;
    }

    public static int range(String what, int value, int min, int max) {
        range(what, (long) value, min, max);
        return value;
    }

    public static int mode(String what, int mode, int max) {
        if (mode < 0 || mode > max) {
            throw new IllegalArgumentException(what + " is " + (mode < 0 ? String.valueOf(mode) : octal(mode))
                    + ", allowed is 0 to " + octal(max) + " (octal: write 0755, not 755)");
        }
        return mode;
    }

    private static String octal(int value) {
        return "0" + Integer.toOctalString(value);
    }

    /** Text for the kernel: no NUL, no unpaired surrogate, of {@code min} to {@code max} bytes as UTF-8. */
    public static String text(String what, String text, int min, int max) {
        int length = Utf8.length(what, text);
        if (length < min || length > max) {
            throw new IllegalArgumentException(what + " " + Printable.quote(text) + " has " + length
                    + " bytes in UTF-8, allowed is " + min + " to " + max);
        }
        return text;
    }

    /** A path of the host's own file system. That it exists is checked at the start, not here. */
    public static Path hostPath(String what, Path path) {
        Objects.requireNonNull(path, what);
        if (path.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException(what + " " + Printable.quote(path.toString())
                    + " is not in the default file system but in " + path.getFileSystem()
                    + "; copy it to a file of the host first");
        }
        return path.toAbsolutePath();
    }

    /** Refuses null, and an element that is null, by the name of the parameter. */
    public static void elements(String name, Object[] values) {
        Objects.requireNonNull(values, name);
        for (Object value : values) {
            Objects.requireNonNull(value, name);
        }
    }
}
