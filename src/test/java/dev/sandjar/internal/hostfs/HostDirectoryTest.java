package dev.sandjar.internal.hostfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostDirectoryTest {
    @TempDir
    Path path;

    private static byte[] name(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Far beyond the longest path that the kernel takes, and more directories than processes may usually open at once. */
    @Test
    void whatNestsDeeplyIsRemoved() throws Exception {
        byte[] long100 = name("d".repeat(100));
        try (HostDirectory root = HostDirectory.open(path)) {
            HostDirectory at = root;
            for (int i = 0; i < 1200; i++) {
                at.makeDirectory(long100);
                at.create(name("file"), 0600).close();
                HostDirectory next = at.directory(long100);
                if (at != root) {
                    at.close();
                }
                at = next;
            }
            at.close();
            root.clear();
            assertTrue(root.names(10).isEmpty());
        }
    }

    @Test
    void linksAreNeverFollowed() throws Exception {
        Path outside = Files.createDirectory(path.resolve("outside"));
        Files.writeString(outside.resolve("file"), "stays");
        Path inside = Files.createDirectory(path.resolve("inside"));
        Files.createSymbolicLink(inside.resolve("link"), outside);
        Files.createSymbolicLink(inside.resolve("to-file"), outside.resolve("file"));
        try (HostDirectory directory = HostDirectory.open(inside)) {
            assertThrows(SandboxException.class, () -> directory.directory(name("link")));
            assertThrows(SandboxException.class, () -> directory.read(name("to-file")));
            assertThrows(SandboxException.class, () -> directory.create(name("to-file"), 0600));
            assertTrue(directory.status(name("link")).isLink());
            directory.clear();
            assertTrue(directory.names(10).isEmpty());
        }
        assertEquals("stays", Files.readString(outside.resolve("file")));
    }

    @Test
    void oneEntryIsRemovedWithAllBelow() throws Exception {
        Files.createDirectories(path.resolve("gone/a/b/c"));
        Files.writeString(path.resolve("gone/a/b/file"), "x");
        Files.createDirectories(path.resolve("stays/a"));
        try (HostDirectory directory = HostDirectory.open(path)) {
            directory.remove(name("gone"));
            directory.remove(name("never there"));
            assertEquals(1, directory.names(10).size());
            assertNotNull(directory.status(name("stays")));
        }
    }

    @Test
    void aPipeDoesNotKeepTheReaderWaiting() throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("mkfifo", path.resolve("pipe").toString())
                        .start()
                        .waitFor());
        try (HostDirectory directory = HostDirectory.open(path)) {
            assertThrows(SandboxException.class, () -> directory.read(name("pipe")));
        }
    }

    @Test
    void newFilesHaveTheirPermissionsWhateverTheUmask() throws Exception {
        try (HostDirectory directory = HostDirectory.open(path)) {
            try (OutputStream out = directory.create(name("file"), 0666)) {
                out.write(name("text"));
            }
            assertEquals(0666, directory.status(name("file")).permissions());
            assertThrows(SandboxException.class, () -> directory.create(name("file"), 0600));
        }
    }
}
