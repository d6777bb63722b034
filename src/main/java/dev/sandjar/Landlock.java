package dev.sandjar;

import dev.sandjar.internal.policy.LandlockPolicy;
import dev.sandjar.internal.policy.LandlockPolicy.PathRule;
import dev.sandjar.internal.policy.LandlockPolicy.PortRule;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.GuestPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Rules of the kernel's Landlock, which a program can't shed and which need no namespaces ({@code landlock(7)}). They come on top of
 * everything else that holds the program: two keys for the same door. Immutable.
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
    private final LandlockPolicy policy;

    private Landlock(LandlockPolicy policy) {
        this.policy = policy;
    }

    /**
     * A builder without any rule.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    LandlockPolicy policy() {
        return policy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Landlock rules && rules.policy.equals(policy);
    }

    @Override
    public int hashCode() {
        return policy.hashCode();
    }

    @Override
    public String toString() {
        return "Landlock(" + policy.paths().size() + " paths, " + policy.ports().size() + " ports)";
    }

    /** Makes rules. The first rule on a path makes all other paths forbidden. Not thread-safe. */
    public static final class Builder {
        private static final int BIND = 1;
        private static final int CONNECT = 1 << 1;
        private static final int ABSTRACT_SOCKETS = 1;
        private static final int SIGNALS = 1 << 1;
        private static final int PORT_MAX = 65_535;
        private static final Set<LandlockAccess> READ = EnumSet.of(LandlockAccess.READ_FILE, LandlockAccess.READ_DIR);
        private static final Set<LandlockAccess> EXECUTE =
                EnumSet.of(LandlockAccess.READ_FILE, LandlockAccess.READ_DIR, LandlockAccess.EXECUTE);
        private static final Set<LandlockAccess> WRITE = EnumSet.complementOf(EnumSet.of(
                LandlockAccess.EXECUTE, LandlockAccess.MAKE_CHAR, LandlockAccess.MAKE_BLOCK, LandlockAccess.IOCTL_DEV));

        private final List<PathRule> paths = new ArrayList<>();
        private final List<PortRule> ports = new ArrayList<>();
        private long files;
        private long network;
        private long scoped;

        private Builder() {}

        /**
         * Forbids every path that no rule allows. Rules on paths imply it.
         *
         * @return this
         */
        public Builder restrictFiles() {
            files = mask(EnumSet.allOf(LandlockAccess.class));
            return this;
        }

        /**
         * Files and directories may be read.
         *
         * @param given absolute paths inside the sandbox, each a file or a directory with all beneath it; they have to exist
         * @return this
         * @throws IllegalArgumentException if a path is not absolute
         */
        public Builder read(String... given) {
            return add(READ, false, given);
        }

        /**
         * Files may be read and executed.
         *
         * @param given absolute paths inside the sandbox, which have to exist
         * @return this
         * @throws IllegalArgumentException if a path is not absolute
         */
        public Builder execute(String... given) {
            return add(EXECUTE, false, given);
        }

        /**
         * Files may be read, written, created and removed, but neither executed nor made devices.
         *
         * @param given absolute paths inside the sandbox, which have to exist
         * @return this
         * @throws IllegalArgumentException if a path is not absolute
         */
        public Builder readWrite(String... given) {
            return add(WRITE, false, given);
        }

        /**
         * Rights of one's own choice.
         *
         * @param path absolute path inside the sandbox, which has to exist
         * @param rights at least one
         * @return this
         * @throws IllegalArgumentException if the path is not absolute or there are no rights
         */
        public Builder allow(String path, LandlockAccess... rights) {
            return add(rights(rights), false, path);
        }

        /**
         * Rights of one's own choice on a path that may be missing.
         *
         * @param path absolute path inside the sandbox
         * @param rights at least one
         * @return this
         * @throws IllegalArgumentException if the path is not absolute or there are no rights
         */
        public Builder allowIfPresent(String path, LandlockAccess... rights) {
            return add(rights(rights), true, path);
        }

        private static Set<LandlockAccess> rights(LandlockAccess... rights) {
            if (rights.length == 0) {
                throw new IllegalArgumentException("a rule without rights allows nothing");
            }
            return EnumSet.copyOf(Arrays.asList(rights));
        }

        private Builder add(Set<LandlockAccess> rights, boolean optional, String... given) {
            for (String path : given) {
                paths.add(new PathRule(GuestPath.of("Landlock path", path), mask(rights), optional, false));
            }
            return restrictFiles();
        }

        private static long mask(Set<LandlockAccess> rights) {
            return rights.stream().mapToLong(LandlockAccess::mask).reduce(0, (a, b) -> a | b);
        }

        /**
         * No TCP socket may be bound or connected, but for ports that rules name. Needs version 4, Linux 6.7.
         *
         * @return this
         */
        public Builder denyTcp() {
            network |= BIND | CONNECT;
            return this;
        }

        /**
         * TCP sockets may be bound to this port, and to no other that no rule names. Needs version 4, Linux 6.7.
         *
         * @param port 0 to 65535; 0 allows ports that the kernel chooses
         * @return this
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder bindPort(int port) {
            return port(port, BIND);
        }

        /**
         * TCP sockets may be connected to this port, whatever the address, and to no other that no rule names. Needs version 4, Linux
         * 6.7.
         *
         * @param port 0 to 65535
         * @return this
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder connectPort(int port) {
            return port(port, CONNECT);
        }

        private Builder port(int port, int access) {
            Checks.range("port", port, 0, PORT_MAX);
            network |= access;
            ports.add(new PortRule(port, access));
            return this;
        }

        /**
         * Abstract sockets of processes outside can't be connected to. Needs version 6, Linux 6.12.
         *
         * @return this
         */
        public Builder isolateAbstractSockets() {
            scoped |= ABSTRACT_SOCKETS;
            return this;
        }

        /**
         * Processes outside can't be sent signals. Needs version 6, Linux 6.12.
         *
         * @return this
         */
        public Builder isolateSignals() {
            scoped |= SIGNALS;
            return this;
        }

        /**
         * Makes the rules.
         *
         * @return immutable rules
         * @throws IllegalStateException if they restrict nothing
         */
        public Landlock build() {
            if ((files | network | scoped) == 0) {
                throw new IllegalStateException("these rules restrict nothing: add a path, a port or a scope");
            }
            return new Landlock(new LandlockPolicy(files, network, scoped, paths, ports));
        }
    }
}
