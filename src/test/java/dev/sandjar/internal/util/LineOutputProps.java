package dev.sandjar.internal.util;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class LineOutputProps {
    private static List<String> lines(byte[] bytes, int piece) {
        List<String> lines = new ArrayList<>();
        try (LineOutput output = new LineOutput(line -> lines.add(new String(line, StandardCharsets.UTF_8)))) {
            for (int at = 0; at < bytes.length; at += piece) {
                output.write(bytes, at, Math.min(piece, bytes.length - at));
            }
        }
        return lines;
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars("ab\r\n\u00e9\u20ac").ofMaxLength(30);
    }

    @Property
    void linesAreThoseOfAReaderHoweverTheBytesCome(
            @ForAll("texts") String text, @ForAll @IntRange(min = 1, max = 8) int piece) {
        List<String> expected =
                new BufferedReader(new StringReader(text)).lines().collect(Collectors.toList());
        assertEquals(expected, lines(text.getBytes(StandardCharsets.UTF_8), piece));
    }

    /** Cut between characters, and never without a bound. */
    @Example
    void longLinesComeInPieces() {
        byte[] euros = "\u20ac".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        List<String> pieces = lines(euros, 1000);
        assertEquals("\u20ac".repeat(100_000), String.join("", pieces));
        assertEquals(5, pieces.size());
        byte[] broken = new byte[1_000_000];
        java.util.Arrays.fill(broken, (byte) 0x80);
        List<byte[]> raw = new ArrayList<>();
        try (LineOutput output = new LineOutput(raw::add)) {
            output.write(broken, 0, broken.length);
        }
        assertTrue(raw.stream().allMatch(line -> line.length <= LineOutput.LONGEST + 3));
        assertEquals(broken.length, raw.stream().mapToInt(line -> line.length).sum());
    }
}
