package dev.sandjar.image;

import dev.sandjar.DataSize;

/**
 * Receives the progress of a pull, see {@link Registry#onProgress}. It is called by several threads, for every piece that has come, and
 * should return at once, since the pull waits for it.
 */
@FunctionalInterface
public interface PullProgress {
    /**
     * Receives how much of a content has come so far.
     *
     * @param digest the digest of the content, such as "sha256:..."
     * @param received how much of the content is there
     * @param total the size of the content
     */
    void received(String digest, DataSize received, DataSize total);
}
