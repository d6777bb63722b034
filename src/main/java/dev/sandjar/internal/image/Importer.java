package dev.sandjar.internal.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Brings one image from a source into the store: from an index the manifest for this machine, then what that names. */
final class Importer {
    private static final int NESTED_MAX = 4;

    private final Blobs blobs;
    private final ImageLimits limits;
    private final Platform wanted;

    Importer(Blobs blobs, ImageLimits limits, Platform wanted) {
        this.blobs = blobs;
        this.limits = limits;
        this.wanted = wanted;
    }

    /** The manifest that was chosen. */
    Descriptor bring(BlobSource source, Descriptor top) throws IOException {
        Descriptor at = top;
        for (int depth = 0; depth < NESTED_MAX; depth++) {
            String subject = "manifest " + at.digest();
            byte[] text = small(source, at);
            JsonNode node = Json.parse(text, subject);
            if (!Manifests.isIndex(node, at.mediaType())) {
                return manifest(source, at, text);
            }
            at = choose(Manifests.index(node, subject), source, subject);
        }
        throw new ImageException(
                "manifest " + top.digest(), "indexes are nested more than " + NESTED_MAX + " deep", "");
    }

    private byte[] small(BlobSource source, Descriptor descriptor) throws IOException {
        if (blobs.has(descriptor)) {
            return blobs.read(descriptor);
        }
        String subject = Blobs.about(descriptor.digest());
        if (descriptor.size() > Json.MAX) {
            throw new ImageException(subject, "it has " + descriptor.size() + " bytes, allowed are " + Json.MAX, "");
        }
        try (HashingInput in =
                new HashingInput(source.open(descriptor), descriptor.digest(), descriptor.size(), subject)) {
            byte[] content = in.readNBytes(Json.MAX);
            in.finish(0);
            return content;
        }
    }

    Descriptor choose(List<Descriptor> offered, BlobSource source, String subject) throws IOException {
        Descriptor best = null;
        int bestFit = 0;
        List<String> seen = new ArrayList<>();
        for (Descriptor entry : offered) {
            Platform platform = entry.platform();
            if (platform == null && offered.size() == 1) {
                return entry;
            }
            Platform known = platform != null ? platform : platformOf(source, entry);
            if (known == null) {
                continue;
            }
            seen.add(known.toString());
            int fit = wanted.fit(known);
            if (fit > bestFit) {
                best = entry;
                bestFit = fit;
            }
        }
        if (offered.isEmpty()) {
            throw new ImageException(subject, "its index lists no image", "get it again, or name another");
        }
        if (best == null && seen.isEmpty()) {
            throw new ImageException(
                    subject, "of the " + offered.size() + " entries of its index none is known to be an image", "");
        }
        if (best == null) {
            throw new ImageException(
                    subject,
                    "it has nothing for " + wanted + ", but for " + String.join(", ", seen),
                    "ImageStore.withPlatform chooses another, which this machine must be able to run");
        }
        return best;
    }

    /** Some indexes say nothing of platforms, which then stand in the configurations. */
    private @Nullable Platform platformOf(BlobSource source, Descriptor entry) throws IOException {
        if (!MediaTypes.isManifest(entry.mediaType())) {
            return null;
        }
        String subject = "manifest " + entry.digest();
        Manifests.Manifest manifest = Manifests.manifest(small(source, entry), limits, subject);
        return Manifests.config(small(source, manifest.config()), subject).platform();
    }

    private Descriptor manifest(BlobSource source, Descriptor descriptor, byte[] text) throws IOException {
        String subject = "manifest " + descriptor.digest();
        Manifests.Manifest manifest = Manifests.manifest(text, limits, subject);
        byte[] configText = small(source, manifest.config());
        Manifests.Config config = Manifests.config(
                configText, "configuration " + manifest.config().digest());
        if (config.diffIds().size() != manifest.layers().size()) {
            throw new ImageException(
                    subject,
                    "it has " + manifest.layers().size() + " layers, and its configuration names "
                            + config.diffIds().size(),
                    manifest.layers().isEmpty() ? "" : "it may be an artifact that is not an image");
        }
        if (!config.platform().os().equals(wanted.os())) {
            throw new ImageException(
                    subject,
                    "it is for " + config.platform() + ", and not for " + wanted.os(),
                    "name an image for " + wanted.os());
        }
        List<Descriptor> missing = new ArrayList<>();
        Set<Digest> seen = new LinkedHashSet<>();
        for (Descriptor layer : manifest.layers()) {
            LayerCheck.type(layer);
            if (seen.add(layer.digest()) && !blobs.has(layer)) {
                missing.add(layer);
            }
        }
        source.bring(missing, blobs);
        for (Descriptor layer : manifest.layers()) {
            LayerCheck.content(layer, blobs, limits);
        }
        blobs.put(configText, manifest.config());
        blobs.put(text, descriptor);
        String type = descriptor.mediaType().isEmpty() ? MediaTypes.MANIFEST : descriptor.mediaType();
        return new Descriptor(type, descriptor.digest(), descriptor.size(), java.util.Map.of(), config.platform());
    }
}
