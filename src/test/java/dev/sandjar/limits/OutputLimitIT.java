package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.CommandFailedException;
import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Needs no cgroup. */
@KernelTest
@NeedsHost(Feature.BOMB)
class OutputLimitIT {
    private static final int BYTES = 300_001;
    private static final DataSize LIMIT = DataSize.bytes(BYTES);
    private static final Sandbox SANDBOX = Sandbox.builder()
            .env("PATH", "/usr/bin:/bin")
            .outputLimit(LIMIT)
            .timeout(Duration.ofSeconds(20))
            .build();

    @ParameterizedTest
    @CsvSource({"0", "1", "100", "70000"})
    void exactlyTheLimitIsFineAndOneMoreIsNot(int bytes) throws Exception {
        Sandbox sandbox = SANDBOX.toBuilder().outputLimit(DataSize.bytes(bytes)).build();
        String script = "head -c \"$0\" /dev/zero; exit 7";
        RunResult result = sandbox.run("sh", "-c", script, Integer.toString(bytes));
        assertEquals(Verdict.EXITED, result.report().verdict());
        assertEquals(7, result.exitValue());
        assertEquals(bytes, result.stdoutBytes().length);
        result = sandbox.run("sh", "-c", script, Integer.toString(bytes + 1));
        assertEquals(Verdict.OUTPUT_LIMIT_EXCEEDED, result.report().verdict());
        assertEquals(bytes, result.stdoutBytes().length);
    }

    @Test
    void aSlowReaderGetsTheSame() throws Exception {
        try (SandboxProcess process = SANDBOX.start(Bomb.command("flood", "-1"))) {
            InputStream in = process.getInputStream();
            int count = 0;
            while (in.read() >= 0) {
                count++;
            }
            assertEquals(BYTES, count);
            assertEquals(Verdict.OUTPUT_LIMIT_EXCEEDED, process.waitForReport().verdict());
        }
    }

    @Test
    void aFileGetsExactlyTheLimit(@TempDir Path directory) throws Exception {
        Path out = directory.resolve("out");
        Path log = Files.write(directory.resolve("log"), new byte[1000]);
        Command command = Bomb.command("flood-both", "10240")
                .stdout(Redirect.to(out.toFile()))
                .stderr(Redirect.appendTo(log.toFile()));
        try (SandboxProcess process = SANDBOX.start(command)) {
            assertEquals(Verdict.OUTPUT_LIMIT_EXCEEDED, process.waitForReport().verdict());
            assertEquals(BYTES + 1000, Files.size(out) + Files.size(log));
        }
    }

    @Test
    void aFileIsCompleteWhenTheReportIsThere(@TempDir Path directory) throws Exception {
        Path out = directory.resolve("out");
        for (int i = 0; i < 20; i++) {
            Command command = Command.of("head", "-c", Integer.toString(BYTES), "/dev/zero")
                    .stdout(Redirect.to(out.toFile()));
            try (SandboxProcess process = SANDBOX.start(command)) {
                assertEquals(Verdict.EXITED, process.waitForReport().verdict());
                assertEquals(BYTES, Files.size(out));
            }
        }
    }

    @Test
    void mergedErrorsCountOnce() throws Exception {
        RunResult result = SANDBOX.run(Command.of("sh", "-c", "head -c 150000 /dev/zero; head -c 150001 /dev/zero >&2")
                .mergeStderr());
        assertEquals(Verdict.EXITED, result.report().verdict());
        assertEquals(BYTES, result.stdoutBytes().length);
    }

    @Test
    void aTerminalCounts() throws Exception {
        try (SandboxProcess process = SANDBOX.start(Bomb.command("flood", "-1").pty(24, 80))) {
            ByteArrayOutputStream shown = new ByteArrayOutputStream();
            process.getInputStream().transferTo(shown);
            assertEquals(BYTES, shown.size());
            assertEquals(Verdict.OUTPUT_LIMIT_EXCEEDED, process.waitForReport().verdict());
        }
    }

    @Test
    void whatNobodyReadsBlocksUntilTheTimeout() throws Exception {
        Sandbox sandbox = SANDBOX.toBuilder().timeout(Duration.ofMillis(300)).build();
        try (SandboxProcess process = sandbox.start(Bomb.command("flood", "-1"))) {
            assertEquals(Verdict.TIMED_OUT, process.waitForReport().verdict());
        }
    }

    @Test
    void graceLetsItSayGoodbye() throws Exception {
        Sandbox sandbox = SANDBOX.toBuilder()
                .outputLimit(DataSize.bytes(3))
                .bounds(b -> b.grace(Duration.ofSeconds(10)))
                .build();
        Command command = Bomb.command("polite");
        try (SandboxProcess process = sandbox.start(command)) {
            assertEquals("rea", new String(process.getInputStream().readAllBytes()));
            assertEquals(Verdict.OUTPUT_LIMIT_EXCEEDED, process.waitForReport().verdict());
            assertTrue(
                    process.waitForReport().exitCode().isPresent(),
                    process.waitForReport().toString());
        }
    }

    /** Without a limit the program meets the error itself; with one the host does, whose word has to reach the caller. */
    @Test
    void outputForAFullDiskIsNoSuccess() throws Exception {
        Command command = Command.of("echo", "important").stdout(Redirect.to(new File("/dev/full")));
        RunResult direct = SANDBOX.toBuilder().without(Limit.OUTPUT).build().run(command);
        assertEquals(1, direct.exitValue());
        assertEquals(Optional.empty(), direct.report().outputFailure());

        RunResult limited = SANDBOX.run(command);
        assertFalse(limited.report().isSuccess());
        SandboxException failure = limited.report().outputFailure().orElseThrow();
        assertEquals("ENOSPC", failure.errnoName());
        assertTrue(limited.report().toString().contains("/dev/full"), limited.report()::toString);
        assertSame(
                failure,
                assertThrows(CommandFailedException.class, limited::orThrow).getCause());
        assertTrue(SANDBOX.run("echo", "important").report().isSuccess());
    }

    @Test
    void theErrorNamesTheBoundThatEndedIt() throws Exception {
        Sandbox timed = SANDBOX.toBuilder().timeout(Duration.ofMillis(300)).build();
        assertEnding(timed.run("sleep", "60"), "(timeout 300 ms, by timeout(...))");
        Sandbox limited = SANDBOX.toBuilder().outputLimit(DataSize.kibibytes(2)).build();
        assertEnding(limited.run("yes"), "(output limit 2 KiB, by outputLimit(...))");
    }

    @Test
    @NeedsHost({Feature.BOMB, Feature.CGROUP_MEMORY})
    void theErrorNamesTheMemoryLimit() throws Exception {
        Sandbox small = SANDBOX.toBuilder().memoryLimit(DataSize.mebibytes(32)).build();
        assertEnding(small.run(Bomb.command("grow", "400")), "(memory limit 32 MiB, by memoryLimit(...))");
    }

    private static void assertEnding(RunResult result, String words) {
        String message = String.valueOf(
                assertThrows(CommandFailedException.class, result::orThrow).getMessage());
        assertTrue(message.contains(words), message);
    }
}
