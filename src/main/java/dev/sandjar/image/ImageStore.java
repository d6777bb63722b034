package dev.sandjar.image;

import dev.sandjar.DataSize;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A store of images in a directory of this host. It is content-addressed: each layer is stored and unpacked once. The directory is an OCI
 * image layout, which other tools can read. An immutable value, thread-safe; any number of JVMs of one user may use the same store at
 * once. In whatever way a JVM ends, the store holds complete images only. Two stores are equal if they have the same directory, limits and
 * platform. Only Sandjar implements this; it needs Jackson ({@code com.fasterxml.jackson.core:jackson-databind}).
 *
 * <p>Everything in an image is taken for hostile: digests and sizes are verified before anything is used, nothing is ever written
 * outside of the store, and {@link ImageLimits} bound what an image may cost.
 *
 * <pre>{@code
 * ImageStore store = ImageStore.open();
 * Image image = store.load(Path.of("alpine.tar"));                 // docker save, skopeo copy, an OCI layout, an ACI
 * Sandbox sandbox = Sandbox.untrusted().rootfs(RootFs.image(image)).build();
 * sandbox.run(image.command("echo", "hello"));
 * }</pre>
 */
public interface ImageStore {
    /**
     * Opens the user's own store: {@code $XDG_CACHE_HOME/sandjar/images}, or {@code ~/.cache/sandjar/images} where that variable is no
     * absolute path.
     *
     * @return the store, whose directory is made when something is put there
     * @throws IllegalStateException if Jackson ({@code com.fasterxml.jackson.core:jackson-databind}) is not there
     */
    static ImageStore open() {
        String cache = System.getenv("XDG_CACHE_HOME");
        boolean usable = cache != null && cache.startsWith("/");
        Path base = usable ? Path.of(cache) : Path.of(System.getProperty("user.home", "/"), ".cache");
        return open(base.resolve("sandjar").resolve("images"));
    }

    /**
     * Opens a store in a directory of its own, to which nobody else may write. For overlays the directory has to be on a file system that
     * overlayfs takes as a lower one and that has extended attributes, such as ext4, xfs or btrfs.
     *
     * @param directory the directory; if it does not exist, it is made with mode 0700 when something is put there
     * @return the store
     * @throws IllegalArgumentException if the path is in another file system than the default one
     * @throws IllegalStateException if Jackson ({@code com.fasterxml.jackson.core:jackson-databind}) is not there
     */
    static ImageStore open(Path directory) {
        return Engine.get().images().store(directory);
    }

    /**
     * Returns a view of this store with other limits.
     *
     * @param other the limits of what is loaded, imported, pulled, committed and unpacked through the view
     * @return the changed view of the store
     */
    ImageStore withLimits(ImageLimits other);

    /**
     * Returns a view of this store that takes the images of another platform. Without it, an image that is there for several platforms is
     * taken for that of this machine, and one that is there for a single platform whatever that is; with it, one that is there for
     * another platform only is refused.
     *
     * @param name {@code OS/ARCHITECTURE[/VARIANT]}, such as "linux/arm64"
     * @return the changed view of the store
     * @throws IllegalArgumentException if the name is malformed
     */
    ImageStore withPlatform(String name);

    /**
     * Returns the directory of this store.
     *
     * @return an absolute path
     */
    Path directory();

    /**
     * Copies the image in an archive or directory to the store. It may be an OCI image layout (a directory, or its tar archive), what
     * {@code docker save} writes, or an ACI of rkt; an archive may be compressed by gzip or zstd. The image gets the names that it has
     * there.
     *
     * @param path the file or directory
     * @return the image
     * @throws IllegalArgumentException if the path is in another file system than the default one
     * @throws ImageException if the image is malformed, has a wrong digest, is beyond a limit or for another platform than the chosen one,
     *     or there are several images
     * @throws IOException if the file can't be read or the store can't be written
     */
    Image load(Path path) throws IOException;

    /**
     * Copies one image of an archive or directory with several to the store. The formats are those of {@link #load(Path)}.
     *
     * @param path the file or directory
     * @param name the name of the image there, or the tag or the last part of it where no other image has the same
     * @return the image
     * @throws IllegalArgumentException if the path is in another file system than the default one
     * @throws ImageException if the image is malformed, has a wrong digest, is beyond a limit or for another platform than the chosen one,
     *     or there is no such image
     * @throws IOException if the file can't be read or the store can't be written
     */
    Image load(Path path, String name) throws IOException;

    /**
     * Makes an image of one layer from an archive of a root directory, such as debootstrap and other tools make.
     *
     * @param archive a tar file, plain or compressed by gzip or zstd
     * @param name the name of the image, see {@link ImageReference#parse}
     * @return the image, whose configuration is empty
     * @throws IllegalArgumentException if the name is malformed, or the path is in another file system than the default one
     * @throws ImageException if the file is no archive, is one of an image, or is beyond a limit
     * @throws IOException if the file can't be read or the store can't be written
     */
    Image importRoot(Path archive, String name) throws IOException;

    /**
     * Fetches an image from a registry with the credentials that this user has configured, see {@link #pull(String, Registry)} and {@link
     * Registry#configured()}.
     *
     * @param name the name of the image, see {@link ImageReference#parse}; where it has a digest, the tag does not count
     * @return the image
     * @throws IllegalArgumentException if the name is malformed
     * @throws ImageException if there is no such image, or it is malformed, has a wrong digest, is beyond a limit or for another platform
     *     than the chosen one
     * @throws IOException if the registry can't be reached or the store can't be written
     * @throws InterruptedException if the thread is interrupted; what has come so far is used by a later pull
     */
    default Image pull(String name) throws IOException, InterruptedException {
        return pull(name, Registry.configured());
    }

    /**
     * Fetches an image from a registry by the OCI distribution protocol. What the store has already is not fetched again, and a transfer
     * that broke off is continued.
     *
     * @param name the name of the image, see {@link ImageReference#parse}; where it has a digest, the tag does not count
     * @param registry the settings for access to the registry
     * @return the image
     * @throws IllegalArgumentException if the name is malformed
     * @throws ImageException if there is no such image, or it is malformed, has a wrong digest, is beyond a limit or for another platform
     *     than the chosen one
     * @throws IOException if the registry can't be reached or the store can't be written
     * @throws InterruptedException if the thread is interrupted; what has come so far is used by a later pull
     */
    Image pull(String name, Registry registry) throws IOException, InterruptedException;

    /**
     * Makes a new image of a base and of what a sandbox has changed: the layers of the base, and one more. The base stays as it is.
     *
     * @param base the image that was the sandbox's root
     * @param process a sandbox that has ended, with a root whose changes were kept ({@link RootFs.Layered#keepChanges}). Owners of files
     *     in the new layer are those inside; without subordinate ids there is one, root
     * @param name the name of the new image, see {@link ImageReference#parse}; another image that has it loses it
     * @return the new image, with the configuration of the base
     * @throws IllegalArgumentException if the name is malformed, the sandbox's root was not the base, or the base is of no store
     * @throws IllegalStateException if the process is running, or its changes were not kept, or were discarded
     * @throws ImageException if something of the changes can't be in a layer, or is beyond a limit
     * @throws IOException if the changes can't be read or the store can't be written
     */
    Image commit(Image base, SandboxProcess process, String name) throws IOException;

    /**
     * Writes an image as an OCI image layout, which other tools read.
     *
     * @param image an image of this store
     * @param target the path of an archive if it ends in ".tar", and else of a directory; it must not exist, and its parent has to be a
     *     directory
     * @throws IllegalArgumentException if the name of the target is that of a compressed archive, such as "a.tar.gz", the path is in
     *     another file system than the default one, or the image is of no store
     * @throws java.nio.file.FileAlreadyExistsException if the target exists
     * @throws java.nio.file.NoSuchFileException if the target's parent is not a directory
     * @throws IOException if the store has the image no more, or the target can't be written
     */
    void save(Image image, Path target) throws IOException;

    /**
     * Looks an image up by its name or digest.
     *
     * @param name a name as {@link ImageReference#parse} reads it, or a digest, which is the image's {@link Image#id()}. A name without
     *     registry and slash that is not there as one of {@code docker.io} is looked for as one of {@code localhost}
     * @return the image, or empty if the store has none with this name or digest
     * @throws IllegalArgumentException if the name is malformed
     * @throws IOException if the store can't be read
     */
    Optional<Image> find(String name) throws IOException;

    /**
     * Looks an image up that has to be there.
     *
     * @param name the name or digest of the image, see {@link #find}
     * @return the image
     * @throws IllegalArgumentException if the name is malformed
     * @throws ImageException if the store has no such image
     * @throws IOException if the store can't be read
     */
    default Image get(String name) throws IOException {
        return find(name)
                .orElseThrow(() -> new ImageException(
                        "image " + name,
                        "it is not in the store " + directory(),
                        "load it from a file, or pull it from a registry"));
    }

    /**
     * Returns all images of this store.
     *
     * @return one entry for each name, and one for each image without a name; immutable
     * @throws IOException if the store can't be read
     */
    List<Image> list() throws IOException;

    /**
     * Gives an image a further name. Another image that has the name loses it.
     *
     * @param image an image of this store
     * @param name the new name, see {@link ImageReference#parse}
     * @return the image by that name
     * @throws IllegalArgumentException if the name is malformed, or the image is of no store
     * @throws IOException if the store has the image no more, or can't be written
     */
    Image tag(Image image, String name) throws IOException;

    /**
     * Takes a name away from an image, or all of its names if it is given by a digest. What no image refers to any more, the next {@link
     * #prune()} removes, except what sandboxes still use.
     *
     * @param name the name or digest of the image, see {@link #find}
     * @return true if the store had an image with this name or digest
     * @throws IllegalArgumentException if the name is malformed
     * @throws IOException if the store can't be written
     */
    boolean remove(String name) throws IOException;

    /**
     * Removes what no image refers to and no sandbox uses, what pulls have left unfinished, and what JVMs have left that ended in the
     * middle of their work. It waits without a time limit until no other thread or JVM uses the store, such as to load or pull.
     *
     * @return the size of what was removed
     * @throws ImageException if files of a layer belong to subordinate ids that this user does not have any more; all else is removed
     * @throws IOException if something can't be removed
     */
    DataSize prune() throws IOException;

    /**
     * Returns the size of what the store holds: the stored layers, the files of those that are unpacked and of copies, and what pulls have
     * left unfinished.
     *
     * @return the sum, without the file system's own overhead
     * @throws IOException if the store can't be read
     */
    DataSize size() throws IOException;
}
