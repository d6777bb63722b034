package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What servers ask for, in the forms that they write, and in those that cost. */
class ChallengeTest {
    private static Map<String, String> parameters(String text) {
        return Challenge.of(List.of("Bearer " + text)).parameters();
    }

    @Test
    void parametersAreTokensOrQuoted() {
        Challenge challenge =
                Challenge.of(List.of("Bearer realm=\"https://a/t\",Service = reg.io , scope=\"a,b=c\", x=\"\""));
        assertEquals("bearer", challenge.scheme());
        assertEquals(
                Map.of("realm", "https://a/t", "service", "reg.io", "scope", "a,b=c", "x", ""), challenge.parameters());
    }

    @Test
    void theFirstOfANameCounts() {
        assertEquals(Map.of("a", "1"), parameters("a=1,A=2"));
    }

    @Test
    void whatIsNoParameterIsPassedOver() {
        assertEquals(Map.of("b", "2"), parameters("a, =1, a=\"x, b=2"));
        assertEquals(Map.of(), parameters("a="));
        assertEquals(Map.of(), parameters("a=,"));
        assertEquals(Map.of("a", "=", "c", "3"), parameters("a==,c=3"));
        assertEquals(Map.of("a", "b=c"), parameters("a=b=c"));
        assertEquals(Map.of("d", "1", "e", "2"), parameters("d=\"1\"e=2"));
    }

    @Test
    void bearerGoesBeforeBasic() {
        assertEquals(
                "bearer",
                Challenge.of(List.of("Basic realm=x", "Negotiate", "Bearer realm=y", "Basic realm=z"))
                        .scheme());
        assertEquals(
                "basic", Challenge.of(List.of("Digest a=b", "Basic realm=x")).scheme());
        assertEquals("", Challenge.of(List.of("Negotiate")).scheme());
    }

    /** As many looks at characters as there are characters, times a constant, whatever they are. */
    @Test
    void hostileOnesCostNoMoreThanTheirLength() {
        int length = 4000;
        for (String piece :
                List.of("a", "a ", "a=", "a=\"", "\"", "=", " ", "a=b ", "a=\"b", "-", ",", "a\t=", "\u00e9")) {
            Counted text = new Counted(piece.repeat(length / piece.length()));
            Challenge.parameters(text);
            assertTrue(text.looks <= 8L * length, piece + ": " + text.looks + " looks");
        }
    }

    /** Counts who looks at it. */
    private static final class Counted implements CharSequence {
        private final String text;
        private long looks;

        Counted(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            looks++;
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            looks += end - start;
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
