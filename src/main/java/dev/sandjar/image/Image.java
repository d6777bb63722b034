package dev.sandjar.image;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Signal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image in an {@link ImageStore}: layers and a description. An immutable value: names may move on to other images, this stays what it
 * is, as long as the store keeps it. Two are equal that have the same {@link #id} in the same {@link #store}; the text is the name, or
 * else the digest. Only Sandjar implements it.
 */
public interface Image {
    /**
     * Where the store is that has it.
     *
     * @return the store's directory
     */
    Path store();

    /**
     * What it may cost to unpack it, as its store was opened.
     *
     * @return the limits of the store
     */
    ImageLimits limits();

    /**
     * The digest of its manifest.
     *
     * @return such as "sha256:..."
     */
    String id();

    /**
     * The name by which it was found.
     *
     * @return empty for an image without a name
     */
    Optional<ImageReference> name();

    /**
     * For which machines it is.
     *
     * @return {@code OS/ARCHITECTURE[/VARIANT]}, such as "linux/amd64"
     */
    String platform();

    /**
     * How it is to be run.
     *
     * @return by its own account
     */
    ImageConfig config();

    /**
     * When it was made.
     *
     * @return by its own account, if it gives one
     */
    Optional<Instant> created();

    /**
     * What it consists of.
     *
     * @return lowest first
     */
    List<ImageLayer> layers();

    /**
     * How it was made.
     *
     * @return by its own account, first step first
     */
    List<ImageHistory> history();

    /**
     * The layers together, as they are stored.
     *
     * @return not what they take when unpacked
     */
    default DataSize size() {
        return DataSize.bytes(
                layers().stream().mapToLong(layer -> layer.size().toBytes()).sum());
    }

    /**
     * What the image runs: its entrypoint, with these arguments or else its usual ones.
     *
     * @param arguments take the place of {@link ImageConfig#cmd()} if there are any
     * @return the command
     * @throws IllegalArgumentException if the image names no program and neither does the caller, or what it names is malformed
     */
    default Command command(String... arguments) {
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
    default Signal stopSignal() {
        return Signal.of(config().stopSignalNumber())
                .orElseThrow(() -> new IllegalArgumentException(
                        "image " + this + " has the stop signal " + config().stopSignal() + ", one for real time"));
    }
}
