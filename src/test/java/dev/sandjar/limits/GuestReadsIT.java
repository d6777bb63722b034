package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is read of a program has its bounds from here, not from the program. */
@KernelTest
@NeedsHost(Feature.BOMB)
class GuestReadsIT {
    private static final long GIBIBYTES = 64;

    /** {@code PR_SET_MM_MAP}: memory that was never touched costs the program nothing. */
    @Test
    void aCommandLineOfTheSizeOfTheAddressSpace() throws Exception {
        Sandbox sandbox = Sandbox.builder()
                .env("PATH", "/usr/bin:/bin")
                .timeout(Duration.ofSeconds(60))
                .build();
        try (SandboxProcess process = sandbox.start(Bomb.command("command-line", Long.toString(GIBIBYTES << 10)))) {
            BufferedReader out = process.inputReader(StandardCharsets.US_ASCII);
            String said = out.readLine();
            assumeFalse(said.contains("prctl"), () -> "this kernel lets nobody set it: " + said);
            assertEquals(Long.toString(GIBIBYTES << 10), said);
            long shown;
            try (InputStream in = Files.newInputStream(Path.of("/proc", Long.toString(process.pid()), "cmdline"))) {
                shown = in.readNBytes(4 << 20).length;
            }
            assertTrue(shown > 1 << 20, () -> "the kernel shows only " + shown + " bytes");
            long length = process.processes().commandLine().stream()
                    .mapToLong(word -> word.length() + 1)
                    .sum();
            assertTrue(length <= (128 << 10) + 1, () -> "took " + length + " bytes");
        }
    }
}
