package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Capability;
import dev.sandjar.IdMapping;
import dev.sandjar.MountOption;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories that root made and gave to a user, which still have root's group. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.ROOT})
class IdmappedGroupsIT {
    private static final String LOOK = "cat /results/secret /results/theirs /results/sub/secret 2>/dev/null; true";

    @TempDir
    Path directory;

    private Path results;

    @BeforeEach
    void make() {
        results = directory.resolve("results");
        HostProgram.sh("chmod 755 " + directory + "; mkdir -m 770 " + results + "; cd " + results
                + "; mkdir -m 770 sub set; for f in secret sub/secret theirs; do echo root > $f; chmod 660 $f; done"
                + "; chown 1234 theirs; echo own > own; chown 65534 . own sub set; chmod 600 own; chmod 2770 set");
        assertEquals("65534:0 770", HostProgram.sh("stat -c '%u:%g %a' " + results));
    }

    private SandboxBuilder bound(MountOption option) {
        return Sandbox.untrusted().bind(results, "/results", option);
    }

    private String onHost(String name) {
        return HostProgram.sh("stat -c %u:%g " + results + "/" + name);
    }

    @Test
    void whatRootsGroupMayReadStaysClosed() throws Exception {
        Sandbox named = bound(MountOption.IDMAPPED_ROOT).build();
        assertEquals("root\nroot\nroot", Guest.sh(named, LOOK), "the attack works where root's group is given away");
        Sandbox sandbox = bound(MountOption.IDMAPPED).build();
        assertEquals("own", Guest.sh(sandbox, LOOK + "; cat /results/own"));
        assertTrue(
                sandbox.explain().entries().stream()
                        .anyMatch(entry -> entry.toString().contains("root's group is not the program's")),
                sandbox.explain().entries().toString());
        Sandbox reading = Sandbox.untrusted()
                .bindReadOnly(results, "/results", MountOption.IDMAPPED)
                .build();
        assertEquals("own", Guest.sh(reading, LOOK + "; cat /results/own"));
        for (long gid : List.of(0L, 65534L)) {
            Sandbox other = sandbox.toBuilder().user(0, gid, 65533, 5).build();
            assertEquals("own", Guest.sh(other, LOOK + "; cat /results/own"));
        }
        Sandbox alone =
                bound(MountOption.IDMAPPED).userNamespace(IdMapping.alone()).build();
        assertEquals("own", Guest.sh(alone, LOOK + "; cat /results/own; echo x > /results/alone"));
        assertEquals("65534:65534", onHost("alone"));
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void noGroupThatTheProgramCanTakeIsRoots() throws Exception {
        Sandbox groups = bound(MountOption.IDMAPPED)
                .keepCapabilities(Capability.SETGID, Capability.SETUID)
                .seccomp(SeccompProfile.none())
                .build();
        assertEquals(
                "own",
                Guest.python(
                        groups,
                        """
                        import os
                        for gid in (0, 1000, 65532, 65533, 65534):
                            os.setgroups([gid])
                            os.setgid(gid)
                            for name in ('secret', 'theirs', 'sub/secret'):
                                try:
                                    print(open('/results/' + name).read())
                                except PermissionError:
                                    pass
                        print(open('/results/own').read())
                        """));
    }

    @Test
    void whatTheProgramMakesHasTheGroupOfTheOwnersAccount() throws Exception {
        Sandbox sandbox = bound(MountOption.IDMAPPED).build();
        assertEquals(
                "1000:1000 1000:1000",
                Guest.sh(
                        sandbox,
                        "cd /results; echo x > new; mkdir -p made/deep; echo x > made/deep/file; echo x > sub/new; echo x > set/new;"
                                + " ln -s new link; ln own other; mkfifo pipe; echo more >> own; mv new moved; chmod 711 sub;"
                                + " echo $(stat -c %u:%g moved made/deep/file)"));
        String login = HostProgram.sh("awk -F: '$3 == 65534 {print $4; exit}' /etc/passwd");
        String group = "65534:" + (login.isEmpty() ? "65534" : login);
        for (String name : List.of("moved", "made", "made/deep", "made/deep/file", "sub/new", "link", "pipe")) {
            assertEquals(group, onHost(name), name);
        }
        assertEquals("65534:0", onHost("set/new"), "as a set-group-ID directory has it");
        assertEquals("65534:0", onHost("own"));
        assertEquals("65534:0 711", HostProgram.sh("stat -c '%u:%g %a' " + results + "/sub"));
    }

    @Test
    void anOwnerWithoutAnAccountMakesFilesOfNobodysGroup() throws Exception {
        HostProgram.sh("chown 54321 " + results);
        assertEquals("", HostProgram.sh("awk -F: '$3 == 54321' /etc/passwd"));
        Guest.sh(bound(MountOption.IDMAPPED).build(), "mkdir /results/made; echo x > /results/made/new");
        assertEquals("54321:65534", onHost("made/new"));
    }

    @Test
    void partsOfItCanBeHidden() throws Exception {
        HostProgram.sh("mkdir -m 700 " + results + "/sub/inner; chown 65534 " + results + "/sub/inner; echo kept > "
                + results + "/sub/inner/file; chown 65534 " + results + "/sub/inner/file");
        String look = "cat /results/sub/inner/file /results/own 2>/dev/null; true";
        assertEquals("kept\nown", Guest.sh(bound(MountOption.IDMAPPED).build(), look));
        assertEquals(
                "",
                Guest.sh(
                        bound(MountOption.IDMAPPED)
                                .mounts(m -> m.mask("/results/sub/inner", "/results/own"))
                                .build(),
                        look));
    }

    /** The kernel says EOVERFLOW where it can't write an owner down, which tools take for a failure. */
    @Test
    void toolsThatKeepOwnersWhereTheyCan() throws Exception {
        HostProgram.sh("cd " + directory + "; mkdir ro; echo x > ro/f; chown -R 1234:5678 ro; chmod -R go+rX ro");
        Sandbox sandbox = bound(MountOption.IDMAPPED)
                .bindReadOnly(directory.resolve("ro"), "/ro")
                .build();
        assertEquals(
                "copied EPERM EPERM kept",
                Guest.sh(
                                sandbox,
                                """
                        cd /results && cp -a /ro copy && cat copy/f >/dev/null && echo copied
                        chown 65534 own 2>&1 | grep -o 'not permitted' | sed 's/.*/EPERM/'
                        chgrp 5 own 2>&1 | grep -o 'not permitted' | sed 's/.*/EPERM/'
                        chown $(id -u) own && chgrp $(id -g) own && echo kept""")
                        .replace('\n', ' '));
    }
}
