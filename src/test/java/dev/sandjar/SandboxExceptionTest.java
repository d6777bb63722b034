package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class SandboxExceptionTest {
    @Test
    void saysStepCallPathErrorCauseAndRemedy() {
        SandboxException e = new SandboxException("mount /proc", "fsmount", "/proc", 1, "it is masked", "unmask it");
        assertEquals(
                "mount /proc: fsmount(/proc) failed: EPERM (Operation not permitted); it is masked; remedy: unmask it",
                e.getMessage());
        assertEquals("mount /proc", e.step());
        assertEquals(Optional.of("fsmount"), e.systemCall());
        assertEquals(Optional.of("/proc"), e.path());
        assertEquals(1, e.errno());
        assertEquals("EPERM", e.errnoName());
        assertEquals("it is masked", e.reason());
        assertEquals("unmask it", e.remedy());
    }

    @Test
    void leavesOutWhatIsNotThere() {
        assertEquals("start the launcher: it is gone", message("start the launcher", null, null, 0, "it is gone", ""));
        assertEquals(
                "fork: clone3 failed: EAGAIN (Resource temporarily unavailable)",
                message("fork", "clone3", null, 11, "", ""));
        assertEquals("step: /a/b; why", message("step", null, "/a/b", 0, "why", ""));
        assertEquals("step failed: errno 4711; remedy: none", message("step", null, null, 4711, "", "none"));
        assertEquals("step", message("step", null, null, 0, "", ""));
        assertEquals("", new SandboxException("s", null, null, 0, "", "").errnoName());
    }

    @Test
    void namesFromInsideCannotPlayWithTerminals() {
        SandboxException e = new SandboxException("bind \u001b[2J", "open", "/x\n\u001b[31m", 2, "y\u0007", "");
        assertFalse(e.getMessage().contains("\u001b") || e.getMessage().contains("\u0007"), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    @Test
    void unsupportedIsolationNamesIt() {
        UnsupportedIsolationException e = new UnsupportedIsolationException(
                Isolation.TIME_NAMESPACE,
                "time namespace",
                "unshare",
                null,
                22,
                "Linux is older than 5.6",
                "update it");
        assertEquals(Optional.of(Isolation.TIME_NAMESPACE), e.isolation());
        assertEquals("EINVAL", e.errnoName());
    }

    private static String message(String step, String call, String path, int errno, String cause, String remedy) {
        return new SandboxException(step, call, path, errno, cause, remedy).getMessage();
    }
}
