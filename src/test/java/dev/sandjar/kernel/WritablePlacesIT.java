package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.DataSize;
import dev.sandjar.MountOption;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where programs of the presets may write, and whether what they write there may run. */
@KernelTest
@NeedsHost(Feature.USERNS)
class WritablePlacesIT {
    private static final List<String> PLACES = List.of("/tmp", "/dev/shm", "/var/tmp");
    private static final String RUN =
            "for d; do cp /bin/true $d/t && chmod 755 $d/t && $d/t 2>/dev/null && echo ran || echo refused; rm $d/t; done";

    @TempDir
    Path directory;

    private static String run(SandboxBuilder builder, String... places) throws Exception {
        return Guest.sh(builder.build(), RUN, places).replace('\n', ' ');
    }

    private static String run(SandboxBuilder builder) throws Exception {
        return run(builder, PLACES.toArray(new String[0]));
    }

    @Test
    void programsRunWherePresetsLetThemWrite() throws Exception {
        assertEquals("ran ran ran", run(Sandbox.untrusted()));
        assertEquals("ran ran", run(Sandbox.hermetic().hostPrograms(), "/tmp", "/dev/shm"));
        assertEquals("ran ran ran", run(Sandbox.untrusted().build().toBuilder().template(false)));
    }

    @Test
    void noexecKeepsThemFromRunning() throws Exception {
        assertEquals("refused refused refused", run(Sandbox.untrusted().mounts(m -> m.noexec())));
        assertEquals(
                "refused refused", run(Sandbox.hermetic().hostPrograms().mounts(m -> m.noexec()), "/tmp", "/dev/shm"));
        assertEquals("refused refused refused", run(Sandbox.untrusted().mounts(m -> m.noexec()).build().toBuilder()));
    }

    /** A larger /tmp is like the smaller one that it takes the place of, whichever call comes first. */
    @Test
    void aTmpfsOfTheCallersIsAsThePresetsAre() throws Exception {
        DataSize size = DataSize.mebibytes(8);
        assertEquals(
                "ran ran refused",
                run(
                        Sandbox.untrusted()
                                .tmpfs("/tmp", size)
                                .tmpfs("/more", size)
                                .tmpfs("/less", size, MountOption.NOEXEC),
                        "/tmp",
                        "/more",
                        "/less"));
        assertEquals(
                "refused refused ran",
                run(
                        Sandbox.untrusted()
                                .tmpfs("/before", size)
                                .mounts(m -> m.noexec())
                                .tmpfs("/after", size)
                                .tmpfs("/exec", size, MountOption.EXEC),
                        "/before",
                        "/after",
                        "/exec"));
        assertEquals(
                "refused ran",
                run(
                        Sandbox.builder()
                                .userNamespace()
                                .pidNamespace()
                                .user(1000, 1000)
                                .rootfs(RootFs.hostReadOnly())
                                .tmpfs("/tmp", size)
                                .tmpfs("/exec", size, MountOption.EXEC),
                        "/tmp",
                        "/exec"));
    }

    @Test
    void explanationsSayWhich() throws Exception {
        assertTrue(why(Sandbox.untrusted(), "tmpfs /tmp").contains("programs may run there"));
        assertTrue(why(Sandbox.untrusted(), "tmpfs /var/tmp").contains("programs may run there"));
        assertTrue(why(Sandbox.untrusted(), "minimal /dev").contains("shm (programs may run there)"));
        assertTrue(
                why(Sandbox.untrusted().mounts(m -> m.noexec()), "tmpfs /tmp").contains("noexec"));
        assertTrue(
                why(Sandbox.untrusted().mounts(m -> m.noexec()), "minimal /dev").contains("shm (noexec)"));
    }

    private static String why(SandboxBuilder builder, String request) throws Exception {
        return builder.build().explain().entries().stream()
                .filter(entry -> entry.request().equals(request))
                .map(AppliedPolicy.Entry::reason)
                .findFirst()
                .orElseThrow();
    }

    /** A root of somebody else's that has no /var/tmp works as before, and explain() says that it has none. */
    @Test
    void aRootWithoutVarTmpNeedsNone() throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        for (String name : List.of("usr", "proc", "dev", "tmp")) {
            Files.createDirectory(root.resolve(name));
        }
        for (String name : List.of("bin", "lib", "lib64")) {
            Files.createSymbolicLink(root.resolve(name), Path.of("usr/" + name));
        }
        directory.toFile().setExecutable(true, false);
        SandboxBuilder builder =
                Sandbox.untrusted().rootfs(RootFs.directory(root)).bindReadOnly(Path.of("/usr"), "/usr");
        assertEquals("none", Guest.sh(builder.build(), "test -e /var || echo none"));
        assertEquals(
                AppliedPolicy.Outcome.ABSENT,
                builder.build().explain().entries().stream()
                        .filter(entry -> entry.request().equals("tmpfs /var/tmp"))
                        .findFirst()
                        .orElseThrow()
                        .outcome());
        assertEquals("1777", Guest.sh(Sandbox.untrusted().build(), "stat -c %a /var/tmp"));
    }
}
