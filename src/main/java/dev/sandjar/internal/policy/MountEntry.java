package dev.sandjar.internal.policy;

import dev.sandjar.internal.util.Nullable;
import java.nio.file.Path;
import java.util.List;

/** One thing placed into the root, in the order given. Targets are absolute, normalized guest paths; sizes are bytes. */
public sealed interface MountEntry {
    String target();

    /** Whether it is a file system of POSIX message queues. */
    default boolean isQueues() {
        return this instanceof Mqueue
                || (this instanceof FileSystem system && system.type().equals("mqueue"));
    }

    /**
     * A directory or file of the host.
     *
     * @param idmapped whether files appear owned by the payload and new files get the source's owner
     * @param ofRoot whether that is also wanted where the owner is root
     */
    record Bind(
            Path source, String target, MountAttributes attributes, boolean optional, boolean idmapped, boolean ofRoot)
            implements MountEntry {
        public Bind(Path source, String target, MountAttributes attributes, boolean optional, boolean idmapped) {
            this(source, target, attributes, optional, idmapped, false);
        }
    }

    /**
     * @param inodes at most this many files, 0 for the kernel's default
     * @param optional whether it is left out where the root is not the view of the host and has no such place
     */
    record Tmpfs(String target, long size, long inodes, int mode, MountAttributes attributes, boolean optional)
            implements MountEntry {
        public Tmpfs(String target, long size, long inodes, int mode, MountAttributes attributes) {
            this(target, size, inodes, mode, attributes, false);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // copied in and out
    record FileBytes(String target, byte[] content, int mode) implements MountEntry {
        public FileBytes {
            content = content.clone();
        }

        @Override
        public byte[] content() {
            return content.clone();
        }
    }

    /** @param text what the link points to, any string */
    record Symlink(String target, String text) implements MountEntry {}

    record Directory(String target, int mode) implements MountEntry {}

    record Masked(String target, boolean rootOnly) implements MountEntry {}

    record ReadOnlyPath(String target) implements MountEntry {}

    /** @param hidePid hidepid= of {@code proc(5)}: null, "noaccess", "invisible" or "ptraceable" */
    record Proc(String target, @Nullable String hidePid, boolean subsetPid, boolean automatic) implements MountEntry {}

    /**
     * @param terminals at most this many pseudo-terminals, 0 for what the kernel allows all together
     * @param exec whether programs may run in its shm
     */
    record Dev(String target, boolean automatic, int terminals, boolean exec) implements MountEntry {
        public Dev(String target, boolean automatic, int terminals) {
            this(target, automatic, terminals, false);
        }
    }

    record Mqueue(String target) implements MountEntry {}

    /**
     * A directory or file of the host with exactly these attributes.
     *
     * @param recursive whether with all that is mounted below it
     * @param uidMap lines of an id map from what is on disk to the host's ids; empty for none
     */
    record Tree(
            Path source,
            String target,
            boolean recursive,
            MountChange change,
            String uidMap,
            String gidMap,
            @Nullable Propagation propagation)
            implements MountEntry {}

    /** @param options key, value, ... with an empty value for a flag */
    record FileSystem(
            String type,
            String source,
            String target,
            MountChange change,
            List<String> options,
            @Nullable Propagation propagation)
            implements MountEntry {
        public FileSystem {
            options = List.copyOf(options);
        }
    }

    /** Changes what is mounted there already. */
    record Remount(String target, MountChange change, @Nullable Propagation propagation) implements MountEntry {}

    /** The cgroups of the sandbox itself, read-only. */
    record Cgroups(String target) implements MountEntry {}

    /** The nodes and links of every /dev, in the directory that is there. */
    record StandardDevices(String target) implements MountEntry {}

    /**
     * @param type 'c', 'b' or 'p'
     * @param mode its permissions
     */
    record Device(String target, char type, int major, int minor, int mode, long uid, long gid) implements MountEntry {}

    /** @param target the root */
    record RootPropagation(String target, Propagation propagation) implements MountEntry {}
}
