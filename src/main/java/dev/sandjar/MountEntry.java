package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.GuestPath;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.linux.DeviceNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is put into the root of a sandbox: a mount, a file, or what hides and protects. Immutable values, which refuse what
 * the methods of {@link SandboxBuilder} that make them refuse.
 */
public sealed interface MountEntry permits Mount, MountEntry.Placed {
    /**
     * Where it is put.
     *
     * @return a guest path: absolute, and without a slash at its end
     */
    String target();

    /**
     * Whether it is a file system of POSIX message queues.
     *
     * @return true for {@link Mqueue}, and for a {@link Mount} of that type
     */
    default boolean isQueues() {
        return this instanceof Mqueue
                || (this instanceof Mount mount
                        && mount.type().filter("mqueue"::equals).isPresent());
    }

    /** An entry for which {@link Mounts} has a method of its own, which chooses safe attributes. */
    sealed interface Placed extends MountEntry {}

    /**
     * A file or directory of the host with all that is mounted below it. nosuid, nodev and exec unless an option says otherwise.
     *
     * @param source absolute; a relative one is taken from the host's working directory
     * @param target guest path
     * @param readOnly whether the sandbox can't write there
     * @param options of the mount, without those that say what holds anyway: EXEC, and IDMAPPED beside IDMAPPED_ROOT
     */
    record Bind(Path source, String target, boolean readOnly, Set<MountOption> options) implements Placed {
        /**
         * Checks its parts.
         *
         * @param source see the record
         * @param target see the record
         * @param readOnly see the record
         * @param options see the record
         * @throws IllegalArgumentException if a path is malformed, or options exclude each other
         */
        public Bind {
            source = Checks.hostPath("bind source", source);
            target = GuestPath.target("bind target", target);
            Set<MountOption> chosen = chosen(options);
            chosen.remove(MountOption.EXEC);
            if (chosen.contains(MountOption.IDMAPPED_ROOT)) {
                chosen.remove(MountOption.IDMAPPED);
            }
            options = Set.copyOf(chosen);
        }

        /**
         * Whether it is left out where the source doesn't exist.
         *
         * @return whether {@link MountOption#OPTIONAL} is set
         */
        public boolean optional() {
            return options.contains(MountOption.OPTIONAL);
        }

        /**
         * Whether files appear owned by the program and new files get the source's owner.
         *
         * @return whether {@link MountOption#IDMAPPED} or {@link MountOption#IDMAPPED_ROOT} is set
         */
        public boolean idmapped() {
            return options.contains(MountOption.IDMAPPED) || ofRoot();
        }

        /**
         * Whether files appear owned by the program even if the source belongs to the host's root or to its group.
         *
         * @return whether {@link MountOption#IDMAPPED_ROOT} is set
         */
        public boolean ofRoot() {
            return options.contains(MountOption.IDMAPPED_ROOT);
        }

        @Override
        public String toString() {
            return Printable.line("bind " + PathBytes.shown(source) + " on " + target + (readOnly ? ", read-only" : "")
                    + shown(options));
        }
    }

    /**
     * An empty directory in memory. nosuid and nodev unless an option says otherwise; where neither EXEC nor NOEXEC is among them,
     * {@link Mounts#noexec()} and the preset decide.
     *
     * @param target guest path
     * @param size what it may hold, at least 1 byte
     * @param inodes how many files, directories and links it may hold, at least 1; empty leaves that to the kernel
     * @param mode its permissions, 0 to 07777 (octal)
     * @param options of the mount: EXEC, NOEXEC, SUID, DEV
     * @param optional whether it is left out where the root is not the view of the host and has no such place
     */
    record Tmpfs(
            String target, DataSize size, OptionalLong inodes, int mode, Set<MountOption> options, boolean optional)
            implements Placed {
        /**
         * Checks its parts.
         *
         * @param target see the record
         * @param size see the record
         * @param inodes see the record
         * @param mode see the record
         * @param options see the record
         * @param optional see the record
         * @throws IllegalArgumentException if the target is malformed, a number is out of range, or an option is for binds
         */
        public Tmpfs {
            target = GuestPath.target("tmpfs target", target);
            Checks.range("tmpfs size in bytes", size.toBytes(), 1, Long.MAX_VALUE);
            inodes.ifPresent(count -> Checks.range("number of inodes", count, 1, Long.MAX_VALUE));
            Checks.mode("tmpfs mode", mode, 07777);
            Set<MountOption> chosen = chosen(options);
            for (MountOption option : List.of(MountOption.OPTIONAL, MountOption.IDMAPPED, MountOption.IDMAPPED_ROOT)) {
                if (chosen.contains(option)) {
                    throw new IllegalArgumentException(
                            option + " is for binds; a tmpfs takes EXEC, NOEXEC, SUID and DEV");
                }
            }
            options = Set.copyOf(chosen);
        }

        /** With an answer to whether programs may run there, unless there is one. */
        Tmpfs exec(boolean allowed) {
            if (options.contains(MountOption.EXEC) || options.contains(MountOption.NOEXEC)) {
                return this;
            }
            Set<MountOption> all = chosen(options);
            all.add(allowed ? MountOption.EXEC : MountOption.NOEXEC);
            return new Tmpfs(target, size, inodes, mode, all, optional);
        }
    }

    /**
     * A file with this content.
     *
     * @param target guest path
     * @param content any bytes; copied
     * @param mode its permissions, 0 to 0777 (octal)
     */
    @SuppressWarnings("ArrayRecordComponent") // copied in and out, and compared by what is in it
    record FileBytes(String target, byte[] content, int mode) implements Placed {
        /**
         * Checks its parts.
         *
         * @param target see the record
         * @param content see the record
         * @param mode see the record
         * @throws IllegalArgumentException if the target is malformed, or the mode is out of range
         */
        public FileBytes {
            target = GuestPath.target("file target", target);
            content = content.clone();
            Checks.mode("file mode", mode, 0777);
        }

        /**
         * The bytes of the file.
         *
         * @return a copy
         */
        @Override
        public byte[] content() {
            return content.clone();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof FileBytes that
                    && target.equals(that.target)
                    && Arrays.equals(content, that.content)
                    && mode == that.mode;
        }

        @Override
        public int hashCode() {
            return Objects.hash(target, Arrays.hashCode(content), mode);
        }

        @Override
        public String toString() {
            return Printable.line(
                    "file " + target + " of " + content.length + " bytes, mode 0" + Integer.toOctalString(mode));
        }
    }

    /**
     * A symbolic link.
     *
     * @param target guest path of the link itself
     * @param text what it points to, 1 to 4095 bytes
     */
    record Symlink(String target, String text) implements Placed {
        private static final int TEXT_MAX = 4095;

        /**
         * Checks its parts.
         *
         * @param target see the record
         * @param text see the record
         * @throws IllegalArgumentException if the path is malformed, or the text is empty, too long or has a NUL character
         */
        public Symlink {
            target = GuestPath.target("symlink path", target);
            Checks.text("symlink text", text, 1, TEXT_MAX);
        }
    }

    /**
     * A directory, unless there is one.
     *
     * @param target guest path
     * @param mode its permissions, 0 to 07777 (octal)
     */
    record Directory(String target, int mode) implements Placed {
        /**
         * Checks its parts.
         *
         * @param target see the record
         * @param mode see the record
         * @throws IllegalArgumentException if the target is malformed, or the mode is out of range
         */
        public Directory {
            target = GuestPath.target("directory target", target);
            Checks.mode("directory mode", mode, 07777);
        }
    }

    /**
     * A mask: a file appears empty, a directory empty and read-only.
     *
     * @param target guest path
     * @param rootOnly whether the mask is left out where no program can be the machine's root
     */
    record Masked(String target, boolean rootOnly) implements Placed {
        /**
         * Checks its parts.
         *
         * @param target see the record
         * @param rootOnly see the record
         * @throws IllegalArgumentException if the path is malformed
         */
        public Masked {
            target = GuestPath.target("masked path", target);
        }
    }

    /**
     * A place that can only be read, with all that is mounted below it.
     *
     * @param target guest path
     */
    record ReadOnlyPath(String target) implements Placed {
        /**
         * Checks its parts.
         *
         * @param target see the record
         * @throws IllegalArgumentException if the path is malformed
         */
        public ReadOnlyPath {
            target = GuestPath.target("read-only path", target);
        }
    }

    /**
     * The processes of the sandbox's PID namespace, at /proc.
     *
     * @param options of the mount
     * @param automatic whether it comes with the root and the PID namespace, without having been asked for
     */
    record Proc(Set<ProcOption> options, boolean automatic) implements Placed {
        /**
         * Checks its parts.
         *
         * @param options see the record
         * @param automatic see the record
         * @throws NullPointerException if the set or an option is null
         */
        public Proc {
            options = Set.copyOf(options);
        }

        @Override
        public String target() {
            return "/proc";
        }
    }

    /**
     * A minimal /dev.
     *
     * @param automatic whether it comes with the root, without having been asked for
     * @param terminals at most this many pseudo-terminals, 1 to 1048576; empty for what the kernel allows all together
     * @param exec whether programs may run in its shm
     */
    record Dev(boolean automatic, OptionalInt terminals, boolean exec) implements Placed {
        /** NR_UNIX98_PTY_MAX of the kernel. */
        private static final int TERMINALS_MAX = 1 << 20;

        /**
         * Checks its parts.
         *
         * @param automatic see the record
         * @param terminals see the record
         * @param exec see the record
         * @throws IllegalArgumentException if the number is out of range
         */
        public Dev {
            terminals.ifPresent(max -> Checks.range("number of pseudo-terminals", max, 1, TERMINALS_MAX));
        }

        @Override
        public String target() {
            return "/dev";
        }
    }

    /**
     * The POSIX message queues of the sandbox's IPC namespace.
     *
     * @param target guest path
     */
    record Mqueue(String target) implements Placed {
        /**
         * Checks its parts.
         *
         * @param target see the record
         * @throws IllegalArgumentException if the target is malformed
         */
        public Mqueue {
            target = GuestPath.target("mqueue target", target);
        }
    }

    /** The nodes and links of every /dev, in the /dev that is there. */
    record StandardDevices() implements Placed {
        @Override
        public String target() {
            return "/dev";
        }
    }

    /**
     * A device or a named pipe.
     *
     * @param node which, where and whose
     */
    record Device(DeviceNode node) implements Placed {
        @Override
        public String target() {
            return node.path();
        }
    }

    /**
     * How mounts propagate to and from the root.
     *
     * @param propagation which way
     */
    record RootPropagation(MountPropagation propagation) implements Placed {
        @Override
        public String target() {
            return "/";
        }
    }

    private static Set<MountOption> chosen(Set<MountOption> options) {
        Set<MountOption> chosen = EnumSet.noneOf(MountOption.class);
        chosen.addAll(options);
        if (chosen.contains(MountOption.EXEC) && chosen.contains(MountOption.NOEXEC)) {
            throw new IllegalArgumentException("EXEC and NOEXEC exclude each other");
        }
        return chosen;
    }

    private static String shown(Set<MountOption> options) {
        return options.isEmpty() ? "" : ", " + EnumSet.copyOf(options);
    }
}
