package dev.sandjar.internal.cgroup;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

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

    /** The I/O scheduler of a disk, such as "bfq"; "" if nobody tells. */
    default String schedulerOf(DeviceNumber disk) {
        String text = GroupFiles.read(Path.of("/sys/dev/block/" + disk + "/queue/scheduler"));
        int begin = text == null ? -1 : text.indexOf('[');
        int end = text == null ? -1 : text.indexOf(']');
        return text == null || begin < 0 || end < begin ? "" : text.substring(begin + 1, end);
    }
}
