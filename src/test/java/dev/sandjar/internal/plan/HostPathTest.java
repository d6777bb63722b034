package dev.sandjar.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostPathTest {
    @TempDir
    Path directory;

    private Path program(String place, boolean executable) throws Exception {
        Path file = Files.createDirectories(directory.resolve(place)).resolve("tool");
        Files.createFile(file);
        assertTrue(!executable || file.toFile().setExecutable(true));
        return file;
    }

    @Test
    void theFirstOneThatMayRunIsMeant() throws Exception {
        program("plain", false);
        Path first = program("first", true);
        program("second", true);
        Files.createDirectories(directory.resolve("directory/tool"));
        String path = "relative::" + directory + "/none:" + directory + "/plain:" + directory + "/directory:"
                + directory + "/first:" + directory + "/second";
        assertEquals(first.toString(), HostPath.find("tool", path));
        assertNull(HostPath.find("tool", directory + "/plain"));
        assertNull(HostPath.find("tool", null));
        assertNull(HostPath.find("tool\0", path));
        assertNull(HostPath.find("first/tool", directory.toString()));
    }
}
