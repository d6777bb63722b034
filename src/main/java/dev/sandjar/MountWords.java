package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.NeutralMountOptions;
import dev.sandjar.internal.util.Printable;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the options of {@code mount(8)}, which an OCI runtime configuration has too, as far as it has to be known whether they are possible; plans turn
 * them into attributes.
 */
final class MountWords {
    /** A string of {@code fsconfig(2)}. */
    private static final int VALUE_MAX = 255;

    private static final Set<String> ATTRIBUTES = Set.of(
            "ro",
            "rw",
            "nosuid",
            "suid",
            "nodev",
            "dev",
            "noexec",
            "exec",
            "nosymfollow",
            "symfollow",
            "noatime",
            "atime",
            "relatime",
            "strictatime",
            "nodiratime",
            "diratime");

    /** Of the file system, not of a mount of it. */
    private static final Set<String> WHOLE = Set.of("sync", "dirsync", "lazytime", "iversion", "mand");

    private static final Set<String> PROPAGATIONS = Set.of("private", "shared", "slave", "unbindable");

    /** Linux 6.18, with what older ones had. What a kernel doesn't take of these, it says itself. */
    private static final Map<String, Set<String>> OPTIONS = Map.of(
            "proc", Set.of("gid", "hidepid", "pidns", "subset"),
            "sysfs", Set.of(),
            "mqueue", Set.of(),
            // Its directories are no words here: they are paths of the host.
            "overlay",
                    Set.of("index", "metacopy", "nfs_export", "redirect_dir", "userxattr", "uuid", "volatile", "xino"),
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
    private boolean readOnly;
    private boolean mapped;
    private boolean mappedBelow;
    private boolean attributes = true;
    private @Nullable String propagation;

    /** @param fileSystem its type, if words may be options of one; null for binds and remounts */
    MountWords(@Nullable String fileSystem) {
        this.fileSystem = fileSystem;
    }

    void read(String word) {
        Checks.text("mount option", word, 1, VALUE_MAX * 2);
        if (word.equals("ro") || word.equals("rw")) {
            readOnly = word.equals("ro");
        }
        boolean below = word.startsWith("r") && ATTRIBUTES.contains(word.substring(1));
        if (!below && !ATTRIBUTES.contains(word) && !NeutralMountOptions.ALL.contains(word)) {
            other(word);
        }
    }

    private void other(String word) {
        if (PROPAGATIONS.contains(word.startsWith("r") ? word.substring(1) : word)) {
            if (propagation != null && !propagation.equals(word)) {
                throw refused(word, "a mount has one kind of propagation");
            }
            propagation = word;
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
                            : "is not an option of a bind");
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
        attributes = false;
    }

    private void bindOnly(String word) {
        if (fileSystem != null) {
            throw refused(word, "is for binds");
        }
    }

    private static IllegalArgumentException refused(String word, String why) {
        return new IllegalArgumentException("mount option " + Printable.quote(word) + " " + why);
    }

    boolean isMapped() {
        return mapped;
    }

    boolean isMappedBelow() {
        return mappedBelow;
    }

    boolean isReadOnly() {
        return readOnly;
    }

    /** Whether nothing else is said, but what is so anyway. */
    boolean areAttributes() {
        return attributes && (propagation == null || propagation.endsWith("private"));
    }
}
