package dev.sandjar.internal.changes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptChangesTest {
    @TempDir
    Path parent;

    @Test
    void makesADirectoryForEachStart() throws Exception {
        Path first = KeptChanges.create(parent).directory();
        Path second = KeptChanges.create(parent).directory();
        assertNotEquals(first, second);
        assertEquals(parent, first.getParent());
        assertEquals("rwx------", permissions(first));
        assertEquals("rwxr-xr-x", permissions(first.resolve("upper")));
        assertEquals("rwx------", permissions(first.resolve("work")));
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void removesWhatAFailedStartLeft() throws Exception {
        KeptChanges changes = KeptChanges.create(parent);
        Path outside = Files.writeString(parent.resolve("outside"), "stays");
        Path inner = Files.createDirectories(changes.directory().resolve("upper/a/b"));
        Files.createSymbolicLink(inner.resolve("link"), parent);
        Files.writeString(inner.resolve("file"), "x");
        Path closed = Files.createDirectories(changes.directory().resolve("work/work/x"))
                .getParent();
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        IOException failure = new IOException("a start that failed");
        changes.remove(failure);
        assertEquals(0, failure.getSuppressed().length);
        assertFalse(Files.exists(changes.directory()));
        assertTrue(Files.exists(outside));
    }

    @Test
    void saysWhatIsWrongWithTheParent() {
        Path missing = parent.resolve("missing");
        SandboxException e = assertThrows(SandboxException.class, () -> KeptChanges.create(missing));
        assertEquals("ENOENT", e.errnoName());
        assertEquals(Optional.of(missing.toString()), e.path());
        assertTrue(e.remedy().contains("keepChanges"), e.getMessage());
        assertFalse(Files.exists(missing));
    }
}
