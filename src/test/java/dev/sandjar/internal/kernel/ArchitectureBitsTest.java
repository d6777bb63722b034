package dev.sandjar.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The flags by which hostile links are not followed are those of the kernel that runs. */
class ArchitectureBitsTest {
    @TempDir
    Path directory;

    private static int open(Path path, int flags) throws Exception {
        return Kernel.get().open(PathBytes.of(path), flags, 0);
    }

    @Test
    void theKernelTakesThemAsTheyAreMeant() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        Path other = Files.createSymbolicLink(directory.resolve("other"), directory);
        assertEquals(-Errno.ENOTDIR.number(), open(file, Kernel.O_DIRECTORY));
        assertEquals(-Errno.ELOOP.number(), open(link, Kernel.O_NOFOLLOW));
        assertEquals(-Errno.ENOTDIR.number(), open(other, Kernel.O_DIRECTORY | Kernel.O_NOFOLLOW));
        int followed = open(link, 0);
        int opened = open(other, Kernel.O_DIRECTORY);
        try {
            assertTrue(followed >= 0, "the control: without the flag the link is followed");
            assertEquals(Kernel.O_DIRECTORY, flags(opened) & (Kernel.O_DIRECTORY | Kernel.O_NOFOLLOW));
        } finally {
            Kernel.get().close(followed);
            Kernel.get().close(opened);
        }
    }

    /** As the kernel shows them in {@code proc_pid_fdinfo(5)}. */
    private static int flags(int fd) throws Exception {
        return Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)).stream()
                .filter(line -> line.startsWith("flags:"))
                .mapToInt(line ->
                        Integer.parseInt(line.substring("flags:".length()).strip(), 8))
                .findFirst()
                .orElseThrow();
    }

    /** arch/arm64/include/uapi/asm/fcntl.h; the generic ones would mean O_DIRECT and O_LARGEFILE there. */
    @Test
    void otherProcessorsHaveOthers() {
        assertEquals(0x4000, Architecture.of("aarch64").directory());
        assertEquals(0x8000, Architecture.of("aarch64").noFollow());
        assertEquals(0x10000, Architecture.of("amd64").directory());
        assertEquals(0x20000, Architecture.of("amd64").noFollow());
        assertEquals(Architecture.OTHER, Architecture.of("pdp11"));
    }
}
