package dev.sandjar.internal.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sandjar.internal.kernel.Kernel;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class FrameTest {
    private static final Frame FRAME = new Frame(Frame.START, Frame.BODY_IN_MEMFD, 0x1122334455667788L, 0x00010203, 4);

    private static byte[] bytes(Frame frame) {
        ByteBuffer out = ByteBuffer.allocate(Frame.SIZE);
        frame.write(out);
        return out.array();
    }

    @Test
    void isWhatWireHSays() {
        byte[] expected =
                HexFormat.of().parseHex("53534a31" + "0400" + "0100" + "8877665544332211" + "03020100" + "04000000");
        assertArrayEquals(expected, bytes(FRAME));
        assertEquals(FRAME, Frame.read(new WireReader(expected, 0, expected.length)));
    }

    @Test
    void refusesAnotherMagicAndTooLittle() {
        byte[] bytes = bytes(FRAME);
        assertThrows(ProtocolException.class, () -> Frame.read(new WireReader(bytes, 0, Frame.SIZE - 1)));
        bytes[0]++;
        assertThrows(ProtocolException.class, () -> Frame.read(new WireReader(bytes, 0, bytes.length)));
    }

    private static void check(Frame frame, int length, boolean truncated, int... fds) {
        frame.check(new Kernel.Received(length, new byte[length], fds, truncated));
    }

    @Test
    void hasToDescribeWhatCame() {
        Frame started = new Frame(Frame.STARTED, 0, 1, 40, 1);
        assertDoesNotThrow(() -> check(started, 64, false, 7));
        assertThrows(ProtocolException.class, () -> check(started, 63, false, 7));
        assertThrows(ProtocolException.class, () -> check(started, 64, true, 7));
        assertThrows(ProtocolException.class, () -> check(started, 64, false));
        assertThrows(ProtocolException.class, () -> check(started, 64, false, 7, 8));
        Frame inMemfd = new Frame(Frame.STARTED, Frame.BODY_IN_MEMFD, 1, 0, 1);
        assertThrows(ProtocolException.class, () -> check(inMemfd, 24, false, 7));
        assertThrows(ProtocolException.class, () -> check(new Frame(Frame.STARTED, 0, 1, 0, 2), 24, false, 7, 8));
        assertThrows(ProtocolException.class, () -> check(new Frame(Frame.EXITED, 0, 1, 0, 1), 24, false, 7));
    }
}
