package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.KernelTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is scarce, or over in no time. */
@KernelTest
class LowLimitIT {
    @ParameterizedTest
    @ValueSource(ints = {256, 128})
    void startsWorkWithFewDescriptors(int limit) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process child = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n " + limit + "; exec \"$@\"",
                        "sh",
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LowLimitMain.class.getName())
                .start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String errors = new String(child.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), errors);
        assertEquals("started\n", output);
    }

    @Test
    void programsThatEndAtOnceHaveANumber() throws Exception {
        Sandbox sandbox = Sandbox.builder().build();
        for (int i = 0; i < 100; i++) {
            try (SandboxProcess process = sandbox.start("true")) {
                assertTrue(process.pid() > 0, "pid " + process.pid());
            }
        }
    }
}
