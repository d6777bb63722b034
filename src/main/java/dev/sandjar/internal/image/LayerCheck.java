package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.internal.image.zstd.ZstdInput;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.io.InputStream;

/** Refuses an image when it comes, not when it is started, if a layer of it can't be unpacked, as far as that shows without doing it. */
final class LayerCheck {
    private LayerCheck() {}

    /** By what the manifest says of it, before it is fetched. */
    static void type(Descriptor layer) throws ImageException {
        if (layer.mediaType().endsWith("+encrypted")) {
            throw new ImageException(about(layer), "it is encrypted", "decrypt it: skopeo copy --decryption-key");
        }
        if (layer.mediaType().contains(".foreign.") || layer.mediaType().contains(".nondistributable.")) {
            throw new ImageException(
                    about(layer),
                    "it is a foreign layer (" + Printable.quote(layer.mediaType())
                            + "), which is not to be had from where the image is",
                    "name an image without one");
        }
    }

    /** How it is compressed, all headers of zstd, and how the archive begins. */
    static void content(Descriptor layer, Blobs blobs, ImageLimits limits) throws IOException {
        String about = about(layer);
        Decompression.Kind kind;
        try (InputStream in = blobs.open(layer)) {
            kind = Decompression.kind(in, about);
        }
        if (kind == Decompression.Kind.ZSTD) {
            try (InputStream in = blobs.open(layer)) {
                ZstdInput.check(in, about);
            }
        }
        try (InputStream in = blobs.open(layer)) {
            TarHeader.check(Decompression.of(in, limits, about).plain(), about);
        }
    }

    private static String about(Descriptor layer) {
        return "layer " + layer.digest();
    }
}
