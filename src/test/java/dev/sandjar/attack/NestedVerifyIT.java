package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.testing.ReadableClassPath;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The attacks in a sandbox that a program in another sandbox has made. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class NestedVerifyIT {
    @TempDir
    Path directory;

    @Test
    void theInnerOneHoldsToo() throws Exception {
        Sandbox outer = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .mountNamespace()
                .ipcNamespace()
                .mounts(m -> m.proc())
                .user(1000, 1000)
                .env("PATH", "/usr/bin:/bin")
                .env("HOME", "/tmp")
                .build();
        RunResult result = outer.run(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                ReadableClassPath.copyTo(directory),
                "dev.sandjar.Main",
                "verify");
        assertTrue(result.stdout().contains(", 0 exposed, "), result.stdout() + result.stderr());
        assertTrue(result.stdout().contains(", 0 not attempted"), result.stdout() + result.stderr());
        assertEquals(0, result.exitValue());
    }
}
