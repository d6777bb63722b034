package dev.sandjar.internal;

import dev.sandjar.image.ImageStore;
import dev.sandjar.image.Registry;
import java.nio.file.Path;

/** What images need of the engine. Thread-safe. */
public interface Images {
    /** @throws IllegalArgumentException if the path is in another file system than the default one */
    ImageStore store(Path directory);

    /** Without credentials. */
    Registry anonymous();

    /** With the credentials that this user's configuration has. */
    Registry configured();
}
