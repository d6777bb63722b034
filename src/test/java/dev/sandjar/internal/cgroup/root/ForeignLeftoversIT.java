package dev.sandjar.internal.cgroup.root;

import static org.junit.jupiter.api.Assertions.assertFalse;
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
        Leftovers leftovers = new Leftovers(Kernel.get());
        assertQuick(() -> leftovers.removeBelow(parent));
        assertQuick(() -> leftovers.removeTree(left));
        assertTrue(Files.exists(left));
    }

    /** A wait takes two seconds each time; a pause of this machine comes to an end. */
    private static void assertQuick(Runnable removal) {
        Duration least = Duration.ofDays(1);
        for (int i = 0; i < 5 && least.compareTo(Duration.ofSeconds(1)) >= 0; i++) {
            long begin = System.nanoTime();
            removal.run();
            Duration taken = Duration.ofNanos(System.nanoTime() - begin);
            least = taken.compareTo(least) < 0 ? taken : least;
        }
        assertTrue(least.compareTo(Duration.ofSeconds(1)) < 0, least::toString);
    }

    @Test
    void whatMayBeRemovedIs() throws Exception {
        new Leftovers(Kernel.get()).removeBelow(parent);
        assertFalse(Files.exists(left));
    }
}
