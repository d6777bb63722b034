package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What members say, in a file that is no larger than it may be. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class NetworkCaptureIT {
    @TempDir
    Path directory;

    @Test
    void aFileHasABound() throws Exception {
        Path file = directory.resolve("lan.pcap");
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open();
                NetworkCapture capture = lan.capture(file, DataSize.bytes(2000));
                FaultNode a = FaultNode.start(lan.member("a"));
                FaultNode b = FaultNode.start(lan.member("b"))) {
            assertEquals("sent", b.say("burst 10.7.0.2 100 word"));
            assertTrue(b.reaches("after", a, "10.7.0.2"));
            assertTrue(Await.within(Duration.ofMinutes(1), () -> capture.packets() + capture.leftOut() >= 100));
            assertTrue(capture.isOpen());
            capture.close();
            assertFalse(capture.isOpen());
            assertTrue(capture.packets() > 5 && capture.leftOut() > 50, capture.packets() + " " + capture.leftOut());
            assertTrue(Files.size(file) <= 2000 && Files.size(file) > 1000, () -> file + "");
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            assertThrows(FileAlreadyExistsException.class, () -> lan.capture(file, DataSize.bytes(2000)));
            assertThrows(IllegalArgumentException.class, () -> lan.capture(file, DataSize.bytes(23)));
        }
    }

    @Test
    void itEndsWithTheNetwork() throws Exception {
        SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open();
        NetworkCapture capture = lan.capture(directory.resolve("lan.pcap"), DataSize.mebibytes(1));
        lan.close();
        assertFalse(capture.isOpen());
        capture.close();
        assertEquals(24, Files.size(capture.file()));
        SandboxException closed = assertThrows(
                SandboxException.class, () -> lan.capture(directory.resolve("other"), DataSize.mebibytes(1)));
        assertTrue(closed.getMessage().contains("is closed"), closed::getMessage);
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("sandjar-capture"))
                .count();
    }

    /** One that began while the network was closed would keep it. */
    @Test
    void noneIsLeftThatBeganWhileTheNetworkWasClosed() throws Exception {
        for (int i = 0; i < 100; i++) {
            SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open();
            Path file = directory.resolve("race" + i);
            CyclicBarrier both = new CyclicBarrier(2);
            CompletableFuture<Boolean> captured = CompletableFuture.supplyAsync(() -> {
                try {
                    both.await();
                    NetworkCapture capture = lan.capture(file, DataSize.mebibytes(1));
                    return capture.packets() >= 0;
                } catch (IOException e) {
                    return false; // it came too late
                } catch (InterruptedException | BrokenBarrierException e) {
                    throw new IllegalStateException(e);
                }
            });
            both.await();
            LockSupport.parkNanos(i * 20_000L);
            lan.close();
            captured.get(1, TimeUnit.MINUTES);
        }
        assertTrue(Await.within(Duration.ofMinutes(1), () -> threads() == 0), () -> threads() + " are left");
    }
}
