package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Capability;
import dev.sandjar.DataSize;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of root: what is there, what is not, and where changes go. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class RootFsIT {
    @TempDir
    Path directory;

    @BeforeEach
    void everybodyMayEnter() {
        HostProgram.sh("chmod 755 " + directory);
    }

    /** A root in which the host's programs run: links and mount points, and nothing else. */
    static Path tree(Path directory) throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        HostProgram.sh(
                "cd \"$1\" && mkdir usr proc dev tmp mnt etc && echo original > etc/mark"
                        + " && for d in bin sbin lib lib64; do test -e /$d && ln -s usr/$d $d; done; chmod -R go+rX .; true",
                root.toString());
        return root;
    }

    @Test
    void ofTheHostOnlyProgramsAreSeen() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        String look = "for p in /etc/shadow /etc/hostname /var/lib/dpkg /var/log /boot /srv /opt " + directory
                + "; do test -e $p && echo $p; done; ls -A /root /home /run;"
                // Of /sys there is nothing but the sandbox's own cgroups, processors, nodes and huge pages.
                + " find /sys -mindepth 1 -maxdepth 1 ! -name fs ! -name devices ! -name kernel 2>/dev/null;"
                + " find /sys/devices -mindepth 1 -maxdepth 1 ! -name system 2>/dev/null;"
                + " find /sys/devices/system -mindepth 1 -maxdepth 1 ! -name cpu ! -name node 2>/dev/null;"
                + " find /sys/kernel -mindepth 1 -maxdepth 1 ! -name mm 2>/dev/null;"
                + " find /sys/kernel/mm -mindepth 1 -maxdepth 1 ! -name transparent_hugepage 2>/dev/null;"
                + " find /sys/fs -mindepth 1 -maxdepth 1 ! -name cgroup 2>/dev/null; true";
        assertEquals(
                "/root:\n/home:\n/run:".lines().sorted().collect(Collectors.joining("\n")),
                Guest.sh(sandbox, look)
                        .lines()
                        .filter(line -> !line.isEmpty())
                        .sorted()
                        .collect(Collectors.joining("\n")));
        assertTrue(HostProgram.sh(look + "; true").contains(directory.toString()), "outside it is seen");
        assertEquals("root sandbox nobody", Guest.sh(sandbox, "cut -d: -f1 /etc/passwd | tr '\\n' ' '"));
    }

    @Test
    void ofTheHostNothingCanBeWritten() throws Exception {
        String tries = "for p in / /usr /usr/bin /etc /root /home /run /var/tmp /dev; do"
                + " (echo x > $p/sandjar-canary) 2>/dev/null && echo written $p; done; echo x > /tmp/ok && cat /tmp/ok";
        // Its /var/tmp is memory of its own.
        assertEquals("written /var/tmp\nx", Guest.sh(Sandbox.untrusted().build(), tries));
        assertFalse(Files.exists(Path.of("/var/tmp/sandjar-canary")));
        Sandbox asRoot = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.hostReadOnly())
                .user(0, 0)
                .build();
        assertEquals("", Guest.sh(asRoot, tries.substring(0, tries.indexOf("; echo x > /tmp")) + "; true"));
        assertFalse(Files.exists(Path.of("/usr/sandjar-canary")));
    }

    @Test
    void theReadOnlyViewCantBeMadeWritable() throws Exception {
        SandboxBuilder builder = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.hostReadOnly())
                .user(1000, 1000);
        String remount = "mount -o remount,rw,bind /usr 2>/dev/null && echo remounted; true";
        assertEquals("", Guest.sh(builder.build(), remount));
        assertEquals(
                "inside",
                Guest.sh(builder.build(), "unshare -Urm sh -c 'echo inside; " + remount + "'"),
                "the mounts are locked for namespaces further in");
        assertEquals(
                "remounted",
                Guest.sh(builder.keepCapabilities(Capability.SYS_ADMIN).build(), remount),
                "who is given the right has it");
    }

    @Test
    void aDirectoryIsReadOnly() throws Exception {
        Path root = tree(directory);
        Sandbox sandbox = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.directory(root))
                .bindReadOnly(Path.of("/usr"), "/usr")
                .build();
        assertEquals(
                "original", Guest.sh(sandbox, "cat /etc/mark; (echo x > /etc/mark) 2>/dev/null && echo written; true"));
        assertEquals("original", Files.readString(root.resolve("etc/mark")).strip());
    }

    @Test
    void aWritableDirectoryIsChanged() throws Exception {
        Path root = tree(directory);
        HostProgram.sh("chmod -R go+w " + root);
        Sandbox sandbox = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.directoryWritable(root))
                .bindReadOnly(Path.of("/usr"), "/usr")
                .build();
        Guest.sh(sandbox, "echo changed > /etc/mark");
        assertEquals("changed", Files.readString(root.resolve("etc/mark")).strip());
    }

    @Test
    void anEmptyRootHasWhatIsMountedThere() throws Exception {
        Sandbox sandbox = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.tmpfs(DataSize.mebibytes(1)))
                .bindReadOnly(Path.of("/usr"), "/usr")
                .symlink("/bin", "usr/bin")
                .symlink("/lib", "usr/lib")
                .symlink("/lib64", "usr/lib64")
                .build();
        assertEquals("bin dev lib lib64 proc usr", Guest.sh(sandbox, "echo $(ls /)"));
        assertEquals("full", Guest.sh(sandbox, "head -c 2097152 /dev/zero > /big 2>/dev/null || echo full"));
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void changesOfAnOverlayAreDiscarded() throws Exception {
        Path root = tree(directory);
        Sandbox sandbox = overlay(RootFs.overlay(root));
        assertEquals("changed", Guest.sh(sandbox, "echo changed > /etc/mark; cat /etc/mark"));
        assertEquals("original", Guest.sh(sandbox, "cat /etc/mark"));
        assertEquals("original", Files.readString(root.resolve("etc/mark")).strip());
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void aPlacedFileTakesThePlaceOfTheRootsOwn() throws Exception {
        Path root = tree(directory);
        Path shared = Files.createDirectory(directory.resolve("shared"));
        Files.writeString(shared.resolve("file"), "content");
        HostProgram.sh("chmod 777 " + shared + "; ln -s /shared " + root + "/way");
        Sandbox sandbox = overlay(RootFs.overlay(root)).toBuilder()
                .bind(shared, "/shared")
                .file("/etc/mark", "placed")
                .build();
        for (String which : List.of("first", "template")) {
            assertEquals("placed", Guest.sh(sandbox, "cat /etc/mark"), which);
        }
        assertEquals(
                "elsewhere",
                Guest.sh(sandbox.toBuilder().symlink("/etc/mark", "elsewhere").build(), "readlink /etc/mark"));
        assertFails(
                "EISDIR",
                "name a file below it",
                overlay(RootFs.overlay(root)).toBuilder().file("/etc", "placed"));
        // A link of the root leads into a directory of the host's.
        assertFails(
                "EXDEV",
                "name the place that the link leads to",
                sandbox.toBuilder().file("/way/file", "placed"));
        assertEquals("content", Files.readString(shared.resolve("file")));
        assertEquals("original", Files.readString(root.resolve("etc/mark")).strip());
    }

    private static void assertFails(String errno, String remedy, SandboxBuilder builder) {
        SandboxException e =
                assertThrows(SandboxException.class, () -> builder.build().run("true"));
        assertEquals(errno, e.errnoName(), e.getMessage());
        assertTrue(e.getMessage().contains(remedy), e.getMessage());
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void aDiscardedLayerHasASize() throws Exception {
        Sandbox sandbox = overlay(RootFs.overlay(tree(directory)).discardChanges(DataSize.mebibytes(1)));
        assertEquals("full", Guest.sh(sandbox, "head -c 2097152 /dev/zero > /big 2>/dev/null || echo full"));
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void changesOfAnOverlayAreKept() throws Exception {
        Path root = tree(directory);
        Path kept = Files.createDirectory(directory.resolve("kept"));
        Sandbox sandbox = overlay(RootFs.overlay(root).keepChanges(kept));
        Path upper;
        try (SandboxProcess process = sandbox.start("sh", "-c", "echo changed > /etc/mark")) {
            assertEquals(0, process.waitForReport().exitCode().getAsInt());
            upper = process.upperDirectory().orElseThrow();
        }
        assertTrue(upper.startsWith(kept));
        assertEquals("changed", HostProgram.sh("find " + kept + " -name mark -exec cat {} + 2>/dev/null; true"));
        assertEquals("original", Files.readString(root.resolve("etc/mark")).strip());
        HostProgram.sh("chmod -R u+rwx " + kept + "; rm -rf " + kept);
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void aGivenLayerIsContinued() throws Exception {
        Path root = tree(directory);
        Path upper = Files.createDirectory(directory.resolve("upper"));
        Path work = Files.createDirectory(directory.resolve("work"));
        Sandbox sandbox = overlay(RootFs.overlay(root).upper(upper, work));
        Guest.sh(sandbox, "echo one > /etc/mark");
        assertEquals("one two", Guest.sh(sandbox, "echo two >> /etc/mark; echo $(cat /etc/mark)"));
        assertEquals(List.of("one", "two"), Files.readAllLines(upper.resolve("etc/mark")));
        HostProgram.sh("chmod -R u+rwx " + work + " " + upper + "; rm -rf " + work + " " + upper);
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void theTopmostDirectoryWins() throws Exception {
        Path root = tree(directory);
        Path top = Files.createDirectories(directory.resolve("top/etc"));
        Files.writeString(top.resolve("mark"), "top");
        HostProgram.sh("chmod -R go+rX " + directory);
        assertEquals("top", Guest.sh(overlay(RootFs.overlay(top.getParent(), root)), "cat /etc/mark"));
    }

    private static Sandbox overlay(RootFs.Overlay root) {
        return Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(root)
                .bindReadOnly(Path.of("/usr"), "/usr")
                .build();
    }

    @Test
    void aStartThatFailsLeavesNoKeptChanges() throws Exception {
        Path kept = Files.createDirectory(directory.resolve("kept"));
        Sandbox sandbox = overlay(RootFs.overlay(directory.resolve("absent")).keepChanges(kept));
        Assertions.assertThrows(SandboxException.class, () -> sandbox.run("true"));
        try (Stream<Path> entries = Files.list(kept)) {
            assertEquals(0, entries.count());
        }
    }

    @Test
    void thereIsNoWayBackToTheHostsRoot() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        assertEquals("absent", Guest.sh(sandbox, "cd /; cd ../../..; test -e ." + directory + " || echo absent"));
        assertEquals("absent", Guest.sh(sandbox, "test -e /proc/1/root" + directory + " || echo absent"));
        assertEquals("absent", Guest.sh(sandbox, "test -e /proc/self/root" + directory + " || echo absent"));
        String mounts = Guest.sh(sandbox, "cat /proc/self/mountinfo");
        assertFalse(mounts.contains(" / / rw"), mounts);
    }

    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void mountPointsThatARootOfOthersLacks() {
        SandboxException e = assertThrows(SandboxException.class, () -> Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.directoryWithMountPoints(Path.of("/usr/share")))
                .build()
                .run("/bin/true"));
        assertTrue(e.getMessage().contains("belongs to somebody else"), e.getMessage());
    }
}
