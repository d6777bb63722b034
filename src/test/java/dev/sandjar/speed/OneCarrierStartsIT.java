package dev.sandjar.speed;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Jvm;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** Virtual threads that all have to go over one thread of the system: who waits for an answer or a program leaves it to the others. */
@KernelTest
@NeedsHost(Feature.USERNS)
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "no virtual threads before Java 21")
class OneCarrierStartsIT {
    @TempDir
    Path directory;

    @Test
    void whoeverWaitsReleasesTheCarrier() throws Exception {
        String said = Jvm.onOneCarrier(CarrierMain.class, directory);
        for (String line : List.of("exec hello", "run hello", "read hello", "waitFor hello0")) {
            assertTrue(said.contains(line + "\n"), said);
        }
    }
}
