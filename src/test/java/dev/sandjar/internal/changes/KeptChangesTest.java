package dev.sandjar.internal.changes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class KeptChangesTest {
    private static final int FILES = 5000;

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

    /** A sandbox that may write to the parent exchanges the directory for a link while it is being removed. */
    @Test
    @Timeout(120)
    void whatALinkLeadsToStays() throws Exception {
        KeptChanges changes = KeptChanges.create(parent);
        Path made = changes.directory();
        Path outside = Files.createDirectory(parent.resolve("outside"));
        Path last = files(outside);
        Path first = made.resolve(files(made).getFileName());
        CountDownLatch spinning = new CountDownLatch(1);
        Thread guest = new Thread(() -> {
            spinning.countDown();
            while (Files.exists(first)) {
                Thread.onSpinWait();
            }
            try {
                Files.move(made, parent.resolve("moved"));
                Files.createSymbolicLink(made, outside);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        guest.start();
        spinning.await();
        changes.remove(new IOException("a start that failed"));
        Files.deleteIfExists(first);
        guest.join();
        assertTrue(Files.exists(last));
        try (Stream<Path> left = Files.list(outside)) {
            assertEquals(FILES, left.count());
        }
    }

    /** The first of them that a directory lists, by which somebody sees that its removal has begun. */
    private static Path files(Path directory) throws IOException {
        for (int i = 0; i < FILES; i++) {
            Files.createFile(directory.resolve("file" + i));
        }
        try (Stream<Path> names = Files.list(directory)) {
            return names.filter(path -> Files.isRegularFile(path)).findFirst().orElseThrow();
        }
    }

    @Test
    void theModeOfAnImagesRootIsSetOnWhatWasMadeAlone() throws Exception {
        KeptChanges changes = KeptChanges.create(parent);
        Path lower = Files.createDirectory(parent.resolve("lower"));
        Files.setPosixFilePermissions(lower, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path outside = Files.createDirectory(parent.resolve("outside"));
        Files.setPosixFilePermissions(outside, PosixFilePermissions.fromString("rwx------"));
        Files.move(changes.directory().resolve("upper"), changes.directory().resolve("moved"));
        Files.createSymbolicLink(changes.directory().resolve("upper"), outside);
        assertThrows(IOException.class, () -> changes.like(lower));
        assertEquals("rwx------", permissions(outside));
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
