package dev.sandjar.internal.util;

/** Makes foreign text fit for messages: names and output of a sandbox may hold terminal escapes or be very long. */
public final class Printable {
    private static final int QUOTED_MAX = 80;

    private Printable() {}

    /** In double quotes, escaped, and cut after 80 characters with the whole length said. */
    public static String quote(String text) {
        if (text.length() <= QUOTED_MAX) {
            return '"' + escape(text, false) + '"';
        }
        return '"' + escape(text.substring(0, QUOTED_MAX), false) + "...\" (" + text.length() + " characters)";
    }

    /** Control and other invisible characters become escapes. */
    public static String line(String text) {
        return escape(text, false);
    }

    /** As {@link #line}, but line feeds and tabs stay. */
    public static String lines(String text) {
        return escape(text, true);
    }

    private static String escape(String text, boolean keepLayout) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c == '\n' || c == '\t') {
                out.append(keepLayout ? Character.toString(c) : c == '\n' ? "\\n" : "\\t");
            } else if (isInvisible(c)) {
                out.append(c < 0x100 ? "\\x" : "\\u").append(hex(c, c < 0x100 ? 2 : 4));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }

    /** Without a format to be parsed each time: a program that writes binary data must not keep its host busy. */
    private static String hex(int c, int digits) {
        String hex = Integer.toHexString(c);
        return "0".repeat(Math.max(0, digits - hex.length())) + hex;
    }

    private static boolean isInvisible(int c) {
        int type = Character.getType(c);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.SURROGATE
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }
}
