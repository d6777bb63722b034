package dev.sandjar.internal.launcher;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where launchers lie in their memory; no leak check, because one is killed and the next comes with another socket. */
@Tag("linux")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LauncherAddressIT {
    @Test
    @NeedsHost({Feature.HARDENED, Feature.RANDOM_ADDRESSES})
    void eachLauncherLiesElsewhere() throws Exception {
        String first = address(Launcher.get().pid());
        ProcessHandle launcher = ProcessHandle.of(Launcher.get().pid()).orElseThrow();
        launcher.destroyForcibly();
        launcher.onExit().get(10, TimeUnit.SECONDS);
        Launcher next = Launcher.get();
        while (next.pid() == launcher.pid()) {
            Thread.onSpinWait();
            next = Launcher.get();
        }
        assertNotEquals(first, address(next.pid()));
    }

    private static String address(long pid) throws Exception {
        // What a sanitizer has for itself lies below it, always at the same place.
        String first = Files.readAllLines(Path.of("/proc/" + pid + "/maps")).stream()
                .filter(line -> line.contains("sandjar-launcher"))
                .findFirst()
                .orElseThrow();
        return first.substring(0, first.indexOf('-'));
    }
}
