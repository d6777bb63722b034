package dev.sandjar.internal.util;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Supplier;

/** Strings as the kernel takes them: UTF-8 whatever the locale, ended by NUL, and never altered on the way. */
public final class Utf8 {
    private Utf8() {}

    /**
     * Counts bytes without encoding.
     *
     * @throws IllegalArgumentException if {@code text} has a NUL or a surrogate without its pair
     */
    public static int length(String what, String text) {
        Objects.requireNonNull(text, what);
        return length(() -> what + " " + Printable.quote(text), text);
    }

    /** The same for what messages must not repeat, since it may be a secret. */
    public static int lengthUnquoted(Supplier<String> what, String text) {
        Objects.requireNonNull(text, what);
        return length(what, text);
    }

    /** @param what for messages only: most texts are good, and there can be many */
    private static int length(Supplier<String> what, String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw new IllegalArgumentException(what.get() + " has a NUL character at index " + i);
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new IllegalArgumentException(
                        what.get() + " has half a surrogate pair at index " + i + ", which no UTF-8 text can hold");
            } else {
                bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
            }
        }
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(what.get() + " has " + bytes + " bytes in UTF-8, more than 2147483647");
        }
        return (int) bytes;
    }

    /** Encodes what {@link #length} accepts. */
    public static byte[] encode(String what, String text) {
        length(what, text);
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
