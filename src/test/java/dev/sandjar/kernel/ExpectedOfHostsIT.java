package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Command;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import org.junit.jupiter.api.Test;

/** What programs expect of any Linux and find in the presets. */
@KernelTest
@NeedsHost(Feature.USERNS)
class ExpectedOfHostsIT {
    private static final String NAMES = "echo $USER $LOGNAME $(id -un)";

    @Test
    void theUserHasItsNameInTheEnvironment() throws Exception {
        assertEquals("sandbox sandbox sandbox", Guest.sh(Sandbox.untrusted().build(), NAMES));
        assertEquals(
                "sandbox sandbox sandbox",
                Guest.sh(Sandbox.hermetic().hostPrograms().build(), NAMES));
        assertEquals("root root root", Guest.sh(Sandbox.untrusted().user(0, 0).build(), NAMES));
        assertEquals(
                "ann sandbox sandbox",
                Guest.sh(Sandbox.untrusted().env("USER", "ann").build(), NAMES));
        assertEquals(
                "bob sandbox\n",
                Sandbox.untrusted()
                        .build()
                        .run(Command.of("sh", "-c", NAMES).env("USER", "bob").env("LOGNAME", ""))
                        .stdout());
    }

    /** Whose accounts are not known, or who asked for nothing, gets none. */
    @Test
    void noNameIsGuessed() throws Exception {
        assertEquals(
                "",
                Guest.sh(
                        Sandbox.untrusted()
                                .file("/etc/passwd", "ann:x:1000:1000::/:/bin/sh\n")
                                .build(),
                        "echo $USER"));
        assertEquals(
                "",
                Guest.sh(
                        Sandbox.builder()
                                .userNamespace()
                                .user(1000, 1000)
                                .rootfs(RootFs.hostReadOnly())
                                .env("PATH", "/usr/bin:/bin")
                                .build(),
                        "echo $USER$LOGNAME$TERM"));
    }

    @Test
    void addressesOfMemoryNeedNotBeRandom() throws Exception {
        String stacks = "for i in 1 2 3 4; do grep -m1 stack /proc/self/maps; done | cut -d- -f1 | sort -u | wc -l";
        Sandbox sandbox = Sandbox.untrusted().build();
        assertEquals("4", Guest.sh(sandbox, stacks));
        assertEquals("1", Guest.sh(sandbox, "setarch -R sh -c \"$1\"", stacks));
        assertEquals("refused", Guest.sh(sandbox, "setarch -X true 2>/dev/null || echo refused"));
    }
}
