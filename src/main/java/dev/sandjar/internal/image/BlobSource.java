package dev.sandjar.internal.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** Where the contents of an image come from: a directory, an archive, a registry. What it gives is not verified yet. */
interface BlobSource {
    /** A manifest, an index or a configuration, from its beginning. */
    InputStream open(Descriptor descriptor) throws IOException;

    /** Brings contents into the store, which verifies them. */
    default void bring(List<Descriptor> missing, Blobs blobs) throws IOException {
        for (Descriptor descriptor : missing) {
            try (InputStream in = open(descriptor)) {
                blobs.put(in, descriptor);
            }
        }
    }
}
