package dev.sandjar.internal.util;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * File names as strings without loss: Linux names are bytes, and what is not UTF-8 becomes half a surrogate pair, U+DC80 to U+DCFF for
 * bytes 0x80 to 0xff, which no text that is UTF-8 can hold.
 */
public final class FileNames {
    private static final int ESCAPE = 0xdc00;

    private FileNames() {}

    public static String decode(byte[] name) {
        String text = new String(name, StandardCharsets.UTF_8);
        if (java.util.Arrays.equals(text.getBytes(StandardCharsets.UTF_8), name)) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < name.length; ) {
            int length = sequence(name, i);
            if (length == 0) {
                out.append((char) (ESCAPE | (name[i++] & 0xff)));
            } else {
                out.append(new String(name, i, length, StandardCharsets.UTF_8));
                i += length;
            }
        }
        return out.toString();
    }

    /** How many bytes from here on are one character; 0 if none are. */
    private static int sequence(byte[] name, int from) {
        for (int length = 1; length <= Math.min(4, name.length - from); length++) {
            String text = new String(name, from, length, StandardCharsets.UTF_8);
            byte[] again = text.getBytes(StandardCharsets.UTF_8);
            if (java.util.Arrays.equals(again, java.util.Arrays.copyOfRange(name, from, from + length))) {
                return length;
            }
        }
        return 0;
    }

    public static byte[] encode(String name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(name.length());
        name.codePoints().forEach(c -> {
            if (c >= ESCAPE + 0x80 && c <= ESCAPE + 0xff) {
                out.write(c & 0xff);
            } else {
                out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
            }
        });
        return out.toByteArray();
    }
}
