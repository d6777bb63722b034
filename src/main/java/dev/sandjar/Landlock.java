package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.GuestPath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Rules of the kernel's Landlock, which a program can't shed and which need no namespaces ({@code landlock(7)}). They come on top of
 * everything else that holds the program: what one of them refuses stays refused. Immutable and thread-safe.
 *
 * <pre>{@code
 * Landlock rules = Landlock.builder()
 *         .execute("/usr", "/lib", "/lib64")
 *         .readWrite("/tmp")
 *         .connectPort(443)
 *         .isolateSignals()
 *         .build();
 * }</pre>
 *
 * <p>Rights that this kernel's Landlock can't hold are an {@link UnsupportedIsolationException}, unless
 * {@link SandboxBuilder#allowDegraded} names {@link Isolation#LANDLOCK}.
 */
public final class Landlock {
    private final Set<LandlockAccess> restrictedFiles;
    private final List<PathRule> paths;
    private final boolean restrictsBind;
    private final boolean restrictsConnect;
    private final SortedSet<Integer> bindPorts;
    private final SortedSet<Integer> connectPorts;
    private final boolean isolatesAbstractSockets;
    private final boolean isolatesSignals;

    private Landlock(Builder builder) {
        restrictedFiles = Collections.unmodifiableSet(EnumSet.copyOf(builder.restrictedFiles));
        paths = List.copyOf(builder.paths);
        restrictsBind = builder.restrictsBind;
        restrictsConnect = builder.restrictsConnect;
        bindPorts = Collections.unmodifiableSortedSet(new TreeSet<>(builder.bindPorts));
        connectPorts = Collections.unmodifiableSortedSet(new TreeSet<>(builder.connectPorts));
        isolatesAbstractSockets = builder.isolatesAbstractSockets;
        isolatesSignals = builder.isolatesSignals;
    }

    /**
     * A rule that allows rights on a file, or on a directory with all beneath it.
     *
     * @param path absolute path inside the sandbox
     * @param rights at least one
     * @param optional whether the path may be missing
     */
    public record PathRule(String path, Set<LandlockAccess> rights, boolean optional) {
        /**
         * Checks the parts.
         *
         * @param path absolute path inside the sandbox
         * @param rights at least one
         * @param optional whether the path may be missing
         * @throws IllegalArgumentException if the path is malformed, as {@link Mounts} says of guest paths, or there are no rights
         */
        public PathRule {
            path = GuestPath.of("Landlock path", path);
            if (rights.isEmpty()) {
                throw new IllegalArgumentException("a rule without rights allows nothing");
            }
            rights = Collections.unmodifiableSet(EnumSet.copyOf(rights));
        }
    }

    /**
     * Returns a builder without any rule.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * What is forbidden on every path, but where a rule allows it.
     *
     * @return all rights where there are rules on paths; an immutable set
     */
    public Set<LandlockAccess> restrictedFiles() {
        return restrictedFiles;
    }

    /**
     * The rules on paths.
     *
     * @return an immutable list, in the order in which they were added
     */
    public List<PathRule> paths() {
        return paths;
    }

    /**
     * Whether TCP sockets can be bound to {@link #bindPorts()} only.
     *
     * @return whether binding is restricted
     */
    public boolean restrictsBind() {
        return restrictsBind;
    }

    /**
     * Whether TCP sockets can be connected to {@link #connectPorts()} only.
     *
     * @return whether connecting is restricted
     */
    public boolean restrictsConnect() {
        return restrictsConnect;
    }

    /**
     * Ports that TCP sockets may be bound to.
     *
     * @return an immutable set
     */
    public SortedSet<Integer> bindPorts() {
        return bindPorts;
    }

    /**
     * Ports that TCP sockets may be connected to.
     *
     * @return an immutable set
     */
    public SortedSet<Integer> connectPorts() {
        return connectPorts;
    }

    /**
     * Whether abstract sockets of processes outside are out of reach.
     *
     * @return whether {@link Builder#isolateAbstractSockets()} was called
     */
    public boolean isolatesAbstractSockets() {
        return isolatesAbstractSockets;
    }

    /**
     * Whether processes outside can't be sent signals.
     *
     * @return whether {@link Builder#isolateSignals()} was called
     */
    public boolean isolatesSignals() {
        return isolatesSignals;
    }

    private List<Object> parts() {
        return List.of(
                restrictedFiles,
                paths,
                restrictsBind,
                restrictsConnect,
                bindPorts,
                connectPorts,
                isolatesAbstractSockets,
                isolatesSignals);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Landlock rules && rules.parts().equals(parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        if (!restrictedFiles.isEmpty()) {
            words.add("files " + paths);
        }
        if (restrictsBind) {
            words.add("bind " + bindPorts);
        }
        if (restrictsConnect) {
            words.add("connect " + connectPorts);
        }
        if (isolatesAbstractSockets) {
            words.add("no abstract sockets outside");
        }
        if (isolatesSignals) {
            words.add("no signals outside");
        }
        return "Landlock(" + String.join(", ", words) + ")";
    }

    /** Makes rules. The first rule on a path makes all other paths forbidden. Not thread-safe. */
    public static final class Builder {
        private static final int PORT_MAX = 65_535;
        private static final Set<LandlockAccess> READ = EnumSet.of(LandlockAccess.READ_FILE, LandlockAccess.READ_DIR);
        private static final Set<LandlockAccess> EXECUTE =
                EnumSet.of(LandlockAccess.READ_FILE, LandlockAccess.READ_DIR, LandlockAccess.EXECUTE);
        private static final Set<LandlockAccess> WRITE = EnumSet.complementOf(EnumSet.of(
                LandlockAccess.EXECUTE, LandlockAccess.MAKE_CHAR, LandlockAccess.MAKE_BLOCK, LandlockAccess.IOCTL_DEV));

        private final List<PathRule> paths = new ArrayList<>();
        private final SortedSet<Integer> bindPorts = new TreeSet<>();
        private final SortedSet<Integer> connectPorts = new TreeSet<>();
        private final Set<LandlockAccess> restrictedFiles = EnumSet.noneOf(LandlockAccess.class);
        private boolean restrictsBind;
        private boolean restrictsConnect;
        private boolean isolatesAbstractSockets;
        private boolean isolatesSignals;

        private Builder() {}

        /**
         * Forbids every path that no rule allows. Rules on paths imply it.
         *
         * @return this
         */
        public Builder restrictFiles() {
            return restrictFiles(LandlockAccess.values());
        }

        /**
         * Forbids some uses of every path, and leaves the others alone. A rule on a path forbids all uses that no rule allows.
         *
         * @param rights what is forbidden
         * @return this
         */
        public Builder restrictFiles(LandlockAccess... rights) {
            restrictedFiles.addAll(List.of(rights));
            return this;
        }

        /**
         * Allows files and directories to be read.
         *
         * @param given absolute paths inside the sandbox, each a file or a directory with all beneath it; they have to exist
         * @return this
         * @throws IllegalArgumentException if a path is malformed
         */
        public Builder read(String... given) {
            return add(READ, false, given);
        }

        /**
         * Allows files and directories to be read, and files to be executed.
         *
         * @param given absolute paths inside the sandbox, which have to exist
         * @return this
         * @throws IllegalArgumentException if a path is malformed
         */
        public Builder execute(String... given) {
            return add(EXECUTE, false, given);
        }

        /**
         * Allows files to be read, written, created and removed, but neither to be executed, nor device files to be created or used
         * with {@code ioctl(2)}.
         *
         * @param given absolute paths inside the sandbox, which have to exist
         * @return this
         * @throws IllegalArgumentException if a path is malformed
         */
        public Builder readWrite(String... given) {
            return add(WRITE, false, given);
        }

        /**
         * Allows some rights on a path.
         *
         * @param path absolute path inside the sandbox, which has to exist
         * @param rights at least one
         * @return this
         * @throws IllegalArgumentException if the path is malformed or there are no rights
         */
        public Builder allow(String path, LandlockAccess... rights) {
            return add(new HashSet<>(List.of(rights)), false, path);
        }

        /**
         * Allows some rights on a path if it exists when the sandbox starts.
         *
         * @param path absolute path inside the sandbox
         * @param rights at least one
         * @return this
         * @throws IllegalArgumentException if the path is malformed or there are no rights
         */
        public Builder allowIfPresent(String path, LandlockAccess... rights) {
            return add(new HashSet<>(List.of(rights)), true, path);
        }

        private Builder add(Set<LandlockAccess> rights, boolean optional, String... given) {
            for (String path : given) {
                paths.add(new PathRule(path, rights, optional));
            }
            return restrictFiles();
        }

        /**
         * Forbids TCP sockets to be bound or connected, but for ports that rules name. This needs version 4, Linux 6.7.
         *
         * @return this
         */
        public Builder denyTcp() {
            restrictsBind = true;
            restrictsConnect = true;
            return this;
        }

        /**
         * Allows TCP sockets to be bound to this port, and to no other that no rule names. This needs version 4, Linux 6.7.
         *
         * @param port 0 to 65535; 0 allows ports that the kernel chooses
         * @return this
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder bindPort(int port) {
            restrictsBind = true;
            bindPorts.add(Checks.range("port", port, 0, PORT_MAX));
            return this;
        }

        /**
         * Allows TCP sockets to be connected to this port, whatever the address, and to no other that no rule names. This needs version
         * 4, Linux 6.7.
         *
         * @param port 0 to 65535
         * @return this
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder connectPort(int port) {
            restrictsConnect = true;
            connectPorts.add(Checks.range("port", port, 0, PORT_MAX));
            return this;
        }

        /**
         * Forbids connections to abstract sockets of processes outside ({@code unix(7)}). This needs version 6, Linux 6.12.
         *
         * @return this
         */
        public Builder isolateAbstractSockets() {
            isolatesAbstractSockets = true;
            return this;
        }

        /**
         * Forbids signals to processes outside. This needs version 6, Linux 6.12.
         *
         * @return this
         */
        public Builder isolateSignals() {
            isolatesSignals = true;
            return this;
        }

        /**
         * Makes the rules.
         *
         * @return immutable rules
         * @throws IllegalStateException if they restrict nothing
         */
        public Landlock build() {
            boolean network = restrictsBind || restrictsConnect;
            if (restrictedFiles.isEmpty() && !network && !isolatesAbstractSockets && !isolatesSignals) {
                throw new IllegalStateException("these rules restrict nothing: add a path, a port or a scope");
            }
            return new Landlock(this);
        }
    }
}
