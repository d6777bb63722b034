package dev.sandjar.internal.util;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedReadsTest {
    @TempDir
    Path directory;

    /** Gives a byte at a time, and has no end. */
    private static final class Endless extends InputStream {
        private long given;

        @Override
        public int read() {
            given++;
            return 'a';
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            into[offset] = (byte) read();
            return 1;
        }
    }

    @Test
    void readsWhatIsWithinTheBound() throws Exception {
        for (int length : new int[] {0, 1, 16_383, 16_384, 16_385, 100_000}) {
            byte[] content = new byte[length];
            Arrays.fill(content, (byte) 'x');
            Path file = Files.write(directory.resolve("file"), content);
            assertArrayEquals(content, BoundedReads.bytes(file, 100_000));
            assertArrayEquals(content, BoundedReads.bytes(file, Math.max(length, 1)));
            assertArrayEquals(content, BoundedReads.beginning(file, 100_000));
        }
    }

    @Test
    void refusesWhatIsBeyond() throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[100_001]);
        IOException e = assertThrows(IOException.class, () -> BoundedReads.bytes(file, 100_000));
        assertTrue(e.getMessage().contains(file.toString()) && e.getMessage().contains("100000"), e.getMessage());
        assertEquals(100_000, BoundedReads.beginning(file, 100_000).length);
        Endless endless = new Endless();
        assertThrows(IOException.class, () -> BoundedReads.bytes(endless, 1000, "a stream"));
        assertEquals(1001, endless.given);
    }

    @Test
    void copiesUpToTheBound() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BoundedReads.copy(new ByteArrayInputStream(new byte[50_000]), out, 50_000, "a stream");
        assertEquals(50_000, out.size());
        out.reset();
        assertThrows(
                IOException.class,
                () -> BoundedReads.copy(new ByteArrayInputStream(new byte[50_001]), out, 50_000, "a stream"));
        assertEquals(50_000, out.size());
    }

    /** They have no size, and some are there for the first read only. */
    @Test
    void readsFilesOfTheKernel() throws Exception {
        List<String> lines = BoundedReads.lines(Path.of("/proc/self/status"));
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("Uid:")), lines.toString());
        assertTrue(BoundedReads.text(Path.of("/proc/sys/kernel/overflowuid")).matches("[0-9]{2,}\n"));
    }
}
