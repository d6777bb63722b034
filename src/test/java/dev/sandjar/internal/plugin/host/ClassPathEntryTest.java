package dev.sandjar.internal.plugin.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is taken of a class path, and how much. */
class ClassPathEntryTest {
    private static final long PLENTY = 1 << 20;

    @TempDir
    Path directory;

    private static byte[] read(Path entry, long max) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new ClassPathEntry(entry, max).write(out);
        return out.toByteArray();
    }

    private static List<String> names(byte[] jar) throws IOException {
        List<String> names = new ArrayList<>();
        try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(jar))) {
            for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                names.add(entry.getName());
            }
        }
        return names;
    }

    @Test
    void aFileIsTakenAsItIs() throws Exception {
        byte[] bytes = {1, 2, 3};
        assertArrayEquals(bytes, read(Files.write(directory.resolve("a.jar"), bytes), 3));
    }

    @Test
    void aDirectoryIsPackedInOrder() throws Exception {
        Files.createDirectories(directory.resolve("b/c"));
        Files.writeString(directory.resolve("b/c/Zwölf.class"), "1");
        Files.writeString(directory.resolve("b/A.class"), "2");
        Files.writeString(directory.resolve("a"), "3");
        Files.createSymbolicLink(directory.resolve("dangling"), Path.of("nowhere"));
        byte[] jar = read(directory, PLENTY);
        assertEquals(List.of("a", "b/A.class", "b/c/Zwölf.class"), names(jar));
        assertArrayEquals(jar, read(directory, PLENTY));
    }

    @Test
    void moreThanTheBoundIsRefused() throws Exception {
        Path file = Files.write(directory.resolve("a"), new byte[1001]);
        for (Path entry : List.of(file, directory)) {
            IOException e = assertThrows(IOException.class, () -> read(entry, 1000));
            assertTrue(e.getMessage().contains("more than 1000 bytes"), e.getMessage());
            assertTrue(read(entry, 1001).length > 0);
        }
    }

    @Test
    void whatIsNotThereIsSaid() {
        NoSuchFileException e = assertThrows(NoSuchFileException.class, () -> read(directory.resolve("gone"), PLENTY));
        assertEquals("on the class path of a plugin", e.getReason());
    }
}
