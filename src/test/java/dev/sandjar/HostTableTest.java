package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.Engine.Finding;
import dev.sandjar.internal.Engine.HostFindings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HostTableTest {
    private static final Finding WORKS = new Finding(
            new SandboxHost.Feature("PID namespace", true, "clone(CLONE_NEWPID)", "", ""),
            Optional.of(Isolation.PID_NAMESPACE));

    private static Finding missing(Isolation isolation) {
        return new Finding(
                new SandboxHost.Feature(isolation.label(), false, "mount, EPERM", "it is off", "switch\nit on"),
                Optional.of(isolation));
    }

    @Test
    void causesThatAreSharedAreToldOnce() {
        SandboxHost host = new SandboxHost(new HostFindings(
                List.of(WORKS, missing(Isolation.MQUEUE), missing(Isolation.PRIVATE_PROC)),
                Map.of("kernel", "6.1"),
                false,
                Tier.NONE));
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
    void whereNothingIsThereForOneReasonThatIsTold() {
        SandboxHost host = new SandboxHost(new HostFindings(
                List.of(
                        new Finding(
                                new SandboxHost.Feature("Linux", false, "", "it is off", "switch\nit on"),
                                Optional.empty()),
                        missing(Isolation.MQUEUE)),
                Map.of(),
                false,
                Tier.NONE));
        assertEquals(
                """
                  NO  Linux


                Linux
                  why:    it is off
                  remedy: switch
                          it on

                Sandbox.untrusted() can not start here.
                """,
                host.toString());
        assertEquals("it is off", host.feature(Isolation.MQUEUE).reason());
    }

    @Test
    void looksUpIsolations() {
        SandboxHost host = new SandboxHost(
                new HostFindings(List.of(WORKS, missing(Isolation.MQUEUE)), Map.of(), true, Tier.NAMESPACES));
        assertTrue(host.has(Isolation.PID_NAMESPACE));
        assertEquals("it is off", host.feature(Isolation.MQUEUE).reason());
        assertThrows(IllegalStateException.class, () -> host.has(Isolation.UTS_NAMESPACE));
        assertTrue(
                host.toString().endsWith("Sandbox.untrusted() works here; 1 of the above do not.\n"), host.toString());
    }

    @Test
    void saysSoWhereNothingIsMissing() {
        SandboxHost host = new SandboxHost(new HostFindings(List.of(WORKS), Map.of(), true, Tier.NAMESPACES));
        assertTrue(host.toString().endsWith("\n\nEverything works here.\n"), host.toString());
    }
}
