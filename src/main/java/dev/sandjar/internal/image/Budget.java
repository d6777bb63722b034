package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;

/** Counts what unpacking has cost so far, against the limits. */
final class Budget {
    private final ImageLimits limits;
    private final String subject;
    private long bytes;
    private long entries;

    Budget(ImageLimits limits, String subject) {
        this.limits = limits;
        this.subject = subject;
    }

    int depth() {
        return limits.depth();
    }

    long bytes() {
        return bytes;
    }

    long entries() {
        return entries;
    }

    void entry(TarEntry entry) throws ImageException {
        if (++entries > limits.entries()) {
            throw new ImageException(
                    subject, "it has more than " + limits.entries() + " entries", "raise ImageLimits.entries");
        }
        take(entry.size());
    }

    void take(long size) throws ImageException {
        if (size > limits.bytes().toBytes() - bytes) {
            throw new ImageException(
                    subject, "its files take more than " + limits.bytes() + " together", "raise ImageLimits.bytes");
        }
        bytes += size;
    }
}
