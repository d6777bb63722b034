package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.ExitReport;
import dev.sandjar.Rlimit;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a program ended, told apart where a shell's 128 + n can't. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class VerdictIT {
    private static ExitReport end(Sandbox sandbox, String script) throws Exception {
        return sandbox.run("sh", "-c", script).report();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void exited(Kind kind) throws Exception {
        for (int code : new int[] {0, 1, 127, 137, 143, 255}) {
            ExitReport report = end(kind.sandbox(), "exit " + code);
            assertEquals(Verdict.EXITED, report.verdict());
            assertEquals(OptionalInt.of(code), report.exitCode());
            assertEquals(OptionalInt.empty(), report.signalNumber());
            assertEquals(code, report.exitValue());
            assertEquals(code == 0, report.isSuccess());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "WITHOUT_INIT", mode = EnumSource.Mode.EXCLUDE)
    void signaled(Kind kind) throws Exception {
        for (Signal signal : new Signal[] {Signal.KILL, Signal.TERM, Signal.SEGV, Signal.USR1}) {
            ExitReport report = end(kind.sandbox(), "kill -" + signal.number() + " $$; exit 1");
            assertEquals(Verdict.SIGNALED, report.verdict());
            assertEquals(Optional.of(signal), report.signal());
            assertEquals(OptionalInt.empty(), report.exitCode());
            assertEquals(128 + signal.number(), report.exitValue());
            assertFalse(report.coreDumped());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aSignalThatWeSentIsNoDestruction(Kind kind) throws Exception {
        try (SandboxProcess process = kind.sandbox().start("sleep", "1000")) {
            process.signal(Signal.KILL);
            assertEquals(Verdict.SIGNALED, process.waitForReport().verdict());
            assertEquals(Optional.of(Signal.KILL), process.waitForReport().signal());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void destroyed(Kind kind) throws Exception {
        try (SandboxProcess process = kind.sandbox().start("sleep", "1000")) {
            process.destroy();
            ExitReport report = process.waitForReport();
            assertEquals(Verdict.DESTROYED, report.verdict());
            assertEquals(137, process.exitValue());
        }
    }

    @Test
    void coreDumped(@TempDir Path directory) throws Exception {
        String pattern =
                Files.readString(Path.of("/proc/sys/kernel/core_pattern")).strip();
        assumeTrue(pattern.matches("[^|/]+"), "cores don't stay in the directory: " + pattern);
        String hard = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max core file size"))
                .findAny()
                .orElse("");
        assumeTrue(hard.contains("unlimited"), "cores are limited: " + hard);
        Sandbox sandbox = Sandbox.builder()
                .process(p -> p.coreDumps(true).rlimit(Rlimit.CORE, Rlimit.UNLIMITED))
                .env("PATH", "/usr/bin:/bin")
                .workingDirectory(directory.toString())
                .build();
        ExitReport report = end(sandbox, "kill -ABRT $$");
        assertEquals(Verdict.SIGNALED, report.verdict());
        assertTrue(report.coreDumped(), report.toString());
    }
}
