package dev.sandjar.internal.hostfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestWritableTest {
    @TempDir
    Path directory;

    private final GuestWritable lent = new GuestWritable(2);

    private Path made(String name) throws IOException {
        return Files.createDirectory(directory.resolve(name));
    }

    private boolean isGuestWritable(Path path) {
        HostStat stat = HostStat.followed(PathBytes.of(path));
        assertNotNull(stat);
        return lent.contains(stat.identity());
    }

    @Test
    void knowsDirectoriesByAnyName() throws IOException {
        Path a = made("a");
        lent.remember(List.of(a, a, Files.createFile(directory.resolve("file")), directory.resolve("missing")));
        assertEquals(1, lent.size());
        Path moved = Files.move(a, directory.resolve("moved"));
        assertTrue(isGuestWritable(moved));
        assertFalse(isGuestWritable(made("a")));
    }

    @Test
    void forgetsTheGoneWhenItIsFull() throws IOException {
        Path a = made("a");
        Path b = made("b");
        lent.remember(List.of(a, b));
        Files.delete(a);
        Path c = made("c");
        lent.remember(List.of(c));
        assertEquals(2, lent.size());
        assertTrue(isGuestWritable(b) && isGuestWritable(c));
        assertFalse(isGuestWritable(directory));
    }

    @Test
    void trustsNoDirectoryWhenItIsOverfull() throws IOException {
        lent.remember(List.of(made("a"), made("b"), made("c")));
        assertEquals(2, lent.size());
        assertTrue(isGuestWritable(directory));
    }
}
