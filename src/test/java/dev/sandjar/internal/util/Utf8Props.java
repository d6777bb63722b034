package dev.sandjar.internal.util;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

class Utf8Props {
    private static Optional<byte[]> strictly(String text) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] array = new byte[bytes.remaining()];
            bytes.get(array);
            return text.indexOf('\0') < 0 ? Optional.of(array) : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static Optional<byte[]> ours(String text) {
        try {
            byte[] bytes = Utf8.encode("text", text);
            assertEquals(bytes.length, Utf8.length("text", text));
            return Optional.of(bytes);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Property
    void agreesWithTheStrictEncoderOfTheJdk(@ForAll String text) {
        assertEquals(strictly(text).isPresent(), ours(text).isPresent());
        assertArrayEquals(strictly(text).orElse(null), ours(text).orElse(null));
    }

    @Property
    void agreesAboutSurrogates(@ForAll @StringLength(max = 6) @CharRange(from = '\ud7fe', to = '\ue001') String text) {
        assertEquals(strictly(text).isPresent(), ours(text).isPresent());
    }

    @Property
    void quotedTextIsOneShortPrintableLine(@ForAll String text) {
        String quoted = Printable.quote(text);
        assertTrue(quoted.codePoints().noneMatch(Character::isISOControl), quoted);
        // 80 characters at most, each of which may become an escape of six.
        assertTrue(quoted.length() <= 80 * 8 + 30, quoted);
        assertFalse(
                Printable.lines(text).codePoints().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t'));
    }
}
