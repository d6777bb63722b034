package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.Explanation;
import dev.sandjar.IdMapping;
import dev.sandjar.Isolation;
import dev.sandjar.MountOption;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxHost;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.linux.DeviceRule;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Root of a container, who has no CAP_SYS_ADMIN: what counts are capabilities, and not that the user is number 0. */
@KernelTest
class ContainerRootIT {
    private static final String HOST_ID = "awk '{print $2}' /proc/self/uid_map";

    @TempDir
    Path directory;

    /** As {@link Files#createTempDirectory} makes them: nobody else enters. */
    private Path own;

    @BeforeEach
    void makeFiles() throws Exception {
        own = Files.createDirectory(
                directory.resolve("own"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(own.resolve("word"), "read");
        Files.setPosixFilePermissions(own.resolve("word"), PosixFilePermissions.fromString("rw-r--r--"));
    }

    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void whatIsBoundForReadingIsRead() throws Exception {
        Sandbox sandbox =
                Sandbox.untrusted().bindReadOnly(own.resolve("word"), "/word").build();
        assertEquals("read", Guest.sh(sandbox, "cat /word"));
        assertEquals("no", Guest.sh(sandbox, "echo x 2>/dev/null >/word || echo no"));
    }

    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void whatIsBoundForWritingBelongsToTheProgram() throws Exception {
        for (MountOption[] options : new MountOption[][] {{}, {MountOption.IDMAPPED}, {MountOption.IDMAPPED_ROOT}}) {
            Sandbox sandbox = Sandbox.untrusted().bind(own, "/own", options).build();
            assertEquals("read 1000", Guest.sh(sandbox, "cat /own/word; echo \" $(stat -c %u /own)\""));
            assertEquals("", Guest.sh(sandbox, "echo new >/own/made"));
            assertEquals("new\n", Files.readString(own.resolve("made")));
            assertEquals(0, Files.getAttribute(own.resolve("made"), "unix:uid"));
        }
    }

    /** The caller's id is given to a program only where it is needed. */
    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void theProgramIsTheCallerOnlyForFilesThatAreToBeItsOwn() throws Exception {
        String reads = Guest.sh(
                Sandbox.untrusted().bindReadOnly(Path.of("/usr"), "/own").build(), HOST_ID);
        String writes = Guest.sh(Sandbox.untrusted().bind(own, "/own").build(), HOST_ID);
        assertNotEquals("0", reads);
        assertEquals("0", writes);
    }

    /** Of which the program is the owner, where it is the host's root. */
    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void theHostsDevicesAreWrittenToAndNotChanged() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().bind(own, "/own").build();
        assertEquals("0", Guest.sh(sandbox, HOST_ID));
        assertEquals("", Guest.sh(sandbox, DevicesIT.CHANGE));
        assertEquals("", Guest.sh(sandbox, DevicesIT.WRITE));
    }

    /** Which the kernel lets the machine's root read, whatever capabilities it has. */
    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void whatIsForTheMachinesRootIsMasked() throws Exception {
        Path slabs = Path.of("/proc/slabinfo");
        assumeTrue(Files.exists(slabs), "this kernel has no /proc/slabinfo");
        String names = "slabinfo vmallocinfo pagetypeinfo kpagecount kpageflags kpagecgroup";
        String read =
                "cd /proc; for f in " + names + "; do test ! -e $f || head -c 8 $f 2>/dev/null | wc -c; done | sort -u";
        Sandbox open = Sandbox.builder()
                .userNamespace(IdMapping.single())
                .pidNamespace()
                .rootfs(RootFs.hostReadOnly())
                .build();
        assertEquals("8", Guest.sh(open, "head -c 8 /proc/slabinfo | wc -c"), "the control");
        Sandbox sandbox = Sandbox.untrusted().bind(own, "/own").build();
        assertEquals("0", Guest.sh(sandbox, HOST_ID), "it is the caller");
        assertEquals("0", Guest.sh(sandbox, read));
        Sandbox other = Sandbox.untrusted().build();
        assertEquals("0", Guest.sh(other, read));
        assertTrue(other.explain().entries().toString().contains("only the machine's root may read it"));
    }

    /** As it is not with any other root either. */
    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void theProgramIsNotTheCallerForWhatOthersMayHavePutThere() throws Exception {
        for (String mode : new String[] {"rwxrwx---", "rwx------"}) {
            Files.setPosixFilePermissions(own, PosixFilePermissions.fromString(mode));
            Sandbox sandbox = Sandbox.untrusted().bindReadOnly(own, "/own").build();
            assertEquals(mode.equals("rwx------"), Guest.sh(sandbox, HOST_ID).equals("0"), mode);
        }
    }

    /** As every temporary directory of Java's is. */
    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void aDirectoryOfTheCallerAloneIsRead() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(own, "/own").build();
        assertEquals("read no", Guest.sh(sandbox, "cat /own/word; touch /own/x 2>/dev/null || echo ' no'"));
    }

    /** A file of /proc/sys is root's, who needs no capability to write there. */
    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void theCallersIdGivesNoSettingsOfTheKernelAway() throws Exception {
        Path setting = Path.of("/proc/sys/kernel/core_pattern");
        assertTrue(Files.isWritable(setting), "outside it can be written");
        Sandbox sandbox = Sandbox.untrusted().bind(own, "/own").build();
        assertEquals("no", Guest.sh(sandbox, "test -w " + setting + " && echo yes || echo no"));
    }

    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void hermeticRunsTellWhatWasWritten() throws Exception {
        Sandbox sandbox = Sandbox.hermetic()
                .hostPrograms()
                .bindReadOnly(own.resolve("word"), "/in/word")
                .build();
        RunResult result =
                sandbox.run("sh", "-c", "cp /in/word /work/out; id -u").orThrow();
        try (ChangeSet changes = result.changes().orElseThrow()) {
            assertEquals("read", changes.text("/work/out"));
        }
        assertEquals("1000\n", result.stdout());
    }

    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC, Feature.OVERLAY})
    void directoriesAreRootsOfEveryKind() throws Exception {
        Path tree = RootFsIT.tree(directory);
        for (RootFs root : new RootFs[] {
            RootFs.directory(tree),
            RootFs.directoryWritable(tree),
            RootFs.overlay(tree),
            RootFs.overlay(tree).captureChanges()
        }) {
            Sandbox sandbox = Sandbox.untrusted()
                    .rootfs(root)
                    .bindReadOnly(Path.of("/usr"), "/usr")
                    .build();
            assertEquals("original", Guest.sh(sandbox, "cat /etc/mark"), root::toString);
        }
        assertEquals(
                "changed",
                Guest.sh(
                        Sandbox.untrusted()
                                .rootfs(RootFs.overlay(tree))
                                .bindReadOnly(Path.of("/usr"), "/usr")
                                .build(),
                        "echo changed >/etc/mark && cat /etc/mark"));
        assertEquals("original", Files.readString(tree.resolve("etc/mark")).strip());
    }

    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void manyIdsAreTheSandboxesOwn() throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .userNamespace(IdMapping.range(65_536))
                .bindReadOnly(own.resolve("word"), "/word")
                .user(33, 33, 7)
                .build();
        assertEquals("33 33 7 read", Guest.sh(sandbox, "echo $(id -u) $(id -G) $(cat /word)"));
    }

    /** The files can be written, and the kernel wants CAP_SYS_ADMIN all the same. */
    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void rulesForDevicesAreRefusedBeforeAnythingRuns() {
        Sandbox sandbox = Sandbox.untrusted()
                .limits(l -> l.devices(List.of(DeviceRule.character(1, 3, "rw"))))
                .build();
        Explanation explanation = assertDoesNotThrow(sandbox::explain);
        assertFalse(explanation.isPossible(), explanation::toString);
        assertTrue(
                explanation.toString().contains("CAP_SYS_ADMIN")
                        || explanation.toString().contains("BPF"),
                explanation::toString);
    }

    @Test
    @NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
    void theDoctorSaysWhatWorks() throws Exception {
        SandboxHost host = SandboxHost.probe();
        assertTrue(host.isReady(), host::toString);
        for (Isolation isolation : new Isolation[] {
            Isolation.USER_NAMESPACE, Isolation.ID_RANGE, Isolation.IDMAPPED_BINDS, Isolation.OVERLAY_ROOT
        }) {
            assertTrue(host.has(isolation), host::toString);
        }
    }

    @Test
    @NeedsHost(Feature.ROOT_WITHOUT_CAPABILITIES)
    void withoutAnyCapabilityTheDoctorNamesWhatIsMissing() throws Exception {
        SandboxHost host = SandboxHost.probe();
        SandboxHost.Feature user = host.feature(Isolation.USER_NAMESPACE);
        assertFalse(host.isReady(), host::toString);
        assertTrue(user.reason().contains("CAP_SETFCAP"), user::toString);
        assertTrue(user.remedy().contains("--user"), user::toString);
        assertTrue(host.feature(Isolation.ID_RANGE).reason().contains("bounding set"), host::toString);
    }

    @Test
    @NeedsHost(Feature.ROOT_WITHOUT_CAPABILITIES)
    void withoutAnyCapabilityNothingStartsSilently() {
        UnsupportedIsolationException refused = assertThrows(
                UnsupportedIsolationException.class,
                () -> Sandbox.hermetic().hostPrograms().build().run("true"));
        assertTrue(String.valueOf(refused.getMessage()).contains("CAP_SETFCAP"), refused::getMessage);
    }

    @Test
    @NeedsHost({Feature.ROOT_WITHOUT_CAPABILITIES, Feature.LANDLOCK})
    void withoutAnyCapabilityTheRestIsKept() throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .allowDegraded(Isolation.values())
                .bindReadOnly(own, own.toString())
                .build();
        assertEquals("read", Guest.sh(sandbox, "cat \"$1\"", own.resolve("word").toString()));
        assertEquals("no", Guest.sh(sandbox, "cat /etc/shadow 2>/dev/null || echo no"));
        assertTrue(Files.isReadable(Path.of("/etc/shadow")), "outside it can be read");
    }
}
