package dev.sandjar.internal.image.zstd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStream;
import dev.sandjar.image.ImageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Frames as RFC 8878 has them, and as it has not. */
class ZstdInputTest {
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    private static byte[] decoded(byte[] frames) throws IOException {
        try (ZstdInput in = ZstdInput.of(new ByteArrayInputStream(frames), "test")) {
            return in.readAllBytes();
        }
    }

    static byte[] compressed(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream zstd = new ZstdOutputStream(out).setChecksum(true)) {
            zstd.write(content);
        }
        return out.toByteArray();
    }

    private static void refused(String why, Frames frames) {
        ImageException e = assertThrows(ImageException.class, () -> decoded(frames.done()));
        assertTrue(e.getMessage().startsWith("test: ") && e.getMessage().contains(why), e.getMessage());
    }

    /** By the decoder in its words, and by who looks at headers alone in ours. */
    private static void refusedAtOnce(String why, Frames frames) {
        assertThrows(ImageException.class, () -> decoded(frames.done()));
        ImageException e = assertThrows(
                ImageException.class, () -> ZstdInput.check(new ByteArrayInputStream(frames.done()), "test"));
        assertTrue(e.getMessage().contains(why), e.getMessage());
    }

    @Test
    void framesOneAfterAnother() throws IOException {
        byte[] frames = Frames.raw()
                .skippable(new byte[70_000])
                .bytes(Frames.window(10).stored(true, HELLO).done())
                .skippable(new byte[0])
                .bytes(Frames.window(17).same(false, 3, 'x').same(true, 0, 'y').done())
                .bytes(compressed(HELLO))
                .skippable(HELLO)
                .done();
        assertEquals("helloxxxhello", new String(decoded(frames), StandardCharsets.US_ASCII));
        ZstdInput.check(new ByteArrayInputStream(frames), "test");
        assertEquals(0, decoded(new byte[0]).length);
    }

    /** What the decoder before this one refused: more than 8 MiB. */
    @Test
    void largeWindows() throws IOException {
        byte[] content = new byte[17 << 20];
        new Random(1).nextBytes(content);
        for (int log : new int[] {24, 27}) {
            for (int back : new int[] {3, (8 << 20) + 1, 1 << 24}) {
                byte[] found = decoded(Frames.window(log)
                        .stored(false, content)
                        .match(true, back)
                        .done());
                assertEquals(content.length + 3, found.length);
                assertArrayEquals(content, Arrays.copyOf(found, content.length));
                int from = content.length - back;
                assertArrayEquals(
                        Arrays.copyOfRange(content, from, from + 3),
                        Arrays.copyOfRange(found, content.length, found.length),
                        log + " " + back);
            }
        }
    }

    @Test
    void matchesOfAllDistancesOverTheEndOfTheWindow() throws IOException {
        byte[] content = new byte[5 << 19];
        new Random(2).nextBytes(content);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        Frames frames = Frames.window(20);
        for (int at = 0, i = 0; at < content.length; at += 100_000, i++) {
            byte[] part = Arrays.copyOfRange(content, at, Math.min(at + 100_000, content.length));
            frames.stored(false, part);
            expected.writeBytes(part);
            int back = 1 + Math.min(i * 37_013 % (1 << 20), expected.size() - 1);
            frames.match(false, back);
            byte[] all = expected.toByteArray();
            for (int k = 0; k < 3; k++) {
                expected.write(back > k ? all[all.length - back + k] : all[all.length - back]);
            }
        }
        byte[] whole = frames.stored(true, new byte[0]).done();
        assertArrayEquals(expected.toByteArray(), decoded(whole));
    }

    @Test
    void memoryIsBounded() {
        refusedAtOnce(
                "with a window of 256 MiB, allowed are 128", Frames.window(28).stored(true, HELLO));
        refusedAtOnce("with a window of 2048 MiB", Frames.window(31).stored(true, HELLO));
        refusedAtOnce("with a window of", Frames.window(41).stored(true, HELLO));
        // One piece, of which the header says that it has 3 GiB.
        refusedAtOnce(
                "with a window of 3072 MiB",
                Frames.raw().magic().bytes(0xa0, 0, 0, 0, 0xc0).stored(true, HELLO));
    }

    @Test
    void smallDataTakesLittleMemoryWhateverTheWindow() throws IOException {
        Frames many = Frames.raw();
        for (int i = 0; i < 2000; i++) {
            many.bytes(Frames.window(27).stored(true, HELLO).done());
        }
        assertEquals(2000 * HELLO.length, decoded(many.done()).length);
    }

    @Test
    void dictionariesAreNamed() {
        refusedAtOnce(
                "with the dictionary 7,", Frames.raw().magic().bytes(1, 0, 7).stored(true, HELLO));
    }

    @Test
    void malformedFrames() throws IOException {
        refusedAtOnce("reserved bits", Frames.raw().magic().bytes(8, 0).stored(true, HELLO));
        refusedAtOnce("unknown type", Frames.window(20).bytes(0x07, 0, 0));
        refusedAtOnce("a block is too long", Frames.window(10).stored(true, new byte[1025]));
        refusedAtOnce("cut off", Frames.window(20).stored(false, HELLO));
        refusedAtOnce("cut off", Frames.window(20).bytes(0x29, 0, 0, 'h'));
        refusedAtOnce("behind its end", Frames.window(20).stored(true, HELLO).bytes(0, 0));
        refusedAtOnce("behind its end", Frames.window(20).stored(true, HELLO).bytes(1, 2, 3, 4));
        refused("malformed", Frames.window(20).stored(false, HELLO).match(true, 6));
        refused("malformed", Frames.raw().magic().bytes(0x20, 6).stored(true, HELLO));
        refused(
                "malformed",
                Frames.raw()
                        .magic()
                        .bytes(0x60, 0, 0)
                        .stored(false, new byte[256])
                        .stored(true, HELLO));
        byte[] wrong = compressed(HELLO);
        wrong[wrong.length - 1] ^= 1;
        refused("malformed", Frames.raw().bytes(wrong));
        refused("malformed", Frames.window(20).bytes(0x0d, 0, 0, 0xff));
        refused("cut off", Frames.window(20).stored(false, HELLO));
        refused("a window of more than 128 MiB", Frames.window(28).stored(true, HELLO));
    }
}
