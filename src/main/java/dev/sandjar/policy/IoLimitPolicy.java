package dev.sandjar.policy;

import dev.sandjar.internal.Nullable;
import java.nio.file.Path;

/**
 * What may pass to and from one block device per second; null is no limit.
 *
 * @param device a block device, or anything on a file system that lies on one
 */
public record IoLimitPolicy(
        Path device,
        @Nullable Long readBytes,
        @Nullable Long writeBytes,
        @Nullable Long readOperations,
        @Nullable Long writeOperations) {}
