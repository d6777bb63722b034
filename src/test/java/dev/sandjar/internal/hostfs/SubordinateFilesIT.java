package dev.sandjar.internal.hostfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.SubordinateMap;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.testing.Terminals;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of subordinate ids, and the process that gets at them. */
@KernelTest
@NeedsHost({Feature.UNPRIVILEGED, Feature.ID_RANGE})
class SubordinateFilesIT {
    @TempDir
    Path directory;

    private HostTree tree;
    private SubordinateMap map;

    @BeforeEach
    void open() throws Exception {
        tree = HostTree.openWithSubordinates(directory);
        map = Objects.requireNonNull(SubordinateFiles.map());
    }

    @AfterEach
    void close() throws Exception {
        TreeRemoval.removeAll(tree);
        tree.close();
        assertEquals(List.of(), helpers());
    }

    private static List<ProcessHandle> helpers() {
        return ProcessHandle.current()
                .children()
                .filter(child -> commandLine(child.pid()).startsWith("sandjar-files\0"))
                .toList();
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (java.io.IOException e) {
            return ""; // it has just ended
        }
    }

    private void file(String name, long uid, long gid, int mode) throws SandboxException {
        try (HostFile file = tree.create(name)) {
            file.write(new byte[] {'x'}, 0, 1, 0);
        }
        tree.chown(name, map.uid(uid), map.gid(gid));
        tree.chmod(name, mode);
    }

    @Test
    void specialBitsStayAndOwnersAreTheHosts() throws Exception {
        file("f", 7, 8, 06711);
        HostTree.Stat stat = Objects.requireNonNull(tree.stat("f"));
        assertEquals(06711, stat.mode() & 07777);
        assertEquals(map.uid(7), stat.uid());
        assertEquals(map.gid(8), stat.gid());
        file("g", 0, 8, 02750);
        assertEquals(02750, Objects.requireNonNull(tree.stat("g")).mode() & 07777, "the group is none of ours");
    }

    @Test
    void everyCallGetsThrough() throws Exception {
        try (SubordinateFiles.Use use = SubordinateFiles.use()) {
            assertNotNull(use);
            tree.mkdir("d", 0700);
            tree.chown("d", map.uid(3), map.gid(4));
            try (HostTree inside = tree.beneath("d")) {
                inside.mkdir("sub", 0700);
                try (HostFile file = inside.create("f")) {
                    file.write(new byte[] {'y'}, 0, 1, 0);
                }
                inside.symlink("target", "l");
                inside.mknod("p", HostTree.S_IFIFO | 0600, 0, 0);
                inside.link(inside, "f", "second");
                assertEquals("target", inside.readlink("l"));
                for (String name : List.of("sub", "f", "l", "p")) {
                    inside.chown(name, map.uid(5), map.gid(6));
                    assertEquals(
                            map.uid(5),
                            Objects.requireNonNull(inside.stat(name)).uid(),
                            name);
                    inside.times(name, 1234567890, 5);
                    assertEquals(
                            1234567890,
                            Objects.requireNonNull(inside.stat(name)).seconds(),
                            name);
                }
                inside.chmod("f", 0);
                assertEquals(0, inside.trySetXattr("f", "user.a", new byte[] {1, 2}));
                assertEquals(List.of("user.a"), inside.xattrs("f"));
                assertEquals(2, Objects.requireNonNull(inside.xattr("f", "user.a")).length);
                assertNull(inside.xattr("f", "user.b"));
                assertEquals("y", text(inside, "second"));
                assertEquals(0, inside.tryRename("f", tree, "moved"));
                assertEquals(-Errno.EEXIST.number(), inside.tryRename("second", tree, "moved"));
                assertEquals(4, inside.list().size());
            }
            assertEquals(1, helpers().size(), "one for all of them");
        }
    }

    @Test
    void whoDoesNotAskForItHasNoneOfIt() throws Exception {
        file("f", 7, 8, 0600);
        try (HostTree plain = HostTree.open(directory)) {
            SandboxException e = assertThrows(SandboxException.class, () -> plain.read("f"));
            assertEquals(Errno.EACCES.number(), e.errno());
            assertThrows(SandboxException.class, () -> plain.chown("f", map.uid(1), map.gid(1)));
        }
        assertEquals("x", text(tree, "f"));
    }

    @Test
    void othersIdsAreNotToBeHad() throws Exception {
        file("f", 0, 0, 0600);
        for (long uid : new long[] {0, 1, map.uid(1) - 1}) {
            if (map.uidInside(uid) < 0) {
                SandboxException e =
                        assertThrows(SandboxException.class, () -> tree.chown("f", uid, map.gid(1)), "uid " + uid);
                assertEquals(Errno.EINVAL.number(), e.errno());
            }
        }
        // Root's own file stays out of reach, whatever the process has inside.
        try (HostTree etc = HostTree.openWithSubordinates(Path.of("/etc"))) {
            assertThrows(SandboxException.class, () -> etc.chmod("passwd", 0777));
            assertThrows(SandboxException.class, () -> etc.mkdir("sandjar-test", 0700));
            if (Files.exists(Path.of("/etc/shadow"))) {
                assertThrows(SandboxException.class, () -> etc.read("shadow"));
            }
        }
    }

    @Test
    void devicesAndFileCapabilitiesAreNotMade() throws Exception {
        file("f", 7, 8, 0755);
        byte[] rights = {1, 0, 0, 2, -1, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0};
        assertEquals(-Errno.EPERM.number(), tree.trySetXattr("f", "security.capability", rights));
        SubordinateFiles.Answer answer = SubordinateFiles.call(SubordinateFiles.Call.named(
                SubordinateFiles.SET_ATTRIBUTE,
                fd(),
                HostTree.bytes("f"),
                HostTree.bytes("security.capability"),
                rights));
        assertEquals(-Errno.EPERM.number(), Objects.requireNonNull(answer).result(), "nor by the process itself");
        assertEquals(-Errno.EPERM.number(), tree.tryMknod("null", HostTree.S_IFCHR | 0600, 1, 3));
    }

    private static String text(HostTree tree, String name) throws Exception {
        try (java.io.InputStream in = tree.read(name).content()) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private int fd() {
        return Integer.parseInt(String.valueOf(tree.path().getFileName()));
    }

    @Test
    void theTerminalsKeysAreNotItsOwn() throws Exception {
        try (SubordinateFiles.Use use = SubordinateFiles.use()) {
            assertNotNull(use);
            file("f", 7, 8, 0600);
            long helper = helpers().get(0).pid();
            Terminals.press(helper);
            assertEquals("x", text(tree, "f"));
            assertEquals(
                    List.of(helper), helpers().stream().map(ProcessHandle::pid).toList());
        }
    }

    @Test
    void whenItDiesOneCallFailsAndTheNextHasAnother() throws Exception {
        try (SubordinateFiles.Use use = SubordinateFiles.use()) {
            assertNotNull(use);
            file("f", 7, 8, 0600);
            ProcessHandle helper = helpers().get(0);
            assertTrue(helper.destroyForcibly());
            helper.onExit().join();
            SandboxException e = assertThrows(SandboxException.class, () -> tree.read("f"));
            assertTrue(e.errno() != Errno.EACCES.number(), e::getMessage);
            assertEquals("x", text(tree, "f"));
        }
    }
}
