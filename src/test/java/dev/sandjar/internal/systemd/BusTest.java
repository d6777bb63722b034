package dev.sandjar.internal.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BusTest {
    @TempDir
    Path directory;

    /** Somebody's first start waits for it. */
    @Test
    void oneThatNeverAnswersIsGivenUpSoonAndNamed() throws Exception {
        Path socket = directory.resolve("bus");
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(socket));
            long begin = System.nanoTime();
            IOException refused =
                    assertThrows(IOException.class, () -> Bus.connect(socket, 1000, Duration.ofSeconds(60)));
            assertTrue(Duration.ofNanos(System.nanoTime() - begin).compareTo(Duration.ofSeconds(20)) < 0);
            assertEquals("the bus at " + socket + " has not answered for 2 s", refused.getMessage());
        }
    }

    /** The kernel has those wait who come when as many wait as the bus takes, and for as long as it likes. */
    @Test
    void oneThatTakesNobodyIsGivenUpSoonToo() throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("bus"));
        try (ServerSocketChannel full = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            full.bind(address, 1);
            try (SocketChannel first = SocketChannel.open(address);
                    SocketChannel second = SocketChannel.open(address)) {
                assertTrue(first.isConnected() && second.isConnected());
                IOException refused = assertTimeoutPreemptively(
                        Duration.ofSeconds(20),
                        () -> assertThrows(
                                IOException.class,
                                () -> Bus.connect(directory.resolve("bus"), 1000, Duration.ofSeconds(60))));
                assertEquals("the bus at " + address + " has not answered for 2 s", refused.getMessage());
            }
        }
    }

    @Test
    void oneThatIsNotThereIsSaidAtOnce() {
        IOException refused = assertThrows(
                IOException.class, () -> Bus.connect(directory.resolve("none"), 1000, Duration.ofSeconds(60)));
        assertFalse(refused.getMessage().contains("has not answered"), refused.getMessage());
    }
}
