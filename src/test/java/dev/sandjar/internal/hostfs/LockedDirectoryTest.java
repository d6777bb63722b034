package dev.sandjar.internal.hostfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sandjar.internal.kernel.ForwardingKernel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may open a directory may lock it: so nobody else may, from the moment on that it is there. */
class LockedDirectoryTest {
    @TempDir
    Path parent;

    @Test
    void nobodyElseMayOpenItBeforeItIsLocked() throws Exception {
        List<String> modes = new ArrayList<>();
        ForwardingKernel kernel = new ForwardingKernel() {
            @Override
            public int open(byte[] path, int flags, int mode) {
                modes.add(mode());
                return real.open(path, flags, mode);
            }

            @Override
            public int flock(int fd, boolean wait) {
                modes.add(mode());
                return real.flock(fd, wait);
            }
        };
        LockedDirectory made = LockedDirectory.make(kernel, parent);
        assertEquals(List.of("rwx--x--x", "rwx--x--x"), modes);
        assertNull(LockedDirectory.lock(kernel, made.path()), "it is locked");
        assertEquals(0, kernel.close(made.fd()));
        LockedDirectory again = LockedDirectory.lock(kernel, made.path());
        assertNotNull(again);
        kernel.close(again.fd());
    }

    private String mode() {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(parent)) {
            return PosixFilePermissions.toString(
                    Files.getPosixFilePermissions(children.iterator().next()));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
