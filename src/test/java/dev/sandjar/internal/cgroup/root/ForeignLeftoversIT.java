package dev.sandjar.internal.cgroup.root;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.testing.KernelTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a killed launcher of somebody else has left costs no start two seconds, over and over. */
@KernelTest
class ForeignLeftoversIT {
    @TempDir
    Path parent;

    private Path left;

    @BeforeEach
    void leave() throws Exception {
        left = Files.createDirectory(parent.resolve("sandjar-4242-0123abcd"));
    }

    @AfterEach
    void open() throws Exception {
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void whatMayNotBeRemovedIsNotWaitedFor() throws Exception {
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("r-xr-xr-x"));
        assumeFalse(Files.isWritable(parent), "root may write everywhere");
        assertTimeout(Duration.ofSeconds(1), () -> new Leftovers(Kernel.get()).removeBelow(parent));
        assertTimeout(Duration.ofSeconds(1), () -> new Leftovers(Kernel.get()).removeTree(left));
        assertTrue(Files.exists(left));
    }

    @Test
    void whatMayBeRemovedIs() throws Exception {
        new Leftovers(Kernel.get()).removeBelow(parent);
        assertFalse(Files.exists(left));
    }
}
