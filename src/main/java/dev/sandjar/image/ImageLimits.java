package dev.sandjar.image;

import dev.sandjar.DataSize;
import dev.sandjar.internal.util.Checks;
import java.util.Objects;

/**
 * Limits of what one image may cost; an image beyond them is refused. They are there because an archive of a few kilobytes can describe
 * any amount of files. The defaults let pass what registries hold. An immutable value, for {@link ImageStore#withLimits}.
 *
 * @param bytes the sum of the sizes of all files of a layer, holes counted, and the size of a downloaded or loaded file, at least 1 byte;
 *     default 16 GiB
 * @param entries the number of files, directories and links of a layer, 1 to 100,000,000; default 2,000,000
 * @param depth the number of directories above a file, 1 to 1000; default 128
 * @param ratio how many times larger than its compressed form a layer may be once it is above 64 MiB, 1 to 100,000; default 250
 * @param layers the number of layers of an image, 1 to 500, which is what overlayfs stacks; default 128
 */
public record ImageLimits(DataSize bytes, long entries, int depth, int ratio, int layers) {
    private static final int DEFAULT_DEPTH = 128;
    private static final long DEFAULT_ENTRIES = 2_000_000;
    private static final int DEFAULT_RATIO = 250;
    private static final int DEFAULT_LAYERS = 128;

    /**
     * Checks the ranges.
     *
     * @param bytes the sum of the sizes of all files of a layer, and the size of a downloaded or loaded file, at least 1 byte
     * @param entries the number of files, directories and links of a layer, 1 to 100,000,000
     * @param depth the number of directories above a file, 1 to 1000
     * @param ratio how many times larger than its compressed form a layer may be once it is above 64 MiB, 1 to 100,000
     * @param layers the number of layers of an image, 1 to 500
     * @throws IllegalArgumentException if one is out of range
     */
    public ImageLimits {
        Objects.requireNonNull(bytes, "bytes");
        Checks.range("number of bytes", bytes.toBytes(), 1, Long.MAX_VALUE);
        Checks.range("number of entries", entries, 1, 100_000_000);
        Checks.range("depth", depth, 1, 1000);
        Checks.range("ratio", ratio, 1, 100_000);
        Checks.range("number of layers", layers, 1, 500);
    }

    /**
     * Returns the default limits, below which images usually stay far.
     *
     * @return the defaults
     */
    public static ImageLimits defaults() {
        return new ImageLimits(DataSize.gibibytes(16), DEFAULT_ENTRIES, DEFAULT_DEPTH, DEFAULT_RATIO, DEFAULT_LAYERS);
    }

    /**
     * Returns limits with another {@link #bytes()}.
     *
     * @param limit the size, at least 1 byte
     * @return the changed limits
     * @throws IllegalArgumentException if the size is 0
     */
    public ImageLimits withBytes(DataSize limit) {
        return new ImageLimits(limit, entries, depth, ratio, layers);
    }

    /**
     * Returns limits with another {@link #entries()}.
     *
     * @param limit the number, 1 to 100,000,000
     * @return the changed limits
     * @throws IllegalArgumentException if the number is out of range
     */
    public ImageLimits withEntries(long limit) {
        return new ImageLimits(bytes, limit, depth, ratio, layers);
    }
}
