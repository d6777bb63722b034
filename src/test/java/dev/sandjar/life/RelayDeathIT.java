package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A relay that is killed, as the kernel does it for want of memory, while its sandbox goes on. */
@KernelTest
@NeedsHost(Feature.USERNS)
class RelayDeathIT {
    @Test
    void whoListensAndTheLogAreTold() throws Exception {
        Process jvm = ChildJvm.start(RelayMain.class, List.of());
        try {
            CompletableFuture<String> output = ChildJvm.output(jvm);
            assertTrue(jvm.waitFor(120, TimeUnit.SECONDS), "it goes on and on");
            String said = output.get(20, TimeUnit.SECONDS);
            assertEquals(0, jvm.exitValue(), said);
            for (String line : List.of(
                    "relays: 1",
                    "server: -1",
                    "client: over",
                    "alive: true",
                    "BROKEN: the relay has ended: killed by SIGKILL",
                    "more events: 0")) {
                assertTrue(said.contains(line + "\n"), said);
            }
            assertTrue(
                    said.matches(
                            "(?s).*WARN [^\n]*The relay \\d+ of sandbox client has ended \\(killed by SIGKILL\\).*"),
                    said);
        } finally {
            jvm.destroyForcibly();
        }
    }
}
