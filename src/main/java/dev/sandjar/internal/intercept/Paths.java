package dev.sandjar.internal.intercept;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Paths of requests, as far as rules for them have to know. */
final class Paths {
    /** Escapes of what separates, ends, escapes or is no character: a slash, a backslash, {@code ; ? #}, a percent sign, controls. */
    private static final Pattern TWO_READINGS = Pattern.compile(
            "//|\\\\|%(?![0-9a-f]{2})|%2f|%5c|%25|%3b|%3f|%23|%[01][0-9a-f]|%7f", Pattern.CASE_INSENSITIVE);

    /** Blanks of all scripts, and characters that nobody sees. */
    private static final Pattern NOTHING = Pattern.compile("[\\p{Z}\\p{Cc}\\p{Cf}]+");

    /** Nothing, or one or two dots, with parameters or without. */
    private static final Pattern NO_NAME = Pattern.compile("\\.{0,2};.*|\\.{1,2}", Pattern.DOTALL);

    private static final int HEX = 16;

    private Paths() {}

    /** Whether a server may take it for another path than it is written as. */
    static boolean hasTwoReadings(String path) {
        if (TWO_READINGS.matcher(path).find()) {
            return true;
        }
        for (String segment : path.split("/", -1)) {
            String text = decoded(segment);
            if (text == null || (!text.isEmpty() && isNoName(text))) {
                return true;
            }
        }
        return false;
    }

    /** As it is for servers that leave out blanks, or take characters for others that look like them. */
    private static boolean isNoName(String text) {
        String plain = NOTHING.matcher(Normalizer.normalize(text, Normalizer.Form.NFKC))
                .replaceAll("");
        return plain.isEmpty()
                || plain.indexOf('/') >= 0
                || plain.indexOf('\\') >= 0
                || NO_NAME.matcher(plain).matches();
    }

    /** Without escapes; null if these are no UTF-8. */
    private static @Nullable String decoded(String segment) {
        byte[] bytes = new byte[segment.length()];
        int length = 0;
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (c == '%') {
                c = (char) Integer.parseInt(segment.substring(i + 1, i + 3), HEX);
                i += 2;
            }
            bytes[length++] = (byte) c;
        }
        try {
            // A decoder of its own refuses what is malformed, where a string's constructor replaces it.
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** What comes before a query. */
    static String withoutQuery(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }
}
