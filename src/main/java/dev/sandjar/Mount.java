package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.GuestPath;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.Printable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One mount with every option spelled out, as {@code mount(8)} and the OCI runtime specification (config.md, "Mounts") name them, for
 * {@link SandboxBuilder#mount}. Unlike {@link SandboxBuilder#bind} and {@link SandboxBuilder#tmpfs} it adds nothing: without options a
 * mount is writable, and programs, devices and set-user-ID bits on it count. An immutable value.
 *
 * <pre>{@code
 * Mount.bindRecursive(Path.of("/srv/data"), "/data").options("ro", "rnosuid", "noatime")
 * Mount.fileSystem("tmpfs", "/run").options("nosuid", "nodev", "mode=755", "size=1m")
 * Mount.overlay(List.of(Path.of("/srv/data")), "/data").upper(Path.of("/var/tmp/u"), Path.of("/var/tmp/w"))
 * }</pre>
 *
 * <p>Options that are known for all mounts: ro, rw, [no]suid, [no]dev, [no]exec, [no]symfollow, [no]atime, relatime, strictatime,
 * [no]diratime, each with an "r" before it for all mounts below ({@code mount_setattr(2)}, Linux 5.12); private, slave, shared, unbindable
 * and these with an "r" before them ({@code mount_namespaces(7)}); idmap and ridmap with {@link #idMapped}; and what is the default anyway:
 * defaults, async, loud, silent, nomand, nolazytime, noiversion, norelatime, nostrictatime. Of a tmpfs, "mode" without a value is
 * the mode of the directory that it covers, and tmpcopyup copies the directories, files and links in there. A new file system or overlay
 * also takes sync, dirsync, lazytime, iversion, mand and the options of its type that Linux 6.18 has; all others are refused.
 */
public final class Mount implements MountEntry {
    /** Those without a device or a server behind them. */
    private static final Set<String> TYPES =
            Set.of("proc", "sysfs", "tmpfs", "ramfs", "devpts", "mqueue", "hugetlbfs", "cgroup", "cgroup2");

    /** Each is an option of some 20 bytes, and a page is what the kernel takes of them. */
    private static final int LOWER_MAX = 100;

    /** What is done. */
    public enum Kind {
        /** A file or directory of the host is shown, without what is mounted below it. */
        BIND,
        /** A file or directory of the host is shown, with all that is mounted below it. */
        BIND_RECURSIVE,
        /** A new file system of the kernel's own is mounted. */
        FILE_SYSTEM,
        /** Directories of the host are shown as one, by overlayfs. */
        OVERLAY,
        /** What is mounted there already gets other attributes. */
        REMOUNT
    }

    private final Kind kind;
    private final String type;
    private final @Nullable Path path;
    private final String source;
    private final String target;
    private final List<String> options;
    private final @Nullable IdMapping mapping;
    private final Layers layers;

    /** Of an overlay; none of all others. */
    private record Layers(List<Path> lower, @Nullable Path upper, @Nullable Path work) {
        static final Layers NONE = new Layers(List.of(), null, null);
    }

    private Mount(
            Kind kind,
            String type,
            @Nullable Path path,
            String source,
            String target,
            List<String> options,
            @Nullable IdMapping mapping,
            Layers layers) {
        this.kind = kind;
        this.type = type;
        this.path = path;
        this.source = source;
        this.target = target;
        this.options = List.copyOf(options);
        this.mapping = mapping;
        this.layers = layers;
        words();
    }

    /**
     * Mounts a file or directory of the host, without what is mounted below it ({@code open_tree(2)}).
     *
     * @param source file or directory of the host
     * @param target guest path; made if the root can be written to, else it must exist
     * @return the mount
     * @throws IllegalArgumentException if the target is malformed, or the source is in another file system than the default one
     */
    public static Mount bind(Path source, String target) {
        return tree(Kind.BIND, source, target);
    }

    /**
     * Mounts a file or directory of the host, with all that is mounted below it ({@code open_tree(2)}, AT_RECURSIVE).
     *
     * @param source file or directory of the host
     * @param target guest path; made if the root can be written to, else it must exist
     * @return the mount
     * @throws IllegalArgumentException if the target is malformed, or the source is in another file system than the default one
     */
    public static Mount bindRecursive(Path source, String target) {
        return tree(Kind.BIND_RECURSIVE, source, target);
    }

    private static Mount tree(Kind kind, Path source, String target) {
        return new Mount(
                kind,
                "",
                Checks.hostPath("bind source", source),
                "",
                GuestPath.target("bind target", target),
                List.of(),
                null,
                Layers.NONE);
    }

    /**
     * Mounts a new file system of the kernel's own. "cgroup" and "cgroup2" stand for the cgroups of the sandbox itself, whichever version
     * the host has, and need "ro", {@link SandboxBuilder#cgroupNamespace()} and a limit or {@link SandboxBuilder#accounting()}.
     *
     * @param type proc, sysfs, tmpfs, ramfs, devpts, mqueue, hugetlbfs, cgroup or cgroup2
     * @param target guest path
     * @return the mount
     * @throws IllegalArgumentException if the type is another one, or the target is malformed
     */
    public static Mount fileSystem(String type, String target) {
        if (!TYPES.contains(type)) {
            throw new IllegalArgumentException("file system type " + Printable.quote(type) + " is none of "
                    + TYPES.stream().sorted().toList() + "; mount it on the host and bind it");
        }
        return new Mount(
                Kind.FILE_SYSTEM,
                type,
                null,
                type,
                GuestPath.target("mount target", target),
                List.of(),
                null,
                Layers.NONE);
    }

    /**
     * Mounts directories of the host as one ({@code overlayfs}), read-only unless {@link #upper} says where changes go. In a user
     * namespace of the sandbox's own it needs Linux 5.11, and files keep the owners that they have on disk, as with a bind. The mount
     * table of the sandbox calls it "overlay", and names no path of the host. No template serves a sandbox with such a mount, so that
     * its starts take longer.
     *
     * <p>Options of its own are userxattr (which is there anyway in a user namespace of the sandbox's own), volatile, index, xino,
     * redirect_dir, metacopy, nfs_export and uuid.
     *
     * @param lower 1 to 100 different directories of the host, topmost first, at least 2 without {@link #upper}; while it is mounted
     *     nobody should change them
     * @param target guest path; made if the root can be written to, else it must exist
     * @return the mount
     * @throws IllegalArgumentException if there are none or too many directories, one is there twice, one is in another file system than
     *     the default one, or the target is malformed
     */
    public static Mount overlay(List<Path> lower, String target) {
        Checks.range("number of overlay directories", lower.size(), 1, LOWER_MAX);
        List<Path> paths = lower.stream()
                .map(layer -> Checks.hostPath("overlay directory", layer))
                .toList();
        if (paths.stream().distinct().count() < paths.size()) {
            throw new IllegalArgumentException("a directory is twice in the overlay " + paths);
        }
        return new Mount(
                Kind.OVERLAY,
                "",
                null,
                "",
                GuestPath.target("mount target", target),
                List.of(),
                null,
                new Layers(paths, null, null));
    }

    /**
     * Lets an overlay be written to: its changes go to a directory of the host. Where the sandbox has a user namespace, both
     * directories have to belong to whoever is root inside; where its ids are private ones that is nobody, and the start is refused.
     * Two mounts must not use the same directories at a time.
     *
     * @param directory an existing directory of the host
     * @param work an empty directory on the same file system, which the kernel needs
     * @return the changed mount
     * @throws IllegalArgumentException if this is no overlay, both are one directory, or one is in another file system than the default
     *     one
     */
    public Mount upper(Path directory, Path work) {
        if (kind != Kind.OVERLAY) {
            throw new IllegalArgumentException("only an overlay has an upper directory");
        }
        Path changes = Checks.hostPath("upper directory", directory);
        Path beside = Checks.hostPath("work directory", work);
        if (changes.equals(beside)) {
            throw new IllegalArgumentException(
                    "upper and work directory of an overlay are both " + PathBytes.shown(changes));
        }
        return new Mount(
                kind, type, path, source, target, options, mapping, new Layers(layers.lower(), changes, beside));
    }

    /**
     * Changes the attributes of what is mounted at a place ({@code mount_setattr(2)}, or MS_REMOUNT of {@code mount(2)}).
     *
     * @param target guest path of a mount
     * @return the mount
     * @throws IllegalArgumentException if the target is malformed
     */
    public static Mount remount(String target) {
        return new Mount(
                Kind.REMOUNT, "", null, "", GuestPath.target("mount target", target), List.of(), null, Layers.NONE);
    }

    /**
     * Adds options. Of two that contradict each other the later counts; two kinds of propagation are refused.
     *
     * @param more such as "ro" or "size=1m", one each
     * @return the changed mount
     * @throws IllegalArgumentException if one is not possible for this kind of mount
     */
    public Mount options(String... more) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return new Mount(kind, type, path, source, target, all, mapping, layers);
    }

    /**
     * Sets what the mount table of the sandbox calls the source of a file system.
     *
     * @param name 0 to 255 bytes; the default is its type
     * @return the changed mount
     * @throws IllegalArgumentException if it is too long, has a NUL character, or this is not a file system
     */
    public Mount source(String name) {
        if (kind != Kind.FILE_SYSTEM) {
            throw new IllegalArgumentException("only file systems have a name as source");
        }
        return new Mount(kind, type, path, Checks.text("mount source", name, 0, 255), target, options, mapping, layers);
    }

    /**
     * Changes the owners that files of a bind have ({@code mount_setattr(2)}, MOUNT_ATTR_IDMAP, Linux 5.12; root only).
     *
     * @param owners made by {@link IdMapping#of}: what is inside there is on disk, what is on the host there is what the kernel sees
     * @return the changed mount, with the option "idmap"
     * @throws IllegalArgumentException if this is no bind, or the mapping is not made of ranges
     */
    public Mount idMapped(IdMapping owners) {
        if (!(owners instanceof IdMapping.Explicit)) {
            throw new IllegalArgumentException("the mapping of a mount has to be made of ranges, by IdMapping.of");
        }
        List<String> all = new ArrayList<>(options);
        if (!all.contains("idmap") && !all.contains("ridmap")) {
            all.add("idmap");
        }
        return new Mount(kind, type, path, source, target, all, owners, layers);
    }

    private MountWords words() {
        MountWords words = new MountWords(kind == Kind.FILE_SYSTEM ? type : kind == Kind.OVERLAY ? "overlay" : null);
        options.forEach(words::read);
        return words;
    }

    /**
     * What kind of mount it is.
     *
     * @return the kind, which the factory method has chosen
     */
    public Kind kind() {
        return kind;
    }

    /**
     * The file or directory of the host that a bind shows.
     *
     * @return an absolute path, or empty if this is no bind
     */
    public Optional<Path> path() {
        return Optional.ofNullable(path);
    }

    /**
     * The type of a file system.
     *
     * @return such as "tmpfs", or empty if this is none
     */
    public Optional<String> type() {
        return kind == Kind.FILE_SYSTEM ? Optional.of(type) : Optional.empty();
    }

    /**
     * What the mount table of the sandbox calls the source of a file system.
     *
     * @return 0 to 255 bytes, or empty if this is not a file system
     */
    public Optional<String> source() {
        return kind == Kind.FILE_SYSTEM ? Optional.of(source) : Optional.empty();
    }

    /**
     * The directories that an overlay shows.
     *
     * @return absolute paths of the host, topmost first; none if this is no overlay
     */
    public List<Path> lower() {
        return layers.lower();
    }

    /**
     * Where the changes to an overlay go.
     *
     * @return an absolute path of the host; empty if this is no overlay, or one that can't be written to
     */
    public Optional<Path> upper() {
        return Optional.ofNullable(layers.upper());
    }

    /**
     * The directory that the kernel needs beside {@link #upper()}.
     *
     * @return an absolute path of the host; empty if there is no such directory
     */
    public Optional<Path> work() {
        return Optional.ofNullable(layers.work());
    }

    @Override
    public String target() {
        return target;
    }

    /**
     * The options so far, as {@code mount(8)} has them.
     *
     * @return in the order in which they were given
     */
    public List<String> options() {
        return options;
    }

    /**
     * How user ids on disk become ids that the kernel sees.
     *
     * @return what {@link #idMapped} was given, or no ranges
     */
    public List<IdMapping.Range> uids() {
        return mapping instanceof IdMapping.Explicit explicit ? explicit.uids() : List.of();
    }

    /**
     * How group ids on disk become ids that the kernel sees.
     *
     * @return what {@link #idMapped} was given, or no ranges
     */
    public List<IdMapping.Range> gids() {
        return mapping instanceof IdMapping.Explicit explicit ? explicit.gids() : List.of();
    }

    /**
     * Itself, complete.
     *
     * @throws IllegalArgumentException if the options don't go together
     */
    Mount complete() {
        MountWords words = words();
        switch (kind) {
            case BIND, BIND_RECURSIVE -> checkMap(words);
            case REMOUNT -> {
                if (words.isMapped()) {
                    throw new IllegalArgumentException("idmap is for new binds, not for a remount");
                }
            }
            case FILE_SYSTEM -> checkCgroups(words);
            case OVERLAY -> checkLayers();
        }
        return this;
    }

    private void checkLayers() {
        if (layers.lower().size() == 1 && layers.upper() == null) {
            throw new IllegalArgumentException("the overlay " + target
                    + " has one directory alone: name where changes go by upper(...), or bind it read-only");
        }
    }

    private void checkCgroups(MountWords words) {
        if (type.startsWith("cgroup")) {
            if (!words.isReadOnly()) {
                throw new IllegalArgumentException(
                        "the cgroups of a sandbox are shown read-only: \"ro\" is missing for " + target);
            }
            if (!words.areAttributes()) {
                throw new IllegalArgumentException(
                        "options of the cgroups at " + target + " are only attributes: " + options);
            }
        }
    }

    private void checkMap(MountWords words) {
        if (words.isMapped() && mapping == null) {
            throw new IllegalArgumentException("idmap of " + target + " needs idMapped(...), which says how");
        }
        if (words.isMappedBelow() && kind == Kind.BIND) {
            throw new IllegalArgumentException("ridmap of " + target + " needs a recursive bind");
        }
        if (words.isMapped() && !words.isMappedBelow() && kind == Kind.BIND_RECURSIVE) {
            throw new IllegalArgumentException("idmap of the recursive bind " + target
                    + " would leave the mounts below as they are; say ridmap, or bind without them");
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Mount that
                && kind == that.kind
                && type.equals(that.type)
                && Objects.equals(path, that.path)
                && source.equals(that.source)
                && target.equals(that.target)
                && options.equals(that.options)
                && Objects.equals(mapping, that.mapping)
                && layers.equals(that.layers);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, type, path, source, target, options, mapping, layers);
    }

    private String overlaid() {
        String lower = layers.lower().stream().map(PathBytes::shown).collect(Collectors.joining(":"));
        return layers.upper() == null ? lower : lower + " under " + PathBytes.shown(layers.upper());
    }

    /** Returns about what {@code mount(8)} would be called with. */
    @Override
    public String toString() {
        String what =
                switch (kind) {
                    case BIND -> "bind " + PathBytes.shown(Objects.requireNonNull(path));
                    case BIND_RECURSIVE -> "rbind " + PathBytes.shown(Objects.requireNonNull(path));
                    case REMOUNT -> "remount";
                    case FILE_SYSTEM -> type;
                    case OVERLAY -> "overlay " + overlaid();
                };
        return Printable.line(what + " " + target + " " + String.join(",", options));
    }
}
