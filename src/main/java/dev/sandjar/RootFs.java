package dev.sandjar;

import dev.sandjar.changes.ChangeSet;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageReference;
import dev.sandjar.image.ImageStore;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where the root directory of a sandbox comes from. An immutable value; see {@link SandboxBuilder#rootfs} and
 * {@link Sandbox#rootfs()}.
 *
 * <p>Every root but {@link #host()} is entered by {@code pivot_root(2)} in a new mount namespace, which leaves no way back
 * to the host's tree. It brings a minimal {@code /dev} unless {@link Mounts#noDev()}, and with a new PID namespace a {@code /proc} unless
 * {@link Mounts#noProc()}, before all other mounts. That directories exist is checked at the start.
 */
public sealed interface RootFs {
    /**
     * Leaves the sandbox in the host's own tree: no isolation. This is the default.
     *
     * @return the root
     */
    static Host host() {
        return new Host();
    }

    /**
     * Gives the sandbox a small read-only view of the host: {@code /usr}, {@code /bin}, {@code /sbin}, {@code /lib*} and what programs
     * need of {@code /etc}, but nothing of {@code /home}, {@code /root} or {@code /run}. Of {@code /sys} there are {@code
     * devices/system/cpu}, {@code devices/system/node} and {@code kernel/mm/transparent_hugepage}, where the host has them.
     *
     * <p>Of {@code /etc}, where the host has it: ld.so.cache, ld.so.conf, ld.so.conf.d, alternatives, localtime, timezone, nsswitch.conf,
     * host.conf, protocols, services, mime.types, os-release, ssl/certs, ssl/openssl.cnf, pki, crypto-policies, terminfo; passwd, group and
     * hosts are files of the sandbox's own. And the configuration of programs, to which links of {@code /usr} lead, or which programs read
     * by its name: ImageMagick-*, R, X11/rgb.txt, ant, chromium.d, dictionaries-common, firefox, firefox-esr, fonts, ghostscript, groff,
     * inputrc, java-*-openjdk, libreoffice, locale.alias, magic, magic.mime, manpath.config, maven, mono, papersize, php, php.d, php.ini,
     * python3.*, sgml, texmf and xml; mtab is a link to {@code /proc/self/mounts}. Of {@code /var/lib}: aspell, dictionaries-common, ghc,
     * ghostscript, libreoffice and texmf. One of these is left out where a mount, a file or anything else of the sandbox's own is at,
     * below or above it.
     *
     * <p>Of all that, nothing is shown that the host does not let everybody read, whoever this process is: files and directories are left
     * out, or have a mask in a directory that is shown, or keep their mode where the sandbox has ids that nobody else has. Each start
     * sees what was added, replaced or renamed since, and covers it; but a program can read what somebody closes in place between two
     * starts of one {@link Sandbox} ({@code chmod} of a file in a directory that is shown), or puts there while the program runs. {@link
     * Sandbox#explain()} lists links of {@code /usr}, down to three directories deep, that lead to something on the host and to nothing
     * inside.
     *
     * @return the root
     */
    static HostReadOnly hostReadOnly() {
        return new HostReadOnly();
    }

    /**
     * Makes a directory of the host, with a whole tree for programs, the root, read-only. Places where something is mounted must exist.
     *
     * @param path the directory; relative to the host's working directory
     * @return the root
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    static Directory directory(Path path) {
        return new Directory(path, false, false);
    }

    /**
     * Makes a directory of the host the root, which the sandbox may change.
     *
     * @param path the directory; relative to the host's working directory
     * @return the root
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    static Directory directoryWritable(Path path) {
        return new Directory(path, true, true);
    }

    /**
     * Makes a directory of the host, with a whole tree for programs, the root, read-only for the sandbox; missing places where something
     * is mounted are made in it, and stay. Where each sandbox has host ids of its own, as root's have, the directory is none of theirs: there
     * the places have to be made beforehand, or {@link #overlay} be used.
     *
     * @param path the directory; relative to the host's working directory
     * @return the root
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    static Directory directoryWithMountPoints(Path path) {
        return new Directory(path, false, true);
    }

    /**
     * Makes an empty directory in memory the root, to be filled by mounts ({@code tmpfs(5)}).
     *
     * @param size what it may hold, at least 1 byte; the kernel rounds up to pages
     * @return the root
     * @throws IllegalArgumentException if the size is 0, which the kernel would take for no limit
     */
    static Tmpfs tmpfs(DataSize size) {
        Objects.requireNonNull(size, "size");
        return new Tmpfs(size);
    }

    /**
     * Stacks directories of the host by overlayfs, which are never changed, under a writable layer. That layer is discarded
     * at the end and holds 64 MiB, unless a method of the result says otherwise.
     *
     * @param lower 1 to 500 different directories, topmost first
     * @return the root
     * @throws IllegalArgumentException if there are too few or too many, one is there twice, or one is in another file
     *     system than the default one
     */
    static Overlay overlay(Path... lower) {
        Checks.elements("lower", lower);
        Checks.range("number of overlay directories", lower.length, 1, Overlay.LOWER_MAX);
        return new Overlay(List.of(lower), UpperLayer.standard());
    }

    /**
     * Makes an empty directory the root, to be filled by mounts. It is a writable layer with nothing below: discarded at the end like that
     * of {@link #overlay}, and of at most 64 MiB, unless a method of the result says otherwise.
     *
     * @return the root
     */
    static Overlay empty() {
        return new Overlay(List.of(), UpperLayer.standard());
    }

    /**
     * Puts the layers of an image under a writable layer, which is discarded at the end and holds 64 MiB unless a method of the result
     * says otherwise. Layers are unpacked when they are first needed, once for all sandboxes, and never changed. They are stacked by
     * overlayfs; where the host refuses that, each start gets a copy of its own, which {@link Sandbox#explain()} says.
     *
     * <p>Files have the owners that the image says, for root, and for a user with subordinate ids ({@code subuid(5)}) whose sandbox has a
     * range of them. {@link SandboxBuilder#userNamespace()} gives it one of 65536 with this root, where the user has so many and
     * {@code newuidmap(1)} works, or of more if the program's user needs them. With a single id ({@link IdMapping#single()}, or where there
     * is no more) and with {@link IdMapping#of} all files belong to root.
     *
     * <p>Root inside has no capabilities by default, and changes what is root's. {@code chown}, {@code su} and {@code adduser} need a range
     * of ids and {@link SandboxBuilder#keepCapabilities} with CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SETGID and SETUID: without the ids they
     * fail with EINVAL or EPERM whatever is kept, without the capabilities with EPERM.
     *
     * <p>It brings what the image's configuration says: its environment variables, its working directory, its user (names are looked up
     * in the image's own files at the start), its stop signal, and directories for its volumes. What is said to the builder counts more,
     * before {@link SandboxBuilder#rootfs} or after it; what a preset has brought counts less. {@link SandboxBuilder#build()} takes it over: the {@code
     * SandboxBuilder} never has it, and with another root nothing of it is left. Where
     * nothing but a preset sets HOME it is what the image's passwd says of the user, unless {@code /etc/passwd} is another file.
     *
     * @param image from an {@link ImageStore}
     * @return the root
     */
    static Layered image(Image image) {
        Objects.requireNonNull(image, "image");
        return new Layered(image, UpperLayer.standard(), false);
    }

    /**
     * Makes an image of the user's own store ({@link ImageStore#open()}) the root, as {@link #image(Image)} does. The name is looked up
     * now: what it means later makes no difference.
     *
     * @param name as {@link ImageReference#parse} reads it
     * @return the root
     * @throws IllegalArgumentException if the name is malformed
     * @throws ImageException if there is no such image
     * @throws IOException if the store can't be read
     */
    static Layered image(String name) throws IOException {
        Objects.requireNonNull(name, "name");
        return image(ImageStore.open().get(name));
    }

    /** The host's own tree ({@link RootFs#host()}). */
    record Host() implements RootFs {
        @Override
        public String toString() {
            return "the host's own tree";
        }
    }

    /** A small view of the host ({@link RootFs#hostReadOnly()}). */
    record HostReadOnly() implements RootFs {
        @Override
        public String toString() {
            return "read-only view of the host";
        }
    }

    /**
     * A directory of the host.
     *
     * @param path absolute; a relative one is taken from the host's working directory
     * @param writable whether the sandbox may change it
     * @param mountPoints whether missing places for mounts are made in it, as they always are in a writable one
     */
    record Directory(Path path, boolean writable, boolean mountPoints) implements RootFs {
        /**
         * Checks its parts.
         *
         * @param path see the record
         * @param writable see the record
         * @param mountPoints see the record
         * @throws IllegalArgumentException if the path is in another file system than the default one
         */
        public Directory {
            path = Checks.hostPath("root directory", path);
            mountPoints |= writable;
        }

        @Override
        public String toString() {
            return PathBytes.shown(path)
                    + (writable ? ", writable" : mountPoints ? ", read-only but for mount points" : ", read-only");
        }
    }

    /**
     * An empty directory in memory ({@link RootFs#tmpfs}).
     *
     * @param size what it may hold, at least 1 byte
     */
    record Tmpfs(DataSize size) implements RootFs {
        /**
         * Checks its parts.
         *
         * @param size see the record
         * @throws IllegalArgumentException if the size is 0
         */
        public Tmpfs {
            Checks.range("size of the root in bytes", size.toBytes(), 1, Long.MAX_VALUE);
        }

        @Override
        public String toString() {
            return "empty tmpfs of " + size;
        }
    }

    /**
     * A stack of directories under a writable layer ({@link RootFs#overlay}), or that layer alone ({@link RootFs#empty}).
     *
     * @param lower up to 500 different directories of the host, topmost first; absolute: relative ones are taken from the host's
     *     working directory
     * @param upper the writable layer
     */
    record Overlay(List<Path> lower, UpperLayer upper) implements RootFs {
        /** What overlayfs stacks at most. */
        private static final int LOWER_MAX = 500;

        /**
         * Checks its parts.
         *
         * @param lower see the record
         * @param upper see the record
         * @throws IllegalArgumentException if there are too many, one is there twice, or one is in another file system than the
         *     default one
         */
        public Overlay {
            Objects.requireNonNull(upper, "upper");
            Checks.range("number of overlay directories", lower.size(), 0, LOWER_MAX);
            lower = lower.stream()
                    .map(layer -> Checks.hostPath("overlay directory", layer))
                    .toList();
            Set<Path> seen = new HashSet<>();
            for (Path layer : lower) {
                if (!seen.add(layer)) {
                    throw new IllegalArgumentException("overlay directory " + layer + " is there twice");
                }
            }
        }

        /**
         * Keeps changes in memory and forgets them at the end.
         *
         * @param size what the changes may take, at least 1 byte
         * @return the changed root
         * @throws IllegalArgumentException if the size is 0, which the kernel would take for no limit
         */
        public Overlay discardChanges(DataSize size) {
            Objects.requireNonNull(size, "size");
            return new Overlay(lower, new UpperLayer.Discarded(size));
        }

        /**
         * Keeps the changes of each start in a new directory, which stays and is
         * {@link SandboxProcess#upperDirectory()}. A start that fails leaves none. Where the sandbox has a range of subordinate ids,
         * {@link ChangeSet#discard()} removes what belongs to these. Each start makes its whole root: {@link
         * SandboxBuilder#template(boolean)} is without effect.
         *
         * @param parent an existing directory where the new ones are made; no part of a lower directory
         * @return the changed root
         * @throws IllegalArgumentException if the path is in another file system than the default one
         */
        public Overlay keepChanges(Path parent) {
            return new Overlay(lower, new UpperLayer.Kept(parent));
        }

        /**
         * Keeps the changes of each start in a directory of its own below the JVM's {@code java.io.tmpdir}, which other users
         * can't enter, for {@link SandboxProcess#changes()} and {@link RunResult#changes()}. It is removed when the {@link ChangeSet} is
         * closed; without one, when the process is closed. What a killed JVM leaves is removed when another one next makes such a
         * directory. Only the file system bounds what all files may take together. Each start makes its whole root: {@link
         * SandboxBuilder#template(boolean)} is without effect.
         *
         * @return the changed root
         */
        public Overlay captureChanges() {
            return new Overlay(lower, new UpperLayer.Captured());
        }

        /**
         * Continues the changes that are in a directory. Only one sandbox at a time may use it.
         *
         * @param upper an existing directory
         * @param work an existing, empty directory on the same file system, for overlayfs itself
         * @return the changed root
         * @throws IllegalArgumentException if one is inside the other, or a path is in another file system than the default
         *     one
         */
        public Overlay upper(Path upper, Path work) {
            return new Overlay(lower, new UpperLayer.Given(upper, work));
        }

        @Override
        public String toString() {
            return (lower.isEmpty()
                            ? "empty directory"
                            : "overlay of "
                                    + lower.stream().map(PathBytes::shown).collect(Collectors.joining(":")))
                    + ", " + upper;
        }
    }

    /**
     * The layers of an image under a writable layer ({@link RootFs#image(Image)}).
     *
     * @param image from an {@link ImageStore}
     * @param upper the writable layer
     * @param copied whether each start gets a copy of its own instead of an overlay
     */
    record Layered(Image image, UpperLayer upper, boolean copied) implements RootFs {
        /**
         * Checks its parts.
         *
         * @param image see the record
         * @param upper see the record
         * @param copied see the record
         * @throws NullPointerException if one is null
         */
        public Layered {
            Objects.requireNonNull(image, "image");
            Objects.requireNonNull(upper, "upper");
        }

        /**
         * Keeps changes in memory and forgets them at the end.
         *
         * @param size what the changes may take, at least 1 byte
         * @return the changed root
         * @throws IllegalArgumentException if the size is 0, which the kernel would take for no limit
         */
        public Layered discardChanges(DataSize size) {
            Objects.requireNonNull(size, "size");
            return new Layered(image, new UpperLayer.Discarded(size), copied);
        }

        /**
         * Keeps the changes of each start in a new directory, which stays and is {@link SandboxProcess#upperDirectory()}; {@link
         * ImageStore#commit} makes an image of it. Needs overlayfs. {@link ChangeSet#discard()} removes what belongs to subordinate ids.
         * Each start makes its whole root: {@link SandboxBuilder#template(boolean)} is without effect.
         *
         * @param parent an existing directory where the new ones are made
         * @return the changed root
         * @throws IllegalArgumentException if the path is in another file system than the default one
         */
        public Layered keepChanges(Path parent) {
            return new Layered(image, new UpperLayer.Kept(parent), copied);
        }

        /**
         * Keeps the changes of each start for {@link SandboxProcess#changes()}, as {@link Overlay#captureChanges()} does. Needs
         * overlayfs.
         *
         * @return the changed root
         */
        public Layered captureChanges() {
            return new Layered(image, new UpperLayer.Captured(), copied);
        }

        /**
         * Gives each start a copy of its own instead of an overlay, as is done where overlayfs is refused. A start takes as long as
         * copying the image; the size of changes is not limited.
         *
         * @param each whether to copy; default false
         * @return the changed root
         */
        public Layered copied(boolean each) {
            return new Layered(image, upper, each);
        }

        @Override
        public String toString() {
            return "image " + image + (copied ? ", copied, " : ", ") + upper;
        }
    }
}
