package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.image.Image;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageStore;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files with holes, in each of the ways in which GNU tar writes them. */
@KernelTest
class SparseIT {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 24 * MIB;

    @TempDir
    Path directory;

    /** More pieces than a header has room for, one across blocks, and a hole at the end. */
    private Path holes() throws IOException {
        Path file = Files.createDirectories(directory.resolve("root")).resolve("holes");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int at = 0; at < 20; at++) {
                byte[] piece = ("piece " + at).repeat(at == 7 ? 3_000 : 1).getBytes();
                assertEquals(piece.length, channel.write(ByteBuffer.wrap(piece), (long) at * MIB + (at % 2) * 77L));
            }
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            assertEquals(1, channel.write(ByteBuffer.wrap(new byte[1]), SIZE - 1L));
        }
        return file;
    }

    private static long allocated(Path file) {
        return 512
                * Long.parseLong(
                        HostProgram.sh("stat -c %b \"$1\"", file.toString()).strip());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--format=gnu",
                "--format=posix --sparse-version=0.0",
                "--format=posix --sparse-version=0.1",
                "--format=posix --sparse-version=1.0"
            })
    void holesStayHoles(String format) throws Exception {
        Path file = holes();
        Path archive = directory.resolve("root.tar");
        HostProgram.sh(
                "tar --sparse " + format + " -C \"$1\" -cf \"$2\" holes",
                file.getParent().toString(),
                archive.toString());
        assertTrue(Files.size(archive) < MIB, "it was written as a sparse one: " + Files.size(archive));
        ImageStore store = ImageStore.open(directory.resolve("store"));
        Image image = store.importRoot(archive, "sparse:1");
        try (ImageRoot root = new Store(store.directory(), ImageLimits.defaults(), null)
                .root(image.id(), Ownership.SQUASHED, "test")) {
            Path unpacked = root.lower().get(0).resolve("holes");
            assertEquals(-1, Files.mismatch(file, unpacked));
            assertEquals(SIZE, Files.size(unpacked));
            assertTrue(allocated(unpacked) < MIB / 2, "it has holes: " + allocated(unpacked));
        }
    }

    /** Beyond what 32 bits count. */
    @Test
    void holesOfGibibytes() throws Exception {
        Path archive = directory.resolve("root.tar");
        HostProgram.sh(
                "mkdir \"$1/large\" && truncate -s 5G \"$1/large/holes\""
                        + " && printf x | dd of=\"$1/large/holes\" bs=1 seek=4G conv=notrunc status=none"
                        + " && tar --sparse -C \"$1/large\" -cf \"$2\" holes",
                directory.toString(),
                archive.toString());
        ImageStore store = ImageStore.open(directory.resolve("store"));
        Image image = store.importRoot(archive, "sparse:1");
        try (ImageRoot root = new Store(store.directory(), ImageLimits.defaults(), null)
                        .root(image.id(), Ownership.SQUASHED, "test");
                FileChannel unpacked =
                        FileChannel.open(root.lower().get(0).resolve("holes"), StandardOpenOption.READ)) {
            assertEquals(5L << 30, unpacked.size());
            ByteBuffer two = ByteBuffer.allocate(2);
            unpacked.read(two, 4L << 30);
            assertEquals('x', two.get(0));
            assertEquals(0, two.get(1));
        }
    }
}
