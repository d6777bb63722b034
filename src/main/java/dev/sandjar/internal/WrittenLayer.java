package dev.sandjar.internal;

import dev.sandjar.changes.ChangeSet;
import java.io.IOException;

/** The layer that a sandbox writes to, while somebody may ask for its changes. Thread-safe. */
public interface WrittenLayer {
    /** The same at each call. */
    ChangeSet changes() throws IOException;

    /** Removes what was captured. */
    void discard() throws IOException;

    /** Somebody else than the process may ask for the changes. */
    void outlive();

    /** Discards what was captured, unless somebody has asked for it, who then closes it. */
    void close();
}
