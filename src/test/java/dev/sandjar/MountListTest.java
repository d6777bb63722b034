package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static dev.sandjar.testing.Refusals.refusesState;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.util.PathBytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MountListTest {
    private static final Path SOURCE = Path.of("/opt/source");
    private static final DataSize MIB = DataSize.mebibytes(1);

    private static SandboxBuilder ownRoot() {
        return Sandbox.builder().rootfs(RootFs.tmpfs(MIB));
    }

    private static List<MountEntry> mounts(SandboxBuilder builder) {
        return builder.build().mounts().entries();
    }

    private static List<String> targets(SandboxBuilder builder) {
        return mounts(builder).stream().map(MountEntry::target).toList();
    }

    private static MountEntry single(SandboxBuilder builder) {
        List<MountEntry> entries = mounts(builder.mounts(m -> m.noDev().noProc()));
        assertEquals(1, entries.size());
        return entries.get(0);
    }

    @Test
    void anOwnRootBringsMountNamespaceDevAndProc() {
        Sandbox plain = ownRoot().build();
        assertTrue(plain.namespaces().isNew(NamespaceKind.MOUNT));
        assertEquals(
                List.of(new MountEntry.Dev(true, OptionalInt.empty(), false)),
                plain.mounts().entries());
        assertEquals(
                List.of(
                        new MountEntry.Proc(Set.of(), true),
                        new MountEntry.Dev(true, OptionalInt.empty(), false),
                        new MountEntry.Directory("/d", 0700)),
                mounts(ownRoot().mounts(m -> m.directory("/d", 0700)).pidNamespace()));
        assertEquals(List.of(), mounts(ownRoot().pidNamespace().mounts(m -> m.noProc()
                .noDev())));
        assertEquals(List.of(), mounts(Sandbox.builder().pidNamespace().mountNamespace()));
    }

    @Test
    void explicitOnesStandWhereTheyAreCalled() {
        SandboxBuilder builder = ownRoot().pidNamespace().tmpfs("/a", MIB).mounts(m -> m.proc(ProcOption.SUBSET_PID)
                .dev()
                .proc(ProcOption.HIDE_PID));
        assertEquals(List.of("/a", "/proc", "/dev"), targets(builder));
        assertEquals(
                new MountEntry.Proc(Set.of(ProcOption.HIDE_PID), false),
                mounts(builder).get(1));
        assertEquals(List.of("/a"), targets(builder.mounts(m -> m.noProc().noDev())));
    }

    @Test
    void aTakenPlaceIsNotMountedAutomatically() {
        assertEquals(
                List.of("/proc", "/dev"),
                targets(ownRoot().pidNamespace().bind(SOURCE, "/proc").bind(SOURCE, "/dev/")));
        refuses(() -> ownRoot().bind(SOURCE, "/proc").mounts(m -> m.proc()), "\"/proc\"", "bind", "proc");
    }

    @Test
    void optionsAreKept() {
        assertEquals(
                new MountEntry.Bind(SOURCE, "/s", true, Set.of()),
                single(ownRoot().bindReadOnly(SOURCE, "/s/")));
        assertEquals(
                new MountEntry.Bind(
                        SOURCE,
                        "/s",
                        false,
                        Set.of(
                                MountOption.SUID,
                                MountOption.DEV,
                                MountOption.NOEXEC,
                                MountOption.OPTIONAL,
                                MountOption.IDMAPPED)),
                single(ownRoot()
                        .bind(
                                SOURCE,
                                "/s",
                                MountOption.SUID,
                                MountOption.DEV,
                                MountOption.NOEXEC,
                                MountOption.OPTIONAL,
                                MountOption.IDMAPPED)));
        assertEquals(
                tmpfs(MIB, 1024, 01777, MountOption.NOEXEC), single(ownRoot().tmpfs("/t", MIB)));
        assertEquals(
                tmpfs(DataSize.mebibytes(64), 16384, 01777, MountOption.EXEC),
                single(ownRoot().tmpfs("/t", DataSize.mebibytes(64), MountOption.EXEC)));
        assertEquals(
                tmpfs(MIB, 5, 0700, MountOption.NOEXEC), single(ownRoot().mounts(m -> m.tmpfs("/t", MIB, 5, 0700))));
    }

    private static MountEntry tmpfs(DataSize size, long inodes, int mode, MountOption option) {
        return new MountEntry.Tmpfs("/t", size, OptionalLong.of(inodes), mode, Set.of(option), false);
    }

    @Test
    void optionsThatSayNothingMakeNoDifference() {
        assertEquals(
                ownRoot().bind(SOURCE, "/s").build(),
                ownRoot().bind(SOURCE, "/s", MountOption.EXEC).build());
        assertEquals(
                ownRoot().bind(SOURCE, "/s", MountOption.IDMAPPED_ROOT).build(),
                ownRoot()
                        .bind(SOURCE, "/s", MountOption.IDMAPPED_ROOT, MountOption.IDMAPPED)
                        .build());
        assertNotEquals(
                ownRoot().bind(SOURCE, "/s").build(),
                ownRoot().bind(SOURCE, "/s", MountOption.NOEXEC).build());
    }

    @Test
    void filesAreComparedByTheirContent() {
        assertEquals(
                ownRoot().file("/f", "x").build(), ownRoot().file("/f", "x").build());
        assertNotEquals(
                ownRoot().file("/f", "x").build(), ownRoot().file("/f", "y").build());
    }

    @Test
    void mountsTellWhatTheyAre() {
        Mount bind = Mount.bindRecursive(SOURCE, "/s/")
                .options("ro")
                .idMapped(IdMapping.of(
                        List.of(new IdMapping.Range(0, 1000, 1)), List.of(new IdMapping.Range(0, 1001, 2))));
        assertEquals(Mount.Kind.BIND_RECURSIVE, bind.kind());
        assertEquals(Optional.of(SOURCE), bind.path());
        assertEquals("/s", bind.target());
        assertEquals(List.of("ro", "idmap"), bind.options());
        assertEquals(List.of(new IdMapping.Range(0, 1000, 1)), bind.uids());
        assertEquals(List.of(new IdMapping.Range(0, 1001, 2)), bind.gids());
        assertEquals(Optional.empty(), bind.type());
        assertEquals(Optional.empty(), bind.source());
        Mount system = Mount.fileSystem("tmpfs", "/t").source("scratch");
        assertEquals(Optional.of("tmpfs"), system.type());
        assertEquals(Optional.of("scratch"), system.source());
        assertEquals(Optional.empty(), system.path());
        assertEquals(List.of(), system.uids());
        assertEquals(Mount.Kind.REMOUNT, Mount.remount("/t").kind());
    }

    @Test
    void relativeSourcesAreOfTheHost() {
        MountEntry.Bind bind = (MountEntry.Bind) single(ownRoot().bind(Path.of("here/../there"), "/s"));
        assertEquals(Path.of("here/../there").toAbsolutePath(), bind.source());
    }

    @Test
    void filesAreCopied() {
        byte[] content = {1, 2};
        SandboxBuilder builder = ownRoot().file("/f", content, 0600);
        content[0] = 9;
        assertArrayEquals(new byte[] {1, 2}, ((MountEntry.FileBytes) single(builder)).content());
        assertEquals(0644, ((MountEntry.FileBytes) single(ownRoot().file("/f", "é"))).mode());
    }

    @Test
    void refusesWrongArguments() {
        refuses(() -> ownRoot().bind(SOURCE, "target"), "bind target", "absolute");
        refuses(() -> ownRoot().bind(SOURCE, "/a/../b"), "..");
        refuses(() -> ownRoot().bind(SOURCE, "/"), "root itself");
        refuses(() -> ownRoot().bind(SOURCE, "/" + "n".repeat(5000)), "5001 bytes");
        refuses(() -> ownRoot().bind(SOURCE, "/s", MountOption.EXEC, MountOption.NOEXEC), "EXEC and NOEXEC");
        refuses(() -> ownRoot().tmpfs("/t", MIB, MountOption.OPTIONAL), "OPTIONAL is for binds");
        refuses(() -> ownRoot().tmpfs("/t", MIB, MountOption.IDMAPPED), "IDMAPPED is for binds");
        refuses(() -> ownRoot().tmpfs("/t", MIB, MountOption.IDMAPPED_ROOT), "IDMAPPED_ROOT is for binds");
        refuses(() -> ownRoot().tmpfs("/t", DataSize.bytes(0)), "tmpfs size", "1 to");
        refuses(() -> ownRoot().mounts(m -> m.tmpfs("/t", MIB, 0, 0700)), "inodes");
        refuses(() -> ownRoot().mounts(m -> m.tmpfs("/t", MIB, 10, 010000)), "tmpfs mode", "07777");
        refuses(() -> ownRoot().file("/f", new byte[0], 01000), "file mode", "0777");
        refuses(() -> ownRoot().mounts(m -> m.directory("/d", 755 * 100)), "directory mode", "octal");
        refuses(() -> ownRoot().symlink("/l", ""), "symlink text");
        refuses(() -> ownRoot().symlink("/l", "x\0"), "NUL");
        refuses(() -> ownRoot().symlink("/l", "x".repeat(4096)), "4095");
        refuses(() -> ownRoot().mounts(m -> m.mask("/a", "b")), "masked path", "\"b\"");
        refuses(() -> ownRoot().mounts(m -> m.readOnlyPath("/a/.")), "read-only path");
        refuses(() -> ownRoot().mounts(m -> m.mqueue("/")), "mqueue target");
    }

    @Test
    void refusesPathsOfOtherFileSystems() throws Exception {
        Path jar = Path.of(
                System.getProperty("java.io.tmpdir"),
                "sandjar-" + ProcessHandle.current().pid() + ".zip");
        try (FileSystem zip = FileSystems.newFileSystem(jar, Map.of("create", "true"))) {
            refuses(() -> ownRoot().bind(zip.getPath("/x"), "/s"), "bind source", "default file system");
            refuses(() -> RootFs.directory(zip.getPath("/x")), "root directory");
        } finally {
            Files.deleteIfExists(jar);
        }
    }

    @Test
    void refusesDuplicateTargets() {
        refuses(
                () -> ownRoot().tmpfs("/t", MIB).bind(SOURCE, "/t/"),
                "\"/t\" is used twice: for a tmpfs and for a bind of ");
        Path odd = PathBytes.path("/run/n\u00ffs".getBytes(StandardCharsets.ISO_8859_1));
        refuses(() -> ownRoot().tmpfs("/t", MIB).bind(odd, "/t/"), "for a bind of \"/run/n\\xffs\"");
        refuses(() -> ownRoot().symlink("/t", "x").symlink("/t", "x"), "symlink and for a symlink");
        assertEquals(
                mounts(ownRoot().mounts(m -> m.mask("/t").readOnlyPath("/r"))),
                mounts(ownRoot().mounts(m -> m.mask("/t", "/t").readOnlyPath("/r", "/r"))));
        Mount over = Mount.fileSystem("tmpfs", "/t");
        assertEquals(
                2,
                mounts(ownRoot().mounts(m -> m.noDev()).mount(over).mount(over)).size(),
                "as with mount(8)");
        refuses(() -> ownRoot().tmpfs("/t", MIB).mount(over), "\"/t\" is used twice: for a tmpfs and for a tmpfs");
        assertEquals(
                mounts(ownRoot().mounts(m -> m.noDev()).tmpfs("/t", MIB).mounts(m -> m.mask("/t"))),
                mounts(ownRoot().mounts(m -> m.noDev().mask("/t")).tmpfs("/t", MIB)));
        assertEquals(
                3,
                mounts(ownRoot().mounts(m -> m.noDev()).tmpfs("/t", MIB).mounts(m -> m.readOnlyPath("/t")
                                .mask("/t")))
                        .size());
        assertEquals(
                2,
                mounts(ownRoot().mounts(m -> m.noDev()).tmpfs("/t", MIB).tmpfs("/t/t", MIB))
                        .size());
    }

    /** Of the kernel's paths some are masked from root alone: whoever names one masks it from all, before or after. */
    @Test
    void aMaskFromAllTakesThePlaceOfOneFromRoot() {
        String path = KernelPaths.MASKED_FROM_ROOT.get(0);
        MountEntry mask = new MountEntry.Masked(path, false);
        for (SandboxBuilder builder : List.of(
                ownRoot().mounts(m -> m.maskKernelPaths().mask(path)),
                ownRoot().mounts(m -> m.mask(path).maskKernelPaths()),
                ownRoot().mounts(m -> m.mask(path)).mounts(m -> m.maskKernelPaths()
                        .mask(path)))) {
            assertEquals(
                    List.of(mask),
                    mounts(builder).stream()
                            .filter(entry -> entry.target().equals(path))
                            .toList());
        }
        assertTrue(mounts(ownRoot().mounts(m -> m.maskKernelPaths())).contains(new MountEntry.Masked(path, true)));
    }

    @Test
    void laterCallsReplaceWhatAPresetMounted() {
        SandboxBuilder builder = Sandbox.untrusted().tmpfs("/tmp", DataSize.mebibytes(1));
        assertEquals(List.of("/proc", "/dev", "/tmp", "/var/tmp"), uncovered(targets(builder)));
        List<MountEntry.Tmpfs> all = mounts(builder).stream()
                .filter(MountEntry.Tmpfs.class::isInstance)
                .map(MountEntry.Tmpfs.class::cast)
                .toList();
        assertEquals(MIB, all.get(0).size());
        refuses(() -> builder.bind(SOURCE, "/tmp"), "twice");
        assertEquals(
                List.of("/proc", "/dev", "/tmp", "/var/tmp"),
                uncovered(targets(builder.build().toBuilder().bind(SOURCE, "/tmp"))));
    }

    /** Without what is masked or read-only of the kernel's. */
    private static List<String> uncovered(List<String> targets) {
        return targets.stream().filter(t -> !KernelPaths.isOneOf(t)).toList();
    }

    @Test
    void mountsNeedAMountNamespace() {
        refusesState(() -> Sandbox.builder().bind(SOURCE, "/s").build(), "bind at \"/s\"", "mountNamespace()");
        refusesState(() -> Sandbox.builder().mounts(m -> m.proc()).build(), "proc at \"/proc\"");
        Sandbox.builder()
                .mountNamespace()
                .bind(SOURCE, "/mnt")
                .tmpfs("/srv", MIB)
                .mounts(m -> m.proc().mask("/x").readOnlyPath("/y").mqueue("/dev/mqueue"))
                .build();
    }

    @Test
    void nothingIsWrittenIntoTheHostsOwnTree() {
        refusesState(
                () -> Sandbox.builder()
                        .mountNamespace()
                        .file("/etc/f", "x")
                        .symlink("/l", "x")
                        .mounts(m -> m.directory("/d", 0700).dev())
                        .build(),
                "4 things",
                "file at \"/etc/f\" would change the host's own files",
                "symlink at",
                "directory at",
                "dev at");
    }

    @Test
    void boundsNumberAndContent() {
        SandboxBuilder builder = ownRoot();
        for (int i = 0; i < 400; i++) {
            String target = "/d" + i;
            builder.mounts(m -> m.directory(target, 0755));
        }
        refuses(() -> builder.mounts(m -> m.directory("/more", 0755)), "401", "400");
        byte[] large = new byte[5 << 20];
        refusesState(
                () -> ownRoot().file("/a", large, 0600).file("/b", large, 0600).build(), "10485760", "8388608");
    }

    @Test
    void whatRestrictsComesAfterAllMountsParentsFirst() {
        List<String> expected = List.of("/x", "/x/c", "/r", "/x/a", "/x/c/d");
        assertEquals(
                expected,
                targets(ownRoot()
                        .mounts(m -> m.noDev().mask("/x/c/d").readOnlyPath("/r"))
                        .bind(SOURCE, "/x")
                        .mounts(m -> m.mask("/x/a"))
                        .tmpfs("/x/c", MIB)));
        Sandbox masked = ownRoot().mounts(m -> m.noDev().mask("/x/a")).build();
        assertEquals(List.of("/x", "/x/a"), targets(masked.toBuilder().bind(SOURCE, "/x")));
    }

    @Test
    void whatAMaskWouldCoverIsRefused() {
        String[] both = {"the bind at \"/x/c\" would be covered by the mask at \"/x\""};
        refusesState(
                () -> ownRoot().mounts(m -> m.mask("/x")).bind(SOURCE, "/x/c").build(), both);
        refusesState(
                () -> ownRoot().bind(SOURCE, "/x/c").mounts(m -> m.mask("/x")).build(), both);
        refusesState(
                () -> ownRoot().mounts(m -> m.mask("/x")).build().toBuilder()
                        .bind(SOURCE, "/x/c")
                        .build(),
                both);
        // Who hides a directory hides what an earlier sandbox has there.
        Sandbox earlier = ownRoot()
                .mounts(m -> m.noDev())
                .bind(SOURCE, "/x/c")
                .file("/x/f", "")
                .build();
        assertEquals(List.of("/x"), targets(earlier.toBuilder().mounts(m -> m.mask("/x"))));
        assertEquals(
                List.of("/x", "/x/c", "/x", "/x/c"),
                targets(ownRoot()
                                .mounts(m -> m.noDev().readOnlyPath("/x/c"))
                                .bind(SOURCE, "/x/c")
                                .mounts(m -> m.mask("/x/d"))
                                .bind(SOURCE, "/x")
                                .mounts(m -> m.readOnlyPath("/x")))
                        .stream()
                        .filter(target -> !target.equals("/x/d"))
                        .toList());
        refusesState(
                () -> ownRoot().tmpfs("/x/y", MIB).file("/x", "").build(),
                "the tmpfs at \"/x/y\" can't be below the file at \"/x\"");
        refusesState(
                () -> ownRoot()
                        .mount(Mount.bind(SOURCE, "/x/n/s"))
                        .bind(SOURCE, "/x/n")
                        .mount(Mount.bind(SOURCE, "/x"))
                        .build(),
                "the bind at \"/x/n/s\" would be covered by the bind at \"/x\"");
    }

    @Test
    void whatAPresetWroteGivesWayToAMountAboveIt() {
        List<String> etc = targets(Sandbox.hermetic().bindReadOnly(SOURCE, "/etc")).stream()
                .filter(target -> target.startsWith("/etc"))
                .toList();
        assertEquals(List.of("/etc"), etc);
        assertTrue(targets(Sandbox.hermetic().bindReadOnly(SOURCE, "/etc/ssl")).contains("/etc/passwd"));
        assertEquals(
                List.of("/x", "/x/c"),
                targets(ownRoot()
                        .mounts(m -> m.noDev())
                        .bind(SOURCE, "/x/c")
                        .file("/x/f", "")
                        .symlink("/x/l", "f")
                        .mounts(m -> m.directory("/x/d", 0755))
                        .build()
                        .toBuilder()
                        .tmpfs("/x", MIB)));
        // But not what this builder was told.
        assertEquals(
                List.of("/x", "/x/f"),
                targets(ownRoot().mounts(m -> m.noDev()).file("/x/f", "").tmpfs("/x", MIB)));
        // And to name the place of a cover takes it away.
        assertEquals(
                List.of("/x/c"),
                targets(ownRoot().mounts(m -> m.noDev().mask("/x/c")).build().toBuilder()
                        .bind(SOURCE, "/x/c")));
    }
}
