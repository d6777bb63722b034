package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.CommandFailedException;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a sandbox is called by the host. */
@KernelTest
@NeedsHost(Feature.USERNS)
class NameIT {
    private static final String NAME = "jobs/nightly:7";

    private static final Sandbox SANDBOX =
            Sandbox.builder().env("PATH", "/usr/bin:/bin").name(NAME).warm(0).build();

    private static void isNamed(SandboxException e) {
        assertEquals(Optional.of(NAME), e.sandbox());
        assertTrue(e.getMessage().startsWith("sandbox " + NAME + ": "), e::getMessage);
    }

    @Test
    void whatFailsSaysIt() throws Exception {
        isNamed(assertThrows(SandboxException.class, () -> SANDBOX.start("/no/such/program")));
        isNamed(assertThrows(SandboxException.class, () -> SANDBOX.run("/no/such/program")));
        try (SandboxProcess process = SANDBOX.start("cat")) {
            isNamed(assertThrows(SandboxException.class, () -> process.exec(Command.of("/no/such/program"))));
            process.destroy();
            process.waitFor();
            isNamed(assertThrows(SandboxException.class, () -> process.exec(Command.of("true"))));
        }
        try (SandboxPool pool = SANDBOX.pool(1)) {
            isNamed(assertThrows(SandboxException.class, () -> pool.start("/no/such/program")));
        }
        Sandbox impossible = SANDBOX.toBuilder()
                .userNamespace()
                .mountNamespace()
                .bindReadOnly(Path.of("/no/such/directory"), "/mnt")
                .build();
        isNamed(assertThrows(SandboxException.class, () -> impossible.start("true")));
    }

    @Test
    void whatEndsBadlySaysIt() throws Exception {
        Command command = Command.of("sh", "-c", "echo reason >&2; exit 3");
        CommandFailedException e = assertThrows(
                CommandFailedException.class, () -> SANDBOX.run(command).orThrow());
        assertEquals(Optional.of(NAME), e.sandbox());
        assertTrue(e.getMessage().startsWith("sandbox " + NAME + ": "), e::getMessage);
        assertTrue(e.getMessage().endsWith("reason"), e::getMessage);
        try (SandboxPool pool = SANDBOX.pool(1)) {
            e = assertThrows(
                    CommandFailedException.class, () -> pool.run(command).orThrow());
            assertEquals(Optional.of(NAME), e.sandbox());
        }
        e = assertThrows(
                CommandFailedException.class,
                () -> Sandbox.builder().build().run("false").orThrow());
        assertEquals(Optional.empty(), e.sandbox());
        assertTrue(e.getMessage().startsWith("\"false\" ended"), e::getMessage);
    }

    @Test
    void theExplanationAndTheReportHaveIt() throws Exception {
        assertTrue(SANDBOX.explain().entries().toString().contains("name " + NAME), SANDBOX.explain()::toString);
        assertTrue(SANDBOX.run("true").report().applied().entries().toString().contains("name " + NAME));
    }

    @Test
    void withoutOneNothingIsSaid() {
        SandboxException e = assertThrows(
                SandboxException.class, () -> Sandbox.builder().build().start("/no/such/program"));
        assertEquals(Optional.empty(), e.sandbox());
        assertTrue(e.getMessage().startsWith("execute the program"), e::getMessage);
    }

    /** It is the host's own. */
    @Test
    void theSandboxDoesNotSeeIt() throws Exception {
        String seen = SANDBOX.run("sh", "-c", "env; cat /proc/self/cgroup /proc/self/mountinfo; hostname; ps aux")
                .stdout();
        assertTrue(!seen.contains("nightly"), seen);
    }
}
