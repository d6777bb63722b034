package dev.sandjar.internal.image.zstd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.image.ImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What was written comes back; what is damaged is refused, and by nothing but an ImageException. */
class ZstdProps {
    /** Text-like, with repetitions near and far. */
    private static byte[] content(long seed, int size) {
        Random random = new Random(seed);
        byte[] bytes = new byte[size];
        int letters = 1 + random.nextInt(200);
        for (int at = 0; at < size; ) {
            int n = Math.min(size - at, 1 + random.nextInt(1 + random.nextInt(400)));
            if (at > 0 && random.nextBoolean()) {
                int from = random.nextInt(at);
                for (int i = 0; i < n; i++) {
                    bytes[at + i] = bytes[from + i];
                }
            } else {
                for (int i = 0; i < n; i++) {
                    bytes[at + i] = (byte) (random.nextInt(letters) * random.nextInt(2));
                }
            }
            at += n;
        }
        return bytes;
    }

    @Property(tries = 200)
    void roundTrip(
            @ForAll long seed,
            @ForAll @IntRange(max = 400_000) int size,
            @ForAll @IntRange(min = 1, max = 9_000) int piece)
            throws IOException {
        byte[] content = content(seed, size);
        byte[] found = new byte[size + 1];
        int at = 0;
        try (ZstdInput in = ZstdInput.of(new ByteArrayInputStream(ZstdInputTest.compressed(content)), "test")) {
            for (int n = 0; n >= 0; at += n) {
                n = in.read(found, at, Math.min(piece, found.length - at));
                if (n < 0) {
                    break;
                }
            }
        }
        assertArrayEquals(content, Arrays.copyOf(found, at));
    }

    @Property(tries = 2000)
    void damageIsNothingElse(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3_000) int size) throws IOException {
        Random random = new Random(seed);
        byte[] frames = ZstdInputTest.compressed(content(seed, size));
        // Without the checksum, which would find nearly all of it.
        frames[4] &= ~4;
        frames = Arrays.copyOf(frames, frames.length - 4);
        for (int i = 0; i <= random.nextInt(3); i++) {
            frames[4 + random.nextInt(frames.length - 4)] ^= (byte) (1 << random.nextInt(8));
        }
        try (InputStream in = ZstdInput.of(new ByteArrayInputStream(frames), "test")) {
            in.readNBytes(1 << 22);
        } catch (ImageException e) {
            assertTrue(
                    e.getMessage().startsWith("test: its zstd data is ")
                            || e.getMessage().contains("window"),
                    e.getMessage());
        }
    }
}
