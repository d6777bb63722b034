package dev.sandjar.image.zstd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.sandjar.ImageException;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What an encoder of others writes comes back; what is damaged is refused, as a decoder of others refuses it, or decoded as it does. */
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
        try (ZstdInput in = new ZstdInput(new ByteArrayInputStream(ZstdInputTest.compressed(content)), "test")) {
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
    void damageIsRefused(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3_000) int size) throws IOException {
        Random random = new Random(seed);
        byte[] frames = ZstdInputTest.compressed(content(seed, size));
        // Without the checksum, which would find nearly all of it.
        frames[4] &= ~4;
        frames = Arrays.copyOf(frames, frames.length - 4);
        for (int i = 0; i <= random.nextInt(3); i++) {
            frames[4 + random.nextInt(frames.length - 4)] ^= (byte) (1 << random.nextInt(8));
        }
        byte[] ours = null;
        try (InputStream in = new ZstdInput(new ByteArrayInputStream(frames), "test")) {
            ours = in.readNBytes(1 << 22);
        } catch (ImageException e) {
            return;
        }
        byte[] theirs;
        try (InputStream in = new ZstdInputStream(new ByteArrayInputStream(frames))) {
            theirs = in.readNBytes(1 << 22);
        } catch (IOException | RuntimeException e) {
            return; // they have smaller windows
        }
        assertArrayEquals(theirs, ours);
    }
}
