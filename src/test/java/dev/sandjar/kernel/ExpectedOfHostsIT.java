package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Command;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    /** Processors, nodes of memory and huge pages, and nothing about devices; not to be changed by whoever the program is. */
    @Test
    void theMachineCanBeAskedAbout() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().user(0, 0).build();
        for (String file : List.of(
                "/sys/devices/system/cpu/online",
                "/sys/devices/system/node/online",
                "/sys/kernel/mm/transparent_hugepage/enabled")) {
            if (Files.exists(Path.of(file))) {
                assertEquals(Files.readString(Path.of(file)).strip(), Guest.sh(sandbox, "cat " + file));
            } else {
                System.out.println("ExpectedOfHostsIT: this kernel has no " + file);
            }
        }
        assertEquals("", Guest.sh(sandbox, "ls /sys | grep -vx -e devices -e kernel -e fs || true"));
        assertEquals("system", Guest.sh(sandbox, "ls /sys/devices"));
        assertEquals("mm", Guest.sh(sandbox, "ls /sys/kernel"));
        // From inside such a mount nothing above it is reached, by whatever name.
        assertEquals(
                "",
                Guest.sh(
                        sandbox,
                        "cd /sys/devices/system/cpu && ls .. ../.. | grep -e block -e pci -e virtual || true"));
        assertEquals(
                "",
                Guest.sh(
                        sandbox,
                        "find /sys -path /sys/fs -prune -o -type l -exec sh -c 'for l; do test -e $l/vendor -o -e $l/size &&"
                                + " echo $l; done' sh {} + ; find /sys -name '*pci*' -o -name block -o -name net"));
        String change = "for f; do (echo 0 > $f) 2>&1 | grep -o 'Read-only file system'; done | sort -u";
        assertEquals("Read-only file system", Guest.sh(sandbox, change, "/sys/kernel/mm/transparent_hugepage/enabled"));
        assertEquals("0", Guest.sh(sandbox, "lscpu >/dev/null; echo $?"));
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void aProgramMayAskWhereItsMemoryLies() throws Exception {
        String program = "import ctypes, platform; libc = ctypes.CDLL(None);"
                + " print(libc.syscall(239 if platform.machine() == 'x86_64' else 236, None, None, 0, None, 0))";
        assertEquals("0", Guest.python(Sandbox.untrusted().build(), program));
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
