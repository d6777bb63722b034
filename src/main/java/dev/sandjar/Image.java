package dev.sandjar;

import dev.sandjar.internal.image.Manifests;
import dev.sandjar.internal.image.StoredImage;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image in an {@link ImageStore}: layers and a description. An immutable value: names may move on to other images, this stays what it
 * is, as long as the store keeps it.
 */
public final class Image {
    private final StoredImage stored;
    private final Path store;
    private final ImageLimits limits;

    Image(StoredImage stored, Path store, ImageLimits limits) {
        this.stored = stored;
        this.store = store;
        this.limits = limits;
    }

    StoredImage stored() {
        return stored;
    }

    /**
     * Where the store is that has it.
     *
     * @return the store's directory
     */
    public Path store() {
        return store;
    }

    /**
     * What it may cost to unpack it, as its store was opened.
     *
     * @return the limits of the store
     */
    public ImageLimits limits() {
        return limits;
    }

    /**
     * The digest of its manifest.
     *
     * @return such as "sha256:..."
     */
    public String id() {
        return stored.manifest().digest().toString();
    }

    /**
     * The name by which it was found.
     *
     * @return empty for an image without a name
     */
    public Optional<ImageReference> name() {
        return Optional.ofNullable(stored.name()).map(ImageReference::parse);
    }

    /**
     * For which machines it is.
     *
     * @return {@code OS/ARCHITECTURE[/VARIANT]}, such as "linux/amd64"
     */
    public String platform() {
        return stored.config().platform().toString();
    }

    /**
     * How it is to be run.
     *
     * @return by its own account
     */
    public ImageConfig config() {
        return stored.config().config();
    }

    /**
     * When it was made.
     *
     * @return by its own account, if it gives one
     */
    public Optional<Instant> created() {
        return instant(stored.config().created());
    }

    /**
     * What it consists of.
     *
     * @return lowest first
     */
    public List<ImageLayer> layers() {
        List<String> commands = history().stream()
                .filter(ImageHistory::layer)
                .map(ImageHistory::createdBy)
                .toList();
        List<ImageLayer> layers = new ArrayList<>();
        for (int i = 0; i < stored.parts().layers().size(); i++) {
            layers.add(new ImageLayer(
                    stored.parts().layers().get(i).digest().toString(),
                    stored.config().diffIds().get(i).toString(),
                    DataSize.bytes(stored.parts().layers().get(i).size()),
                    i < commands.size() ? commands.get(i) : ""));
        }
        return layers;
    }

    /**
     * How it was made.
     *
     * @return by its own account, first step first
     */
    public List<ImageHistory> history() {
        List<ImageHistory> steps = new ArrayList<>();
        for (Manifests.History step : stored.config().history()) {
            steps.add(new ImageHistory(instant(step.created()), step.createdBy(), step.comment(), !step.empty()));
        }
        return steps;
    }

    private static Optional<Instant> instant(String text) {
        try {
            return text.isEmpty()
                    ? Optional.empty()
                    : Optional.of(java.time.OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /**
     * The layers together, as they are stored.
     *
     * @return not what they take when unpacked
     */
    public DataSize size() {
        return DataSize.bytes(stored.parts().layers().stream()
                .mapToLong(layer -> layer.size())
                .sum());
    }

    /**
     * What the image runs: its entrypoint, with these arguments or else its usual ones.
     *
     * @param arguments take the place of {@link ImageConfig#cmd()} if there are any
     * @return the command
     * @throws IllegalArgumentException if the image names no program and neither does the caller, or what it names is malformed
     */
    public Command command(String... arguments) {
        List<String> words = new ArrayList<>(config().entrypoint());
        words.addAll(arguments.length > 0 ? List.of(arguments) : config().cmd());
        if (words.isEmpty()) {
            throw new IllegalArgumentException("image " + this + " has no entrypoint and no cmd: name a program");
        }
        return Command.of(words);
    }

    /**
     * The signal that asks its program to end.
     *
     * @return {@link Signal#TERM} if it names none
     * @throws IllegalArgumentException if it names one that does not exist, or one for real time, which is none of {@link Signal}'s
     */
    public Signal stopSignal() {
        return Signal.of(StopSignals.number(config().stopSignal()))
                .orElseThrow(() -> new IllegalArgumentException(
                        "image " + this + " has the stop signal " + config().stopSignal() + ", one for real time"));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Image that && id().equals(that.id()) && store.equals(that.store);
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
