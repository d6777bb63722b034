package dev.sandjar.cgroup;

import dev.sandjar.internal.Nullable;
import java.io.IOException;
import java.nio.file.Path;

/** Finds the disk that an I/O limit is about. */
@FunctionalInterface
public interface DeviceNumbers {
    /**
     * The whole disk of a block device or of anything on a file system.
     *
     * @return null where no block device stands behind {@code path}
     * @throws IOException if the path can't be looked at
     */
    @Nullable
    DeviceNumber of(Path path) throws IOException;
}
