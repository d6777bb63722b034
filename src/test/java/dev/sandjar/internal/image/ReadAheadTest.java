package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ReadAheadTest {
    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 131_071, 131_072, 131_073, 3_000_000})
    void allComesThroughInOrder(int count) throws IOException {
        byte[] content = bytes(count);
        try (ReadAhead in = new ReadAhead(new ByteArrayInputStream(content))) {
            assertArrayEquals(content, in.readAllBytes());
            assertEquals(-1, in.read());
            assertEquals(-1, in.read(new byte[5]));
        }
    }

    @Test
    void aFailureComesAfterWhatIsBeforeIt() throws IOException {
        IOException failure = new IOException("on purpose");
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw failure;
            }
        };
        // Whole blocks, so that none is lost with the failure.
        byte[] content = bytes(2 << 17);
        try (ReadAhead in = new ReadAhead(new SequenceInputStream(new ByteArrayInputStream(content), broken))) {
            assertArrayEquals(content, in.readNBytes(content.length));
            assertSame(failure, assertThrows(IOException.class, in::read));
            assertSame(failure, assertThrows(IOException.class, in::read));
        }
    }

    @Test
    void closingEndsAReaderThatHasMore() throws IOException {
        AtomicBoolean closed = new AtomicBoolean();
        AtomicBoolean readAfterwards = new AtomicBoolean();
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 1;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                readAfterwards.set(closed.get());
                return length;
            }

            @Override
            public void close() {
                closed.set(true);
            }
        };
        ReadAhead in = new ReadAhead(endless);
        assertEquals(0, in.read());
        in.close();
        assertTrue(closed.get());
        assertThrows(IOException.class, () -> in.readNBytes(2 << 17));
        assertEquals(false, readAfterwards.get());
    }
}
