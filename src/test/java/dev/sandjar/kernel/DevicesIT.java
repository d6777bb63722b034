package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import org.junit.jupiter.api.Test;

/** The device nodes in /dev, which are the host's own. */
@KernelTest
class DevicesIT {
    private static final String NODES = "null zero full random urandom tty";

    /** Gives each node the mode, owner and times that it has, and prints those where that was possible: harmless, should it succeed. */
    static final String CHANGE = "cd /dev; for n in " + NODES + "; do"
            + " chmod $(stat -c %a $n) $n 2>/dev/null && echo chmod $n;"
            + " chown $(id -u) $n 2>/dev/null && echo chown $n;"
            + " touch -c -r $n $n 2>/dev/null && echo touch $n; done; true";

    /** Prints what can't be written to or read from. */
    static final String WRITE = "cd /dev; for n in null zero random urandom; do echo x > $n || echo $n; done;"
            + " for n in zero random urandom; do test $(head -c 4 $n | wc -c) = 4 || echo $n; done; test -z \"$(cat null)\";"
            + " echo x 2>/dev/null > full && echo full; true";

    /** Without a user namespace root owns them. */
    @Test
    @NeedsHost({Feature.ROOT, Feature.PROC})
    void rootCanWriteToThemAndNotChangeThem() throws Exception {
        String before = HostProgram.sh("cd /dev; stat -c '%a %u %g %Y' " + NODES);
        Sandbox sandbox = Sandbox.builder()
                .mountNamespace()
                .rootfs(RootFs.empty())
                .hostPrograms()
                .mounts(m -> m.dev())
                .build();
        assertEquals("", Guest.sh(sandbox, CHANGE));
        assertEquals("", Guest.sh(sandbox, WRITE));
        assertEquals(before, HostProgram.sh("cd /dev; stat -c '%a %u %g %Y' " + NODES));
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC})
    void aProgramInAUserNamespaceCanWriteToThemAndNotChangeThem() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        assertEquals("", Guest.sh(sandbox, CHANGE));
        assertEquals("", Guest.sh(sandbox, WRITE));
    }
}
