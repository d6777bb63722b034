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
 * An image in an {@link ImageStore}: layers and a configuration, as the OCI image specification has them. An immutable value: a name may
 * move on to another image, but this image stays what it is, as long as the store keeps it. Two images are equal if they have the same
 * {@link #id} in the same {@link #store}. {@link Object#toString()} gives the name, or else the digest. Only Sandjar implements this.
 */
public interface Image {
    /**
     * Returns the directory of the store that has this image.
     *
     * @return an absolute path
     */
    Path store();

    /**
     * Returns the limits that hold when this image is unpacked.
     *
     * @return the limits of the {@link ImageStore} that gave this image
     */
    ImageLimits limits();

    /**
     * Returns the digest of the manifest, which identifies this image.
     *
     * @return a text such as "sha256:..." or "sha512:..."
     */
    String id();

    /**
     * Returns the name by which this image was found.
     *
     * @return the name, or empty for an image without a name
     */
    Optional<ImageReference> name();

    /**
     * Returns the platform for which this image is made.
     *
     * @return {@code OS/ARCHITECTURE[/VARIANT]}, such as "linux/amd64"
     */
    String platform();

    /**
     * Returns what the image says of how it is to be run.
     *
     * @return the configuration
     */
    ImageConfig config();

    /**
     * Returns when the image says that it was made.
     *
     * @return the time, or empty if the image has none, or one that is malformed
     */
    Optional<Instant> created();

    /**
     * Returns the layers.
     *
     * @return the lowest layer first
     */
    List<ImageLayer> layers();

    /**
     * Returns what the image says of how it was made.
     *
     * @return the first step first
     */
    List<ImageHistory> history();

    /**
     * Returns the size of all layers together, as they are stored; unpacked ones take more.
     *
     * @return the sum of {@link ImageLayer#size()}
     */
    default DataSize size() {
        return DataSize.bytes(
                layers().stream().mapToLong(layer -> layer.size().toBytes()).sum());
    }

    /**
     * Makes the command that runs the image: its entrypoint, followed by these arguments or else by the usual ones of the image.
     *
     * @param arguments take the place of {@link ImageConfig#cmd()} if there are any; the first names the program where the image has no
     *     entrypoint
     * @return the command
     * @throws IllegalArgumentException if neither the image nor the caller names a program, or the program or an argument is malformed
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
     * Returns the signal that asks the program of this image to end ({@code signal(7)}).
     *
     * @return the signal that the image names, or {@link Signal#TERM} if it names none
     * @throws IllegalArgumentException if the image names a signal that does not exist, or a real-time signal, which {@link Signal} does
     *     not have; {@link ImageConfig#stopSignalNumber()} gives the number of those
     */
    default Signal stopSignal() {
        return Signal.of(config().stopSignalNumber())
                .orElseThrow(() -> new IllegalArgumentException(
                        "image " + this + " has the stop signal " + config().stopSignal() + ", one for real time"));
    }
}
