package dev.sandjar.internal.image;

import dev.sandjar.DataSize;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageConfig;
import dev.sandjar.image.ImageHistory;
import dev.sandjar.image.ImageLayer;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageReference;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An image of a store, with its manifest and configuration read.
 *
 * @param reference by which it was found, null if it has none
 */
public record StoredImage(
        Path store,
        ImageLimits limits,
        Descriptor manifest,
        @Nullable String reference,
        Manifests.Manifest parts,
        Manifests.Config description)
        implements Image {
    /** How the path of its topmost layer ends, whoever owns the files. */
    String topLayer() {
        List<Digest> chain = Layers.chain(description.diffIds());
        return chain.isEmpty() ? "no layer" : Layers.end(chain.get(chain.size() - 1));
    }

    @Override
    public String id() {
        return manifest.digest().toString();
    }

    @Override
    public Optional<ImageReference> name() {
        return Optional.ofNullable(reference).map(ImageReference::parse);
    }

    @Override
    public String platform() {
        return description.platform().toString();
    }

    @Override
    public ImageConfig config() {
        return description.config();
    }

    @Override
    public Optional<Instant> created() {
        return instant(description.created());
    }

    @Override
    public List<ImageLayer> layers() {
        List<String> commands = history().stream()
                .filter(ImageHistory::layer)
                .map(ImageHistory::createdBy)
                .toList();
        List<ImageLayer> layers = new ArrayList<>();
        for (int i = 0; i < parts.layers().size(); i++) {
            layers.add(new ImageLayer(
                    parts.layers().get(i).digest().toString(),
                    description.diffIds().get(i).toString(),
                    DataSize.bytes(parts.layers().get(i).size()),
                    i < commands.size() ? commands.get(i) : ""));
        }
        return layers;
    }

    @Override
    public List<ImageHistory> history() {
        List<ImageHistory> steps = new ArrayList<>();
        for (Manifests.History step : description.history()) {
            steps.add(new ImageHistory(instant(step.created()), step.createdBy(), step.comment(), !step.empty()));
        }
        return steps;
    }

    private static Optional<Instant> instant(String text) {
        try {
            return text.isEmpty()
                    ? Optional.empty()
                    : Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StoredImage that && id().equals(that.id()) && store.equals(that.store);
    }

    @Override
    public int hashCode() {
        return id().hashCode();
    }

    /** Its name, or else its digest. */
    @Override
    public String toString() {
        return name().map(ImageReference::toString).orElse(id());
    }
}
