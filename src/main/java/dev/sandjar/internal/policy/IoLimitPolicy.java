package dev.sandjar.internal.policy;

import dev.sandjar.internal.util.Nullable;
import java.nio.file.Path;

/**
 * What may pass to and from one block device per second; null is no limit.
 *
 * @param device a block device, or anything on a file system that lies on one
 * @param weight the share when it is busy, 1 to 10000
 */
public record IoLimitPolicy(
        Path device,
        @Nullable Long readBytes,
        @Nullable Long writeBytes,
        @Nullable Long readOperations,
        @Nullable Long writeOperations,
        @Nullable Integer weight) {
    public IoLimitPolicy(
            Path device,
            @Nullable Long readBytes,
            @Nullable Long writeBytes,
            @Nullable Long readOperations,
            @Nullable Long writeOperations) {
        this(device, readBytes, writeBytes, readOperations, writeOperations, null);
    }

    /** Whether it holds anything back, rather than only being a share. */
    public boolean throttles() {
        return readBytes != null || writeBytes != null || readOperations != null || writeOperations != null;
    }
}
