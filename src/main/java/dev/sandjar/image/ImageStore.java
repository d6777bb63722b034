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
 * Images on this host: content-addressed, each layer stored and unpacked once. The directory is an OCI image layout, which other tools
 * can read. An immutable value, thread-safe; any number of JVMs of one user may use the same store at once. Whatever way one ends, the
 * store holds complete images or none. Two are equal that have the same directory, limits and platform. Only Sandjar implements it.
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
     * The user's own store: {@code $XDG_CACHE_HOME/sandjar/images}, or {@code ~/.cache/sandjar/images}.
     *
     * @return the store, made when something is put there
     */
    static ImageStore open() {
        String cache = System.getenv("XDG_CACHE_HOME");
        boolean usable = cache != null && cache.startsWith("/");
        Path base = usable ? Path.of(cache) : Path.of(System.getProperty("user.home", "/"), ".cache");
        return open(base.resolve("sandjar").resolve("images"));
    }

    /**
     * A store in a directory of its own, to which nobody else may write. For overlays it has to be on a file system that overlayfs
     * takes as a lower one and that has extended attributes, such as ext4, xfs or btrfs.
     *
     * @param directory made with mode 0700 if it does not exist
     * @return the store
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    static ImageStore open(Path directory) {
        return Engine.get().images().store(directory);
    }

    /**
     * The same store with other limits.
     *
     * @param other for what is loaded, pulled and unpacked from now on
     * @return the changed view of the store
     */
    ImageStore withLimits(ImageLimits other);

    /**
     * The same store with another choice where an image is there for several platforms; the default is this machine. Images for another
     * platform alone are refused.
     *
     * @param name {@code OS/ARCHITECTURE[/VARIANT]}, such as "linux/arm64"
     * @return the changed view of the store
     * @throws IllegalArgumentException if the name is malformed
     */
    ImageStore withPlatform(String name);

    /**
     * Where it is.
     *
     * @return an absolute path
     */
    Path directory();

    /**
     * Takes the image in an archive or directory over: an OCI image layout (a directory, or its tar archive), what {@code docker save}
     * writes, or rkt's ACI; an archive may be compressed by gzip or zstd. The image gets the names that it has there.
     *
     * @param path file or directory
     * @return the image
     * @throws ImageException if it is malformed, has a wrong digest, is beyond a limit, or there are several images
     * @throws IOException if it can't be read or the store can't be written
     */
    Image load(Path path) throws IOException;

    /**
     * The same for an archive or directory with several images.
     *
     * @param path file or directory
     * @param name which one is meant: its name there, or the tag or the last part of it where no other image has the same
     * @return the image
     * @throws ImageException if it is malformed, has a wrong digest, is beyond a limit, or there is no such image
     * @throws IOException if it can't be read or the store can't be written
     */
    Image load(Path path, String name) throws IOException;

    /**
     * Makes an image of one layer from an archive of a root directory, such as debootstrap and other tools make.
     *
     * @param archive a tar file, plain or compressed by gzip or zstd
     * @param name what the image is called, see {@link ImageReference#parse}
     * @return the image, without any configuration
     * @throws IllegalArgumentException if the name is malformed
     * @throws ImageException if it is no archive, is one of an image, or is beyond a limit
     * @throws IOException if it can't be read or the store can't be written
     */
    Image importRoot(Path archive, String name) throws IOException;

    /**
     * Fetches an image from a registry by the OCI distribution protocol, as {@link Registry#configured()}.
     *
     * @param name see {@link ImageReference#parse}; a digest in it decides
     * @return the image
     * @throws IllegalArgumentException if the name is malformed
     * @throws ImageException if there is none, or it is malformed, has a wrong digest or is beyond a limit
     * @throws IOException if the registry can't be reached or the store can't be written
     * @throws InterruptedException if the thread is interrupted; what has come so far is used by a later pull
     */
    default Image pull(String name) throws IOException, InterruptedException {
        return pull(name, Registry.configured());
    }

    /**
     * Fetches an image from a registry by the OCI distribution protocol. What the store has already is not fetched, what broke off is
     * continued.
     *
     * @param name see {@link ImageReference#parse}; a digest in it decides
     * @param registry how to talk to it
     * @return the image
     * @throws IllegalArgumentException if the name is malformed
     * @throws ImageException if there is none, or it is malformed, has a wrong digest or is beyond a limit
     * @throws IOException if the registry can't be reached or the store can't be written
     * @throws InterruptedException if the thread is interrupted; what has come so far is used by a later pull
     */
    Image pull(String name, Registry registry) throws IOException, InterruptedException;

    /**
     * Makes a new image of one and what a sandbox has changed: its layers, and one more. The base stays as it is.
     *
     * @param base what the sandbox's root was
     * @param process a sandbox that has ended, with a root whose changes were kept ({@link RootFs.Layered#keepChanges}). Owners
     *     are those inside; without subordinate ids there is one, root
     * @param name of the new image, see {@link ImageReference#parse}
     * @return the new image, with the configuration of the base
     * @throws IllegalArgumentException if the name is malformed, or the root was not that of the base
     * @throws IllegalStateException if the process is running, or its changes were not kept, or were discarded
     * @throws ImageException if something of the changes can't be in a layer, or is beyond a limit
     * @throws IOException if the changes can't be read or the store can't be written
     */
    Image commit(Image base, SandboxProcess process, String name) throws IOException;

    /**
     * Writes an image as an OCI image layout, which other tools read.
     *
     * @param image of this store
     * @param target a directory, or, if its name ends in ".tar", an archive; must not exist, but the directory that it is in
     * @throws IllegalArgumentException if its name is that of a compressed archive
     * @throws java.nio.file.FileAlreadyExistsException if it exists
     * @throws IOException if it can't be written
     */
    void save(Image image, Path target) throws IOException;

    /**
     * Looks an image up.
     *
     * @param name as {@link ImageReference#parse} reads it, or a digest, which is the image's {@link Image#id()}. A name without a
     *     registry also finds an image of {@code localhost}
     * @return the image, or empty
     * @throws IllegalArgumentException if the name is malformed
     * @throws IOException if the store can't be read
     */
    Optional<Image> find(String name) throws IOException;

    /**
     * Looks up an image that has to be there.
     *
     * @param name see {@link #find}
     * @return the image
     * @throws IllegalArgumentException if the name is malformed
     * @throws ImageException if there is none
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
     * All images.
     *
     * @return one for each name, and those without a name
     * @throws IOException if the store can't be read
     */
    List<Image> list() throws IOException;

    /**
     * Gives an image a further name, which another image loses.
     *
     * @param image of this store
     * @param name see {@link ImageReference#parse}
     * @return the image by that name
     * @throws IllegalArgumentException if the name is malformed
     * @throws IOException if the store can't be written
     */
    Image tag(Image image, String name) throws IOException;

    /**
     * Takes a name away from an image, or with a digest all of its names. What no name refers to any more goes with the next
     * {@link #prune()}, except what sandboxes are still using.
     *
     * @param name see {@link #find}
     * @return whether there was one
     * @throws IllegalArgumentException if the name is malformed
     * @throws IOException if the store can't be written
     */
    boolean remove(String name) throws IOException;

    /**
     * Removes what no image refers to and no sandbox uses, what pulls have left unfinished, and what was left by JVMs that ended in the
     * middle of their work, which also goes with the next use of the store. Waits until nobody else is loading or unpacking.
     *
     * @return what this freed
     * @throws ImageException if files of a layer belong to subordinate ids that this user does not have any more; all else is removed
     * @throws IOException if something can't be removed
     */
    DataSize prune() throws IOException;

    /**
     * What all of it takes: the stored layers, the files of those that are unpacked and of copies, and what pulls have left unfinished.
     *
     * @return the sum; the file system's own overhead is not in it
     * @throws IOException if the store can't be read
     */
    DataSize size() throws IOException;
}
