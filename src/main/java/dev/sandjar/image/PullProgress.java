package dev.sandjar.image;

import dev.sandjar.DataSize;

/** Receives the progress of a pull. Called by several threads, for every piece that has come; should return at once. */
@FunctionalInterface
public interface PullProgress {
    /**
     * More of a content has come.
     *
     * @param digest of the content
     * @param received how much of it is there
     * @param total how much it is
     */
    void received(String digest, DataSize received, DataSize total);
}
