package dev.sandjar.internal.hostfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.kernel.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchDirectoryTest {
    @TempDir
    Path parent;

    @Test
    void itGoesWithAllItHolds() throws Exception {
        ScratchDirectory scratch = ScratchDirectory.below(parent);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(scratch.path())));
        Files.createDirectories(scratch.path().resolve("a/b"));
        Files.writeString(scratch.path().resolve("a/file"), "x");
        Files.setPosixFilePermissions(scratch.path().resolve("a"), PosixFilePermissions.fromString("---------"));
        scratch.close();
        scratch.close();
        assertFalse(Files.exists(scratch.path()));
    }

    @Test
    void whatAKilledProcessLeftIsRemovedAndWhatIsInUseIsNot() throws Exception {
        Path left = Files.createDirectories(parent.resolve("sandjar-scratch-1-00000001/sandjar-1/upper"));
        Path used = Files.createDirectory(parent.resolve("sandjar-scratch-1-00000002"));
        Path other = Files.createDirectory(parent.resolve("sandjar-other"));
        LockedDirectory lock = LockedDirectory.lock(Kernel.get(), used);
        assertNotNull(lock);
        try (ScratchDirectory scratch = ScratchDirectory.below(parent)) {
            assertTrue(Files.exists(scratch.path()));
            assertFalse(Files.exists(parent.resolve("sandjar-scratch-1-00000001")), left.toString());
            assertTrue(Files.exists(used));
            assertTrue(Files.exists(other));
        } finally {
            Kernel.get().close(lock.fd());
        }
    }

    @Test
    void whatCantBeRemovedGoesWhenTheNextIsMade() throws Exception {
        ScratchDirectory scratch = ScratchDirectory.below(parent);
        Path aside = Files.move(scratch.path(), parent.resolve("aside"));
        Path instead = Files.createFile(scratch.path());
        IOException e = assertThrows(IOException.class, scratch::close);
        assertTrue(e.getMessage().contains(scratch.path().toString()), e::getMessage);
        ScratchDirectory.below(parent).close();
        assertTrue(Files.exists(instead), "still no directory, and tried again");
        Files.delete(instead);
        Files.move(aside, scratch.path());
        ScratchDirectory.below(parent).close();
        assertFalse(Files.exists(scratch.path()));
    }
}
