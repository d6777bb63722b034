package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.PreparedSandbox;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxListener;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** run(): all streams at once, whatever the program does with them. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class RunIT {
    private static final int TEN_MB = 10_000_000;
    private static final String FLOOD =
            "head -c " + TEN_MB + " /dev/zero & head -c " + TEN_MB + " /dev/zero >&2; wait; exit 4";

    @ParameterizedTest
    @EnumSource(Kind.class)
    void bothStreamsFlooded(Kind kind) throws Exception {
        RunResult result = kind.sandbox().run("sh", "-c", FLOOD);
        assertEquals(TEN_MB, result.stdoutBytes().length);
        assertEquals(TEN_MB, result.stderrBytes().length);
        assertFalse(result.stdoutTruncated());
        assertFalse(result.stderrTruncated());
        assertEquals(4, result.exitValue());
    }

    @Test
    void whatIsNotKeptIsStillRead() throws Exception {
        RunResult result = Kind.UNTRUSTED.sandbox().run(Command.of("sh", "-c", FLOOD), DataSize.kibibytes(64));
        assertEquals(65536, result.stdoutBytes().length);
        assertEquals(65536, result.stderrBytes().length);
        assertTrue(result.stdoutTruncated());
        assertTrue(result.stderrTruncated());
        assertEquals(Verdict.EXITED, result.report().verdict());
        assertEquals(4, result.exitValue());
    }

    @Test
    void exactlyTheLimitIsNotTruncated() throws Exception {
        RunResult result = Kind.PLAIN.sandbox().run(Command.of("printf", "12345678"), DataSize.bytes(8));
        assertEquals("12345678", result.stdout());
        assertFalse(result.stdoutTruncated());
        RunResult less = Kind.PLAIN.sandbox().run(Command.of("printf", "12345678"), DataSize.bytes(7));
        assertEquals("1234567", less.stdout());
        assertTrue(less.stdoutTruncated());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void inputThatNobodyReads(Kind kind) throws Exception {
        RunResult result = kind.sandbox().run(Command.of("true").input(new byte[1 << 22]));
        assertEquals(0, result.exitValue());
    }

    @Test
    void inputOfMoreThanAPipeComesBack() throws Exception {
        byte[] input = new byte[3_000_001];
        new Random(1).nextBytes(input);
        assertArrayEquals(
                input,
                Kind.UNTRUSTED.sandbox().run(Command.of("cat").input(input)).stdoutBytes());
    }

    @Test
    void withoutInputItIsAtItsEnd() throws Exception {
        assertEquals("0\n", Kind.UNTRUSTED.sandbox().run("wc", "-c").stdout());
    }

    @Test
    void mergedStreamsKeepTheirOrder() throws Exception {
        RunResult result = Kind.UNTRUSTED
                .sandbox()
                .run(Command.of("sh", "-c", "echo 1; echo 2 >&2; echo 3; echo 4 >&2")
                        .mergeStderr());
        assertEquals("1\n2\n3\n4\n", result.stdout());
        assertEquals("", result.stderr());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aDaemonThatKeepsTheStreamsHoldsUpNothing(Kind kind) throws Exception {
        RunResult result = kind.sandbox().run("sh", "-c", "(setsid sleep 1000 &); echo done");
        assertEquals("done\n", result.stdout());
        assertFalse(result.stdoutTruncated());
    }

    @Test
    void aStartThatFailsLeavesNothing() {
        Sandbox sandbox = Kind.UNTRUSTED.sandbox();
        for (String program : new String[] {"no-such-program", "/no/such/program", "/usr", "/etc/passwd"}) {
            IOException e = assertThrows(
                    IOException.class, () -> sandbox.run(Command.of(program).input(new byte[100_000])));
            assertTrue(e.getMessage().contains(program), e.getMessage());
        }
    }

    @Test
    void whoWaitsCanBeInterrupted() throws Exception {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> Kind.UNTRUSTED.sandbox().run("sleep", "1000"));
    }

    /** Its exception is all that the caller gets, so nobody else could end the program. */
    @Test
    void aListenerThatThrowsLeavesNothingRunning() throws Exception {
        AtomicReference<SandboxProcess> started = new AtomicReference<>();
        Sandbox sandbox = Sandbox.builder()
                .listener(new SandboxListener() {
                    @Override
                    public void started(Command command, SandboxProcess process) {
                        started.set(process);
                        throw new IllegalStateException("of the test");
                    }
                })
                .build();
        assertThrows(IllegalStateException.class, () -> sandbox.start("sleep", "1000"));
        assertTrue(started.get().waitFor(1, TimeUnit.MINUTES));
        assertThrows(IllegalStateException.class, () -> sandbox.run("sleep", "1000"));
        assertTrue(started.get().waitFor(1, TimeUnit.MINUTES));
    }

    /** As SandboxListener says. */
    @Test
    void aListenerIsToldOfStartsAndRunsAlone() throws Exception {
        AtomicInteger told = new AtomicInteger();
        Sandbox sandbox = Sandbox.untrusted()
                .listener(new SandboxListener() {
                    @Override
                    public void started(Command command, SandboxProcess process) {
                        told.incrementAndGet();
                    }
                })
                .build();
        try (SandboxProcess process = sandbox.start("sleep", "1000");
                SandboxProcess more = process.exec(Command.of("true"))) {
            assertTrue(more.waitFor(1, TimeUnit.MINUTES));
        }
        sandbox.run("true").orThrow();
        assertEquals(2, told.get());
        try (SandboxPool pool = sandbox.pool(1);
                PreparedSandbox prepared = sandbox.prepare()) {
            pool.run("true").orThrow();
            try (SandboxProcess process = prepared.start(Command.of("true"))) {
                assertTrue(process.waitFor(1, TimeUnit.MINUTES));
            }
        }
        assertEquals(2, told.get());
    }
}
