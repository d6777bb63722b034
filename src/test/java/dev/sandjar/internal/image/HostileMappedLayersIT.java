package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.image.ImageLimits;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The same archives, unpacked with owners that are subordinate ids, by a process with more rights than ours. */
@KernelTest
@NeedsHost({Feature.UNPRIVILEGED, Feature.ID_RANGE})
class HostileMappedLayersIT extends HostileLayersIT {
    @Override
    Tars tar() {
        return Tars.tar().owner(1234, 2345);
    }

    @Override
    Ownership ownership() {
        return Subordinates.ownership();
    }

    @AfterEach
    void removeWhatIsNotOurs() throws Exception {
        try (HostTree all = HostTree.openWithSubordinates(directory)) {
            TreeRemoval.removeAll(all);
        }
        Subordinates.noHelperIsLeft();
    }

    @Test
    void filesBelongToSubordinateIds() throws Exception {
        Path root = unpack(ImageLimits.defaults(), tar().file("f", "x").bytes()).get(0);
        assertEquals(Subordinates.uid(1234), Files.getAttribute(root.resolve("f"), "unix:uid"));
        assertEquals(Subordinates.gid(2345), Files.getAttribute(root.resolve("f"), "unix:gid"));
    }

    @Test
    void whatGivesRightsOnTheHostIsNotThere() throws Exception {
        byte[] rights = {1, 0, 0, 2, -1, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0};
        Tars tar = tar().entry(
                        "capable", TarEntry.Type.FILE, 0755, "", new byte[0], Map.of("security.capability", rights));
        List<Path> lower =
                unpack(ImageLimits.defaults(), tar.device("null", 1, 3).bytes());
        assertFalse(Files.exists(lower.get(0).resolve("null")));
        try (HostTree root = HostTree.openWithSubordinates(lower.get(0))) {
            assertNull(root.xattr("capable", "security.capability"));
        }
        // The store is where nobody else gets in, so that set-user-ID of a subordinate id is of no use to others.
        assertEquals(
                "rwx------",
                java.nio.file.attribute.PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(lower.get(0).getParent().getParent())));
        assertTrue(Files.exists(lower.get(0).resolve("capable")));
    }
}
