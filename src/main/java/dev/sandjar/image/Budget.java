package dev.sandjar.image;

import dev.sandjar.ImageException;
import dev.sandjar.ImageLimits;

/** Counts what unpacking has cost so far, against the limits. */
final class Budget {
    private static final long RATIO_FROM = 64L << 20;

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

    /** So much came out of so much. */
    void ratio(long plain, long compressed) throws ImageException {
        if (plain > RATIO_FROM && plain / limits.ratio() > compressed) {
            throw new ImageException(
                    subject,
                    "it is more than " + limits.ratio() + " times larger than its compressed form",
                    "raise ImageLimits.ratio if it is meant to be");
        }
    }
}
