package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM that is killed while it shares ports, and somebody is connected. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class PortsDeathIT {
    private static final int MILLIS = 20_000;

    @Test
    void nothingIsLeftOfPortsAndConnections(@TempDir Path directory) throws Exception {
        Path published = directory.toRealPath().resolve("published");
        Process jvm = ChildJvm.start(PortsMain.class, List.of(), published.toString());
        try (BufferedReader out = new BufferedReader(new InputStreamReader(jvm.getInputStream()));
                Socket client = new Socket()) {
            List<Long> numbers = new ArrayList<>();
            for (String word : String.valueOf(out.readLine()).split(" ")) {
                numbers.add(Long.parseLong(word));
            }
            InetSocketAddress port =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), Math.toIntExact(numbers.remove(0)));
            client.setSoTimeout(MILLIS);
            client.connect(port, MILLIS);
            client.getOutputStream().write('x');
            assertEquals('x', client.getInputStream().read());
            assertTrue(Files.exists(published));
            assertTrue(numbers.size() >= 3, "launcher, relay and program: " + numbers);
            assertTrue(
                    Gone.living(numbers).size() >= 3,
                    "some of what was there then may have been there for a moment only");
            assertTrue(jvm.destroyForcibly().waitFor(20, TimeUnit.SECONDS));
            assertThrows(IOException.class, () -> {
                if (client.getInputStream().read() < 0) {
                    throw new IOException("ended");
                }
            });
            assertTrue(
                    Await.within(
                            Duration.ofSeconds(20), () -> Gone.living(numbers).isEmpty()),
                    () -> "left: " + Gone.living(numbers));
            assertThrows(ConnectException.class, () -> {
                try (Socket again = new Socket()) {
                    again.connect(port, MILLIS);
                }
            });
            assertFalse(Files.exists(published), "the socket that was published");
        } finally {
            jvm.destroyForcibly();
        }
    }
}
