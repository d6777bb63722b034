package dev.sandjar.internal.plan;

import dev.sandjar.IdMapping;
import dev.sandjar.Mount;
import dev.sandjar.MountEntry;
import dev.sandjar.internal.util.NeutralMountOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a mount with every option spelled out asks of the kernel.
 *
 * @param options of a file system: key, value, ... with an empty value for a flag
 * @param propagation null for private, which needs no operation
 */
record ExactMount(Mount mount, MountChange change, List<String> options, @Nullable Propagation propagation) {
    private static final long NOATIME = 0x10;
    private static final long STRICTATIME = 0x20;
    private static final long ATIME = 0x70;
    private static final long NODIRATIME = 0x80;
    private static final long NOSYMFOLLOW = 0x200000;

    private record Effect(long set, long clear) {}

    private static final Map<String, Effect> ATTRIBUTES = Map.ofEntries(
            Map.entry("ro", new Effect(MountAttributes.RDONLY, 0)),
            Map.entry("rw", new Effect(0, MountAttributes.RDONLY)),
            Map.entry("nosuid", new Effect(MountAttributes.NOSUID, 0)),
            Map.entry("suid", new Effect(0, MountAttributes.NOSUID)),
            Map.entry("nodev", new Effect(MountAttributes.NODEV, 0)),
            Map.entry("dev", new Effect(0, MountAttributes.NODEV)),
            Map.entry("noexec", new Effect(MountAttributes.NOEXEC, 0)),
            Map.entry("exec", new Effect(0, MountAttributes.NOEXEC)),
            Map.entry("nosymfollow", new Effect(NOSYMFOLLOW, 0)),
            Map.entry("symfollow", new Effect(0, NOSYMFOLLOW)),
            Map.entry("noatime", new Effect(NOATIME, ATIME)),
            Map.entry("atime", new Effect(0, ATIME)),
            Map.entry("relatime", new Effect(0, ATIME)),
            Map.entry("strictatime", new Effect(STRICTATIME, ATIME)),
            Map.entry("nodiratime", new Effect(NODIRATIME, 0)),
            Map.entry("diratime", new Effect(0, NODIRATIME)));

    /** They say how ids are mapped, which the mount tells otherwise. */
    private static final Set<String> MAPPED = Set.of("idmap", "ridmap");

    ExactMount {
        options = List.copyOf(options);
    }

    /** Null for an entry that is no such mount. */
    static @Nullable ExactMount of(MountEntry entry) {
        return entry instanceof Mount mount ? new Reader().read(mount) : null;
    }

    /** Null for an entry that is no bind of this kind. */
    static @Nullable ExactMount bind(MountEntry entry) {
        return entry instanceof Mount mount && mount.path().isPresent() ? of(mount) : null;
    }

    static boolean isBind(MountEntry entry) {
        return entry instanceof Mount mount && mount.path().isPresent();
    }

    /** The cgroups of the sandbox itself are none. */
    static boolean isFileSystem(MountEntry entry) {
        return entry instanceof Mount mount && mount.type().isPresent() && !isCgroups(mount);
    }

    static boolean isCgroups(MountEntry entry) {
        return entry instanceof Mount mount
                && mount.type().filter(type -> type.startsWith("cgroup")).isPresent();
    }

    static boolean isOverlay(MountEntry entry) {
        return entry instanceof Mount mount && mount.kind() == Mount.Kind.OVERLAY;
    }

    static boolean isRemount(MountEntry entry) {
        return entry instanceof Mount mount && mount.kind() == Mount.Kind.REMOUNT;
    }

    /** The file or directory of the host that an entry shows; null for all others. */
    static @Nullable Path sourceOf(MountEntry entry) {
        return entry instanceof MountEntry.Bind bind
                ? bind.source()
                : entry instanceof Mount mount ? mount.path().orElse(null) : null;
    }

    /** Where a program writes on the host by way of an entry with every option spelled out; null if it can't. */
    static @Nullable Path writableOf(MountEntry entry) {
        ExactMount exact = of(entry);
        if (exact == null || exact.isReadOnly()) {
            return null;
        }
        return exact.mount().path().or(exact.mount()::upper).orElse(null);
    }

    /** With all mounts below, which "ro" leaves as they are. */
    private boolean isReadOnly() {
        boolean top = (change.set() & ~change.clearBelow() & MountAttributes.RDONLY) != 0;
        boolean below = (change.setBelow() & MountAttributes.RDONLY) != 0;
        return below || (top && !isRecursive());
    }

    /** Whether it is a remount by which something is written to that was read-only. */
    static boolean makesWritable(MountEntry entry) {
        ExactMount exact = isRemount(entry) ? of(entry) : null;
        return exact != null && ((exact.change().clear() | exact.change().clearBelow()) & MountAttributes.RDONLY) != 0;
    }

    String target() {
        return mount.target();
    }

    String type() {
        return mount.type().orElseThrow();
    }

    Path path() {
        return mount.path().orElseThrow();
    }

    boolean isRecursive() {
        return mount.kind() == Mount.Kind.BIND_RECURSIVE;
    }

    /** Lines of an id map from what is on disk to the host's ids; empty for none. */
    String uidMap() {
        return lines(mount.uids());
    }

    String gidMap() {
        return lines(mount.gids());
    }

    private static String lines(List<IdMapping.Range> ranges) {
        return ranges.stream()
                .map(range -> range.inside() + " " + range.host() + " " + range.count() + "\n")
                .collect(Collectors.joining());
    }

    /** The last word counts. */
    private static final class Reader {
        private long set;
        private long clear;
        private long setBelow;
        private long clearBelow;
        private final List<String> own = new ArrayList<>();
        private @Nullable Propagation propagation;

        ExactMount read(Mount mount) {
            mount.options().forEach(this::read);
            return new ExactMount(mount, new MountChange(set, clear, setBelow, clearBelow), own, propagation);
        }

        private void read(String word) {
            Effect effect = ATTRIBUTES.get(word);
            Effect below = word.startsWith("r") ? ATTRIBUTES.get(word.substring(1)) : null;
            Optional<Propagation> chosen = Propagation.of(word);
            if (effect != null) {
                set = (set & ~effect.clear()) | effect.set();
                clear = (clear & ~effect.set()) | effect.clear();
            } else if (below != null) {
                setBelow = (setBelow & ~below.clear()) | below.set();
                clearBelow = (clearBelow & ~below.set()) | below.clear();
            } else if (chosen.isPresent()) {
                propagation = chosen.get().flag() == Propagation.PRIVATE ? null : chosen.get();
            } else if (!NeutralMountOptions.ALL.contains(word) && !MAPPED.contains(word)) {
                int equals = word.indexOf('=');
                own.add(equals < 0 ? word : word.substring(0, equals));
                own.add(equals < 0 ? "" : word.substring(equals + 1));
            }
        }
    }
}
