package dev.sandjar.internal.launcher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Fds;
import dev.sandjar.internal.kernel.ForwardingKernel;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.WireReader;
import dev.sandjar.internal.util.Errno;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SenderTest {
    /** Fails the next sends with these, then passes them on. */
    private final Deque<Errno> failures = new ArrayDeque<>();

    private final Kernel kernel = new ForwardingKernel() {
        @Override
        public int send(int socket, byte[] datagram, int length, int[] fds) {
            Errno failure = failures.poll();
            return failure == null ? super.send(socket, datagram, length, fds) : -failure.number();
        }
    };
    private final Set<String> before = Fds.open();
    private final int[] pair = new int[2];
    private final Sender sender;

    SenderTest() {
        assertEquals(0, kernel.socketPair(pair));
        sender = new Sender(kernel, pair[0]);
    }

    @AfterEach
    void nothingStaysOpen() {
        sender.close();
        kernel.close(pair[1]);
        Fds.assertNoneBeyond(before);
    }

    private static byte[] body(int size) {
        byte[] body = new byte[size];
        for (int i = 0; i < size; i++) {
            body[i] = (byte) (i * 31);
        }
        return body;
    }

    private Frame frame(Kernel.Received received) {
        return Frame.read(new WireReader(received.data(), 0, Frame.SIZE));
    }

    @Test
    void smallBodiesTravelInTheDatagram() throws SandboxException {
        byte[] body = body(Frame.INLINE_MAX);
        sender.send(Frame.START, 7, body, pair[1]);
        Kernel.Received received = kernel.receive(pair[1]);
        assertEquals(new Frame(Frame.START, 0, 7, body.length, 1), frame(received));
        assertArrayEquals(body, java.util.Arrays.copyOfRange(received.data(), Frame.SIZE, received.data().length));
        assertEquals(1, received.fds().length);
        kernel.close(received.fds()[0]);
    }

    private void assertInMemfd(byte[] body, Kernel.Received received, int fds) {
        assertEquals(Frame.SIZE, received.length());
        assertEquals(new Frame(Frame.START, Frame.BODY_IN_MEMFD, 7, body.length, fds), frame(received));
        byte[] read = new byte[body.length + 1];
        int done = 0;
        // The descriptor shares its position with the writer's.
        try (java.io.RandomAccessFile file = new java.io.RandomAccessFile("/proc/self/fd/" + received.fds()[0], "r")) {
            done = file.read(read);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
        assertArrayEquals(body, java.util.Arrays.copyOf(read, done));
        for (int fd : received.fds()) {
            kernel.close(fd);
        }
    }

    @Test
    void largeBodiesTravelInAMemfdBeforeTheOtherDescriptors() throws SandboxException {
        byte[] body = body(Frame.INLINE_MAX + 1);
        sender.send(Frame.START, 7, body, pair[1], pair[1]);
        assertInMemfd(body, kernel.receive(pair[1]), 3);
    }

    @Test
    void soDoBodiesThatTheSocketFindsTooLarge() throws SandboxException {
        failures.add(Errno.EMSGSIZE);
        byte[] body = body(30_000);
        sender.send(Frame.START, 7, body);
        assertInMemfd(body, kernel.receive(pair[1]), 1);
    }

    @Test
    void refusesWhatTheLauncherWouldRefuse() throws SandboxException {
        SandboxException e =
                assertThrows(SandboxException.class, () -> sender.send(Frame.START, 7, new byte[Frame.BODY_MAX + 1]));
        assertEquals("E2BIG", e.errnoName());
        byte[] most = body(Frame.BODY_MAX);
        sender.send(Frame.START, 7, most);
        assertInMemfd(most, kernel.receive(pair[1]), 1);
    }

    @Test
    void waitsWhileTooManyDescriptorsAreOnTheirWay() throws SandboxException {
        failures.addAll(List.of(Errno.ETOOMANYREFS, Errno.ETOOMANYREFS, Errno.ETOOMANYREFS));
        sender.send(Frame.START, 7, body(10), pair[1]);
        Kernel.Received received = kernel.receive(pair[1]);
        assertEquals(34, received.length());
        kernel.close(received.fds()[0]);
        assertTrue(failures.isEmpty());
    }

    @Test
    void aClosedInheritedStreamIsNotTheLaunchersEnd() throws SandboxException {
        // No limit allows this number, where another thread of the JVM could open one that was closed here.
        int closed = Integer.MAX_VALUE;
        SandboxException e = assertThrows(SandboxException.class, () -> sender.send(Frame.START, 7, body(10), closed));
        assertEquals("EBADF", e.errnoName());
        assertTrue(e.remedy().contains("redirect"), e.getMessage());
        sender.send(Frame.START, 8, body(10));
        assertEquals(8, frame(kernel.receive(pair[1])).id());
    }

    @Test
    void tellsTheEndOfTheLauncher() {
        kernel.close(pair[1]);
        SandboxException e = assertThrows(SandboxException.class, () -> sender.send(Frame.START, 7, body(10)));
        assertFalse(assertInstanceOf(LauncherEndedException.class, e).sent());
        sender.close();
        assertThrows(LauncherEndedException.class, () -> sender.send(Frame.START, 7, body(100_000)));
        sender.ifOpen(() -> {
            throw new AssertionError("it is closed");
        });
    }
}
