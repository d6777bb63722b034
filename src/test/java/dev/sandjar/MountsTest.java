package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MountsTest {
    private static final Path SOURCE = Path.of("/opt/source");
    private static final DataSize MIB = DataSize.mebibytes(1);

    @Test
    void areAValueThatNobodyChanges() {
        Mounts before = Mounts.none().bind(SOURCE, "/s");
        Mounts after = before.mask("/s/secret").ptyLimit(3).noexec().noProc();
        assertEquals(List.of(new MountEntry.Bind(SOURCE, "/s", false, Set.of())), before.entries());
        assertEquals(
                List.of(new MountEntry.Bind(SOURCE, "/s", false, Set.of()), new MountEntry.Masked("/s/secret", false)),
                after.entries());
        assertEquals(before, Mounts.none().bind(SOURCE, "/s"));
        assertEquals(before.hashCode(), Mounts.none().bind(SOURCE, "/s").hashCode());
        assertNotEquals(before, before.noProc());
        assertNotEquals(before, before.ptyLimit(1));
        refuses(() -> before.tmpfs("/s", MIB), "\"/s\" is used twice");
    }

    @Test
    void sayTheSameAsTheFlatCalls() {
        SandboxBuilder flat = Sandbox.builder()
                .rootfs(RootFs.tmpfs(MIB))
                .bind(SOURCE, "/a")
                .bindReadOnly(SOURCE, "/b")
                .tmpfs("/c", MIB)
                .file("/d", "x")
                .file("/e", new byte[] {1}, 0600)
                .symlink("/f", "d")
                .mount(Mount.fileSystem("sysfs", "/g"));
        SandboxBuilder group = Sandbox.builder().rootfs(RootFs.tmpfs(MIB)).mounts(m -> m.bind(SOURCE, "/a")
                .bindReadOnly(SOURCE, "/b")
                .tmpfs("/c", MIB)
                .file("/d", "x")
                .file("/e", new byte[] {1}, 0600)
                .symlink("/f", "d")
                .mount(Mount.fileSystem("sysfs", "/g")));
        assertEquals(flat.build(), group.build());
    }

    @Test
    void areToldInTheOrderInWhichTheyArePlaced() {
        Sandbox sandbox = Sandbox.builder()
                .pidNamespace()
                .rootfs(RootFs.tmpfs(MIB))
                .mounts(m -> m.mask("/s/secret").ptyLimit(2))
                .bind(SOURCE, "/s")
                .build();
        assertEquals(
                List.of(
                        new MountEntry.Proc(Set.of(), true),
                        new MountEntry.Dev(true, OptionalInt.of(2), false),
                        new MountEntry.Bind(SOURCE, "/s", false, Set.of()),
                        new MountEntry.Masked("/s/secret", false)),
                sandbox.mounts().entries());
    }

    @Test
    void ofASandboxMakeTheSameSandbox() {
        for (Sandbox sandbox : List.of(
                Sandbox.untrusted().tmpfs("/more", MIB).build(),
                Sandbox.hermetic().hostPrograms().mounts(Mounts::noexec).build(),
                Sandbox.builder().build())) {
            Sandbox again = sandbox.toBuilder().mounts(m -> sandbox.mounts()).build();
            assertEquals(sandbox, again);
            assertEquals(sandbox.mounts().entries(), again.mounts().entries());
        }
    }

    @Test
    void takeWhatAPresetSaysOfPrograms() {
        Sandbox sandbox = Sandbox.untrusted().mounts(m -> m.tmpfs("/more", MIB)).build();
        assertEquals(
                Set.of(MountOption.EXEC),
                sandbox.mounts().entries().stream()
                        .filter(MountEntry.Tmpfs.class::isInstance)
                        .map(MountEntry.Tmpfs.class::cast)
                        .filter(tmpfs -> tmpfs.target().equals("/more"))
                        .findFirst()
                        .orElseThrow()
                        .options());
    }
}
