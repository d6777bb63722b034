package dev.sandjar;

import dev.sandjar.internal.policy.MountAttributes;
import dev.sandjar.internal.policy.MountChange;
import dev.sandjar.internal.policy.Propagation;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Nullable;
import dev.sandjar.internal.util.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the options of {@code mount(8)}, which an OCI runtime configuration has too, into attributes. */
final class MountWords {
    private static final long NOATIME = 0x10;
    private static final long STRICTATIME = 0x20;
    private static final long ATIME = 0x70;
    private static final long NODIRATIME = 0x80;
    private static final long NOSYMFOLLOW = 0x200000;
    /** A string of {@code fsconfig(2)}. */
    private static final int VALUE_MAX = 255;

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

    /** What the kernel does anyway. */
    private static final Set<String> NOTHING = Set.of(
            "async",
            "defaults",
            "loud",
            "nomand",
            "nolazytime",
            "noiversion",
            "norelatime",
            "nostrictatime",
            "rnorelatime",
            "rnostrictatime",
            "silent");

    /** Of the file system, not of a mount of it. */
    private static final Set<String> WHOLE = Set.of("sync", "dirsync", "lazytime", "iversion", "mand");

    private static final Map<String, Long> PROPAGATIONS = Map.of(
            "private", Propagation.PRIVATE,
            "shared", Propagation.SHARED,
            "slave", Propagation.SLAVE,
            "unbindable", Propagation.UNBINDABLE);

    /** Linux 6.18, with what older ones had. What a kernel doesn't take of these, it says itself. */
    private static final Map<String, Set<String>> OPTIONS = Map.of(
            "proc", Set.of("gid", "hidepid", "pidns", "subset"),
            "sysfs", Set.of(),
            "mqueue", Set.of(),
            "ramfs", Set.of("mode"),
            "devpts", Set.of("gid", "max", "mode", "newinstance", "ptmxmode", "uid"),
            "hugetlbfs", Set.of("gid", "min_size", "mode", "nr_inodes", "pagesize", "size", "uid"),
            "tmpfs",
                    Set.of(
                            "casefold",
                            "gid",
                            "grpquota",
                            "grpquota_block_hardlimit",
                            "grpquota_inode_hardlimit",
                            "huge",
                            "inode32",
                            "inode64",
                            "mode",
                            "mpol",
                            "noswap",
                            "nr_blocks",
                            "nr_inodes",
                            "quota",
                            "size",
                            "strict_encoding",
                            "tmpcopyup",
                            "uid",
                            "usrquota",
                            "usrquota_block_hardlimit",
                            "usrquota_inode_hardlimit"));

    private final @Nullable String fileSystem;
    private final List<String> own = new ArrayList<>();
    private long set;
    private long clear;
    private long setBelow;
    private long clearBelow;
    private boolean mapped;
    private boolean mappedBelow;
    private @Nullable Propagation propagation;

    /** @param fileSystem its type, if words may be options of one; null for binds and remounts */
    MountWords(@Nullable String fileSystem) {
        this.fileSystem = fileSystem;
    }

    void read(String word) {
        Checks.text("mount option", word, 1, VALUE_MAX * 2);
        boolean below = word.startsWith("r") && ATTRIBUTES.containsKey(word.substring(1));
        Effect effect = ATTRIBUTES.get(word);
        if (effect != null) {
            set = (set & ~effect.clear()) | effect.set();
            clear = (clear & ~effect.set()) | effect.clear();
        } else if (below) {
            Effect effectBelow = ATTRIBUTES.getOrDefault(word.substring(1), new Effect(0, 0));
            setBelow = (setBelow & ~effectBelow.clear()) | effectBelow.set();
            clearBelow = (clearBelow & ~effectBelow.set()) | effectBelow.clear();
        } else if (!NOTHING.contains(word)) {
            other(word);
        }
    }

    private void other(String word) {
        boolean recursive = word.startsWith("r") && PROPAGATIONS.containsKey(word.substring(1));
        Long flag = PROPAGATIONS.get(recursive ? word.substring(1) : word);
        if (flag != null) {
            if (propagation != null && !propagation.equals(new Propagation(flag, recursive))) {
                throw refused(word, "a mount has one kind of propagation");
            }
            propagation = new Propagation(flag, recursive);
        } else if (word.equals("idmap") || word.equals("ridmap")) {
            bindOnly(word);
            mapped = true;
            mappedBelow |= word.equals("ridmap");
        } else if (word.equals("bind") || word.equals("rbind") || word.equals("remount")) {
            throw refused(word, "is not an option here but a kind of mount: Mount.bind, bindRecursive or remount");
        } else if (fileSystem == null) {
            throw refused(
                    word,
                    WHOLE.contains(word)
                            ? "belongs to the whole file system, which a bind can't change"
                            : "is no option of a bind");
        } else {
            fileSystemOption(fileSystem, word);
        }
    }

    private void fileSystemOption(String type, String word) {
        int equals = word.indexOf('=');
        String key = equals < 0 ? word : word.substring(0, equals);
        String value = equals < 0 ? "" : word.substring(equals + 1);
        if (key.isEmpty() || key.indexOf(',') >= 0 || value.indexOf(',') >= 0) {
            throw refused(word, "is not one \"name\" or \"name=value\"");
        }
        if (key.equals("source")) {
            throw refused(word, "is given as the source");
        }
        Set<String> known = OPTIONS.getOrDefault(type, Set.of());
        if (!known.contains(key) && !WHOLE.contains(key) && !type.startsWith("cgroup")) {
            throw refused(
                    word,
                    known.isEmpty()
                            ? "is none of " + type + ", which has none of its own"
                            : "is none of " + type + ", which has "
                                    + known.stream().sorted().toList());
        }
        Checks.text("mount option", value, 0, VALUE_MAX);
        if (key.equals("tmpcopyup") && equals >= 0) {
            throw refused(word, "has no value");
        }
        own.add(key);
        own.add(value);
    }

    private void bindOnly(String word) {
        if (fileSystem != null) {
            throw refused(word, "is for binds");
        }
    }

    private static IllegalArgumentException refused(String word, String why) {
        return new IllegalArgumentException("mount option " + Printable.quote(word) + " " + why);
    }

    MountChange change() {
        return new MountChange(set, clear, setBelow, clearBelow);
    }

    List<String> own() {
        return List.copyOf(own);
    }

    boolean isMapped() {
        return mapped;
    }

    boolean isMappedBelow() {
        return mappedBelow;
    }

    boolean isReadOnly() {
        return (set & MountAttributes.RDONLY) != 0;
    }

    /** What is private anyway needs no operation. */
    @Nullable
    Propagation propagation() {
        Propagation chosen = propagation;
        return chosen != null && chosen.flag() == Propagation.PRIVATE ? null : chosen;
    }
}
