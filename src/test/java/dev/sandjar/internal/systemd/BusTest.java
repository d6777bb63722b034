package dev.sandjar.internal.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
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
}
