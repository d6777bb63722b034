package dev.sandjar.internal.image;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image of a store, with its manifest and configuration read.
 *
 * @param name by which it was found, null if it has none
 */
public record StoredImage(
        Descriptor manifest, @Nullable String name, Manifests.Manifest parts, Manifests.Config config) {
    /** How the path of its topmost layer ends, whoever owns the files. */
    public String topLayer() {
        List<Digest> chain = Layers.chain(config.diffIds());
        return chain.isEmpty() ? "no layer" : Layers.end(chain.get(chain.size() - 1));
    }
}
