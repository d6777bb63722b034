package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Isolation;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import org.junit.jupiter.api.Test;

/** User namespaces within the sandbox's own. */
@KernelTest
@NeedsHost(Feature.USERNS)
class NestedUserIT {
    private static final int ENOSPC = 28;
    private static final String UNSHARE =
            "import ctypes; c=ctypes.CDLL(None, use_errno=True); print(c.unshare(0x10000000), ctypes.get_errno())";

    @Test
    @NeedsHost(Feature.PYTHON)
    void areRefusedWithNoSpace() throws Exception {
        // The filter of untrusted() would refuse the call before the kernel looks for room.
        SandboxBuilder unfiltered = Sandbox.untrusted().seccomp(SeccompProfile.none());
        assertEquals("-1 " + ENOSPC, Guest.python(unfiltered.build(), UNSHARE));
        assertEquals(
                "0 0",
                Guest.python(
                        unfiltered.without(Isolation.NO_NESTED_USER_NAMESPACES).build(), UNSHARE));
        assertEquals("-1 1", Guest.python(Sandbox.untrusted().build(), UNSHARE));
    }

    /** They count for whoever has made the sandbox too, who could make none any more. */
    @Test
    @NeedsHost({Feature.PYTHON, Feature.CGROUP_PIDS})
    void thereAreNotMoreThanAreNeeded() throws Exception {
        String many =
                """
                import ctypes, os, signal
                c = ctypes.CDLL(None, use_errno=True)
                made, children = 0, []
                for i in range(300):
                    r, w = os.pipe()
                    pid = os.fork()
                    if pid == 0:
                        os.write(w, b'1' if c.unshare(0x10000000) == 0 else b'0')
                        signal.pause()
                    children.append(pid)
                    made += os.read(r, 1) == b'1'
                    os.close(r)
                    os.close(w)
                print(made)
                for pid in children: os.kill(pid, 9)
                """;
        SandboxBuilder bounded = Sandbox.untrusted()
                .seccomp(SeccompProfile.none())
                .pidsLimit(600)
                .without(Isolation.NO_NESTED_USER_NAMESPACES);
        assertEquals("256", Guest.python(bounded.build(), many));
        assertEquals("300", Guest.python(Sandbox.builder().userNamespace().build(), many));
    }

    @Test
    void programsSeeTheError() throws Exception {
        Sandbox strict = Sandbox.builder()
                .userNamespace()
                .namespaces(n -> n.noNestedUserNamespaces())
                .build();
        RunResult refused = Guest.trySh(strict, "unshare -U true");
        assertNotEquals(0, refused.exitValue());
        assertTrue(refused.stderr().contains("No space left"), refused.stderr());
        Sandbox plain = Sandbox.builder().userNamespace().build();
        assertEquals("inside", Guest.sh(plain, "unshare -U echo inside"));
    }

    @Test
    void theLimitCantBeRaised() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        assertEquals("0", Guest.sh(sandbox, "cat /proc/sys/user/max_user_namespaces"));
        assertEquals(
                "denied",
                Guest.sh(sandbox, "(echo 9 > /proc/sys/user/max_user_namespaces) 2>/dev/null || echo denied"));
    }
}
