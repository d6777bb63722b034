package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.probe.HostReport;
import dev.sandjar.internal.probe.Outcome;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HostTableTest {
    private static final Outcome WORKS =
            new Outcome("PID namespace", Isolation.PID_NAMESPACE, true, false, "clone(CLONE_NEWPID)", "", "");

    private static Outcome missing(Isolation isolation) {
        return new Outcome(isolation.label(), isolation, false, true, "mount, EPERM", "it is off", "switch\nit on");
    }

    @Test
    void causesThatAreSharedAreToldOnce() {
        SandboxHost host = new SandboxHost(new HostReport(
                List.of(WORKS, missing(Isolation.MQUEUE), missing(Isolation.PRIVATE_PROC)),
                Map.of("kernel", "6.1"),
                false));
        assertEquals(
                """
                  ok  PID namespace              clone(CLONE_NEWPID)
                  NO  message queue file system  mount, EPERM
                  NO  private /proc              mount, EPERM

                  kernel  6.1

                message queue file system, private /proc
                  why:    it is off
                  remedy: switch
                          it on

                Sandbox.untrusted() can not start here.
                """,
                host.toString());
    }

    @Test
    void looksUpIsolations() {
        SandboxHost host = new SandboxHost(new HostReport(List.of(WORKS, missing(Isolation.MQUEUE)), Map.of(), true));
        assertTrue(host.has(Isolation.PID_NAMESPACE));
        assertEquals("it is off", host.feature(Isolation.MQUEUE).reason());
        assertThrows(IllegalStateException.class, () -> host.has(Isolation.UTS_NAMESPACE));
        assertTrue(
                host.toString().endsWith("Sandbox.untrusted() works here; 1 of the above do not.\n"), host.toString());
    }

    @Test
    void saysSoWhereNothingIsMissing() {
        SandboxHost host = new SandboxHost(new HostReport(List.of(WORKS), Map.of(), true));
        assertTrue(host.toString().endsWith("\n\nEverything works here.\n"), host.toString());
    }
}
