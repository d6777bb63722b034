package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.testing.HostProgram;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of what an image has, which may claim more than it takes. */
class CopyingTest {
    private static final int SIZE = 64 << 20;
    private static final int BLOCKS_MAX = 2_048; // 1 MiB

    @TempDir
    Path directory;

    @Test
    void holesStayHoles() throws Exception {
        Path full = Files.write(directory.resolve("full"), new byte[SIZE]);
        assumeTrue(blocks(full) > BLOCKS_MAX, "zeros take no room on this file system");
        Path file = directory.resolve("file");
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(SIZE);
            out.seek(SIZE / 2 + 3);
            out.write(7);
        }
        Path copy = copied("file");
        assertEquals(SIZE, Files.size(copy));
        assertEquals(-1, Files.mismatch(file, copy));
        assertTrue(blocks(copy) <= BLOCKS_MAX, () -> "it takes " + blocks(copy) + " blocks");
    }

    @Test
    void theEndIsTheSame() throws Exception {
        for (byte[] bytes : new byte[][] {{}, {0}, {1, 0}, {0, 1}, new byte[100_000]}) {
            Files.write(directory.resolve("file"), bytes);
            assertArrayEquals(bytes, Files.readAllBytes(copied("file")));
        }
    }

    private Path copied(String name) throws Exception {
        Path made = Files.createTempDirectory(directory, "copy");
        try (HostTree from = HostTree.open(directory);
                HostTree to = HostTree.open(made)) {
            Copying.content(from, name, to, name, new byte[1 << 17]);
        }
        return made.resolve(name);
    }

    private static long blocks(Path file) {
        return Long.parseLong(
                HostProgram.run("stat", "-c", "%b", file.toString()).out().strip());
    }
}
