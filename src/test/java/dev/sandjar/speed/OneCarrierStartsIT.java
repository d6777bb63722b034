package dev.sandjar.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Jvm;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
        Path output = directory.resolve("output");
        Process jvm = Jvm.builder(
                        CarrierMain.class,
                        List.of(
                                "-Djava.io.tmpdir=" + directory,
                                "-Djdk.virtualThreadScheduler.parallelism=1",
                                "-Djdk.virtualThreadScheduler.maxPoolSize=1"))
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(jvm.waitFor(5, TimeUnit.MINUTES), "it goes on and on");
            String said = Files.readString(output);
            for (String line : List.of("exec hello", "run hello", "read hello", "waitFor hello0")) {
                assertTrue(said.contains(line + "\n"), said);
            }
            assertEquals(0, jvm.exitValue(), said);
        } finally {
            jvm.destroyForcibly();
        }
    }
}
