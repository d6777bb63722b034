package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.Landlock;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Failures that said less than they could, or something else. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class WordsIT {
    @TempDir
    Path directory;

    private static SandboxException failure(SandboxBuilder builder, String... command) {
        return assertThrows(SandboxException.class, () -> builder.build().run(command));
    }

    @Test
    void aMountPointBelowAReadOnlyMountHasARemedy() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (SandboxBuilder builder : List.of(
                Sandbox.untrusted().bindReadOnly(directory, "/data").bindReadOnly(Path.of("/usr"), "/data/one"),
                Sandbox.untrusted().bindReadOnly(directory, "/data").bindReadOnly(Path.of("/usr"), "/data/one/two"),
                Sandbox.untrusted().bindReadOnly(directory, "/data").tmpfs("/data/one", DataSize.mebibytes(1)),
                Sandbox.untrusted().bindReadOnly(directory, "/data").mounts(m -> m.directory("/data/one", 0755)),
                Sandbox.untrusted().bindReadOnly(directory, "/usr/one"))) {
            SandboxException e = failure(builder, "true");
            assertEquals("EROFS", e.errnoName(), e::getMessage);
            assertTrue(e.getMessage().contains("what is mounted above it is read-only"), e::getMessage);
            boolean inRoot = e.getMessage().contains("/usr/one");
            assertTrue(
                    e.remedy().contains(inRoot ? "make it on the host" : "make " + directory + "/one"), e::getMessage);
            assertEquals(inRoot, e.remedy().contains("RootFs"), e::getMessage);
        }
        SandboxException file =
                failure(Sandbox.untrusted().bindReadOnly(directory, "/data").file("/data/note", "x"), "true");
        assertTrue(file.remedy().startsWith("make " + directory + "/note on the host"), file::getMessage);
        Files.createDirectories(directory.resolve("one"));
        assertEquals(
                0,
                Sandbox.untrusted()
                        .bindReadOnly(directory, "/data")
                        .bindReadOnly(Path.of("/usr"), "/data/one")
                        .build()
                        .run("test", "-e", "/data/one/bin/sh")
                        .exitValue(),
                "the remedy helps");
    }

    /** Root gives each sandbox ids of its own, to which no directory of the host belongs. */
    @Test
    @NeedsHost(Feature.ROOT)
    void mountPointsThatNobodyInsideMayMakeAreToBeMadeBefore() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        SandboxBuilder builder = Sandbox.builder()
                .userNamespace()
                .rootfs(RootFs.directoryWithMountPoints(directory))
                .mounts(m -> m.noDev().noProc())
                .bindReadOnly(Path.of("/usr"), "/one");
        SandboxException e = failure(builder, "true");
        assertEquals("EACCES", e.errnoName(), e::getMessage);
        assertTrue(e.getMessage().contains("the sandbox has ids of its own"), e::getMessage);
        assertTrue(e.remedy().startsWith("make " + directory + "/one on the host"), e::getMessage);
        Files.createDirectory(directory.resolve("one"));
        builder.tmpfs("/other", DataSize.mebibytes(1));
        SandboxException other = failure(builder, "true");
        assertTrue(other.remedy().startsWith("make " + directory + "/other on the host"), other::getMessage);
        SandboxException absent = failure(builder.rootfs(RootFs.directory(directory)), "true");
        assertFalse(absent.remedy().contains("directoryWithMountPoints"), absent::getMessage);
    }

    @Test
    void whatCantBeIsToldWithWhatCan() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        SandboxException cpus = failure(Sandbox.untrusted().process(p -> p.cpuAffinity(8_000)), "true");
        assertTrue(cpus.getMessage().contains("the machine has CPUs 0"), cpus::getMessage);
        SandboxException proc = failure(Sandbox.untrusted().bindReadOnly(directory, "/proc/in"), "true");
        assertTrue(proc.remedy().contains("outside of /proc"), proc::getMessage);
        SandboxException file = failure(Sandbox.untrusted().file("/tmp", "x"), "true");
        assertEquals("EISDIR", file.errnoName(), file::getMessage);
        assertTrue(file.remedy().contains("name a file below it, /tmp/NAME"), file::getMessage);
        SandboxException programs = failure(Sandbox.hermetic(), "sh");
        assertTrue(programs.remedy().contains("hostPrograms()"), programs::getMessage);
        SandboxException rule = failure(
                Sandbox.untrusted()
                        .landlock(Landlock.builder().readWrite("/no/such").build()),
                "true");
        assertTrue(rule.getMessage().contains("it is not there inside"), rule::getMessage);
        SandboxException output = assertThrows(SandboxException.class, () -> Sandbox.untrusted()
                .build()
                .run(Command.of("true")
                        .stdout(ProcessBuilder.Redirect.to(
                                directory.resolve("no/such/out").toFile()))));
        assertTrue(
                output.getMessage().contains("no directory \"" + directory.resolve("no") + "\""), output::getMessage);
        assertTrue(Sandbox.untrusted().build().explain().entries().toString().contains("umask 0022"));
    }

    @Test
    void aCommandLineIsNoProgram() {
        for (String line : List.of("ls -l /", "echo a | cat", "true;")) {
            SandboxException e = failure(Sandbox.untrusted(), line);
            assertEquals("ENOENT", e.errnoName(), e::getMessage);
            assertTrue(e.remedy().contains("there is no shell"), e::getMessage);
            assertTrue(e.remedy().contains("(\"sh\", \"-c\", \""), e::getMessage);
        }
        assertTrue(failure(Sandbox.untrusted(), "echo a b").remedy().contains("(\"echo\", \"a\", \"b\")"));
        SandboxException plain = failure(Sandbox.untrusted(), "no-such-program", "a b");
        assertFalse(plain.remedy().contains("shell"), plain::getMessage);
    }

    @Test
    @NeedsHost(Feature.USERNS)
    void aSettingThatTheKernelHasNotIsNamedWithWhatHelps() {
        SandboxException e =
                failure(Sandbox.untrusted().namespaces(n -> n.sysctl("net.ipv4.no_such_setting", "1")), "true");
        assertEquals("set /proc/sys/net/ipv4/no_such_setting", e.step());
        assertTrue(e.reason().contains("this kernel has no such setting"), e::getMessage);
        assertTrue(e.remedy().contains("correct the name"), e::getMessage);
    }

    @Test
    void deepDirectoriesAreNotAMatterOfSize() throws Exception {
        Sandbox sandbox = Sandbox.hermetic().hostPrograms().build();
        String deep = "i=0; while [ $i -lt 220 ]; do mkdir d && cd d; i=$((i+1)); done";
        SandboxException e = assertThrows(SandboxException.class, () -> {
            try (var changes = sandbox.run("sh", "-c", deep).orThrow().changes().orElseThrow()) {
                changes.digest();
            }
        });
        assertTrue(e.getMessage().contains("directories in each other"), e::getMessage);
        assertTrue(e.remedy().contains("fewer directories"), e::getMessage);
        assertFalse(e.remedy().contains("FSIZE"), e::getMessage);
    }

    @Test
    @NeedsHost(Feature.NO_CGROUPS)
    void aRefusedLimitNamesWhatCanBeGivenUp() {
        for (SandboxBuilder builder : List.of(
                Sandbox.untrusted().memoryLimit(DataSize.mebibytes(64)),
                Sandbox.builder().pidsLimit(10),
                Sandbox.builder().accounting())) {
            UnsupportedIsolationException e = assertThrows(
                    UnsupportedIsolationException.class, () -> builder.build().run("true"));
            assertEquals(Isolation.CGROUP_LIMITS, e.isolation().orElseThrow());
            assertTrue(e.remedy().contains("allowDegraded(Isolation.CGROUP_LIMITS)"), e::getMessage);
        }
    }
}
