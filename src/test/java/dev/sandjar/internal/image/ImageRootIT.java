package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.image.Image;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Owner and mode of the root of an image. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BUSYBOX})
class ImageRootIT extends ImageFixture {
    @Test
    @NeedsHost(Feature.OVERLAY)
    void theRootHasTheModeThatTheImageGivesIt() throws Exception {
        byte[] layer = base().entry("./", TarEntry.Type.DIRECTORY, 01751, "", new byte[0], Map.of())
                .bytes();
        RootFs root = RootFs.image(load("{}", layer));
        Sandbox keeping =
                sandbox(RootFs.image(load("{}", layer)).keepChanges(Files.createDirectory(directory.resolve("kept"))));
        assertEquals("1751", Guest.sh(keeping, "/bin/busybox stat -c %a /"));
        for (RootFs each : List.of(root, RootFs.image(load("{}", layer)).copied(true))) {
            Sandbox sandbox = sandbox(each);
            for (int i = 0; i < 3; i++) {
                assertEquals("1751", Guest.sh(sandbox, "/bin/busybox stat -c %a /"));
            }
        }
    }

    /** Where files have owners at all; the mode, of which a change of the owner takes nothing away, is the image's too. */
    @Test
    @NeedsHost(Feature.OVERLAY)
    void theRootHasTheOwnerThatTheImageGivesIt() throws Exception {
        Path kept = Files.createDirectory(directory.resolve("kept"));
        for (int mode : new int[] {03755, 03751}) {
            byte[] layer = base().owner(33, 44)
                    .entry("./", TarEntry.Type.DIRECTORY, mode, "", new byte[0], Map.of())
                    .file("theirs", "x")
                    .bytes();
            Image image = load("{}", layer);
            for (RootFs each : List.of(
                    RootFs.image(image),
                    RootFs.image(image).keepChanges(kept),
                    RootFs.image(image).copied(true))) {
                ownerOfRoot(sandbox(each), mode);
            }
        }
        // Directories of subordinate ids, which JUnit can't empty.
        try (HostTree all = HostTree.openWithSubordinates(directory)) {
            TreeRemoval.removeAll(all);
        }
    }

    private static void ownerOfRoot(Sandbox sandbox, int mode) throws Exception {
        for (int i = 0; i < 2; i++) {
            RunResult result = sandbox.run("/bin/busybox", "stat", "-c", "%u:%g %a", "/theirs", "/");
            List<String> lines = result.stdout().lines().toList();
            assertTrue(List.of("33:44 644", "0:0 644").contains(lines.get(0)), result.stdout());
            // One id is all that some have.
            assertEquals(lines.get(0).split(" ")[0] + " " + Integer.toOctalString(mode), lines.get(1));
            if (result.changes().isPresent()) {
                assertEquals(List.of(), result.changes().get().all());
                result.changes().get().discard();
            }
        }
    }

    /** Outside of a user namespace the numbers are the machine's. */
    @Test
    @NeedsHost({Feature.OVERLAY, Feature.ROOT})
    void theRootHasItsOwnerWithoutAUserNamespaceToo() throws Exception {
        byte[] layer = base().owner(33, 44)
                .entry("./", TarEntry.Type.DIRECTORY, 0715, "", new byte[0], Map.of())
                .bytes();
        Sandbox sandbox = Sandbox.builder()
                .mountNamespace()
                .pidNamespace()
                .rootfs(RootFs.image(load("{}", layer)))
                .build();
        assertEquals("33:44 715", Guest.sh(sandbox, "/bin/busybox stat -c '%u:%g %a' /"));
    }

    @Test
    @NeedsHost({Feature.OVERLAY, Feature.UNPRIVILEGED})
    void withoutPrivilegesOwnersAreSquashedAndDevicesLeftOut() throws Exception {
        Image image = load("{}", base().device("etc/null", 1, 3).bytes());
        Sandbox sandbox = sandbox(RootFs.image(image));
        assertEquals("0 0", Guest.sh(sandbox, "test -e /etc/null && echo there; stat -c '%u %g' /etc/mark"));
        assertTrue(sandbox.explain().entries().toString().contains("1 attributes and devices left out"));
    }
}
