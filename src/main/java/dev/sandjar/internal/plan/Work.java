package dev.sandjar.internal.plan;

import dev.sandjar.Network;
import dev.sandjar.internal.protocol.Opcode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What an operation of the launcher does. The parts of each are the body of its opcode, which src/main/native/protocol/protocol.h
 * explains; {@link Bodies} writes them. Immutable.
 */
sealed interface Work {
    /** What is done at a path in the new root. */
    sealed interface Placed extends Work {
        String target();

        /** The same at another path. */
        Placed at(String path);
    }

    /** What has no body. */
    record Bare(Opcode code) implements Work {}

    /** @param descriptor which of the plan */
    record Join(long namespace, int descriptor) implements Work {}

    /** A tree of the host. */
    record OpenTree(int slot, Path path, MountIds ids) implements Work {
        static OpenTree plain(int slot, Path path) {
            return new OpenTree(slot, path, MountIds.NONE);
        }
    }

    /** A tree beneath the new root; always with {@link Opcode#SELF}. */
    record OpenBeneath(int slot, String path) implements Work {}

    record TimeOffsets(Duration monotonic, Duration boottime) implements Work {}

    /** What the clocks say at the start; how far that is from the host's, only the moment of it tells. */
    record ClockStart(Duration start) implements Work {}

    record Hostname(String name) implements Work {}

    record Domainname(String name) implements Work {}

    record SetIds(long uid, long gid) implements Work {}

    /** Of the new root. */
    record Owner(long uid, long gid) implements Work {}

    record RootFileSystem(String type, long attributes, List<String> options) implements Work {
        public RootFileSystem {
            options = List.copyOf(options);
        }
    }

    record RootBind(int slot, long attributes) implements Work {}

    record MakeDirectory(String target, int mode) implements Placed {
        @Override
        public MakeDirectory at(String path) {
            return new MakeDirectory(path, mode);
        }
    }

    record Symlink(String target, Bytes text) implements Placed {
        @Override
        public Symlink at(String path) {
            return new Symlink(path, text);
        }
    }

    record WriteFile(String target, int mode, Bytes content) implements Placed {
        @Override
        public WriteFile at(String path) {
            return new WriteFile(path, mode, content);
        }
    }

    record Mount(String type, String target, long attributes, List<String> options) implements Placed {
        public Mount {
            options = List.copyOf(options);
        }

        @Override
        public Mount at(String path) {
            return new Mount(type, path, attributes, options);
        }
    }

    record Bind(int slot, String target, long attributes) implements Placed {
        @Override
        public Bind at(String path) {
            return new Bind(slot, path, attributes);
        }
    }

    record Attributes(String target, long attributes) implements Placed {
        @Override
        public Attributes at(String path) {
            return new Attributes(path, attributes);
        }
    }

    record Mask(String target) implements Placed {
        @Override
        public Mask at(String path) {
            return new Mask(path);
        }
    }

    /** What else is in {@code /etc/hosts} than names of networks, which have those that they have when a sandbox is started. */
    record WriteHosts(String target, int mode, Bytes content, Network network) implements Placed {
        @Override
        public WriteHosts at(String path) {
            return new WriteHosts(path, mode, content, network);
        }
    }

    /** {@code /etc/resolv.conf}, with what the network says of names that one start has. */
    record WriteResolver(String target, int mode) implements Placed {
        @Override
        public WriteResolver at(String path) {
            return new WriteResolver(path, mode);
        }
    }

    record WriteProc(String path, String value) implements Work {}

    record SetPropagation(String path, long propagation) implements Work {}

    record MakeNode(String path, int mode, long major, long minor, long uid, long gid) implements Work {}

    record Pause(int number) implements Work {}

    record ProcFile(String target, String name, Bytes content, List<String> options) implements Placed {
        public ProcFile {
            options = List.copyOf(options);
        }

        @Override
        public ProcFile at(String path) {
            return new ProcFile(path, name, content, options);
        }
    }

    /** @param protocol NETLINK_* */
    record Netlink(int protocol, Bytes messages) implements Work {}

    /** @param number what the relay calls it */
    record Listen(int number, Bytes address, String path) implements Work {}

    /** @param number what the relay calls it */
    record Reach(int number, Bytes address, String path) implements Work {}

    record Umask(int mask) implements Work {}

    record Nice(int value) implements Work {}

    record IoPriority(int number) implements Work {}

    record Affinity(Bytes cpus) implements Work {}

    /** @param mode with its flags */
    record MemoryPolicy(int mode, Bytes nodes) implements Work {}

    record SetRlimit(int resource, long soft, long hard) implements Work {}

    record Personality(long value) implements Work {}

    record Credentials(long uid, long gid, List<Long> groups) implements Work {
        public Credentials {
            groups = List.copyOf(groups);
        }
    }

    record Capabilities(long bounding, long effective, long permitted, long inheritable, long ambient)
            implements Work {}

    record Seccomp(int installFlags, Bytes program) implements Work {}

    record Landlock(long files, long network, long scoped, List<String> allowed) implements Work {
        public Landlock {
            allowed = List.copyOf(allowed);
        }
    }

    record Speculation(int misfeature, int control) implements Work {}

    record Scheduler(Bytes attributes) implements Work {}

    record Cgroup(int hierarchy) implements Work {}

    record CgroupWrite(int hierarchy, String file, String text) implements Work {}

    record CgroupJoin(int hierarchy, String file) implements Work {}

    record CgroupRead(int hierarchy, String file) implements Work {}

    record CgroupKill(int hierarchy, String file, String text) implements Work {}

    record CgroupCpu(int hierarchy, String file, String key, long nanosPerUnit) implements Work {}

    record CgroupOom(int hierarchy, String file, String control) implements Work {}

    record CgroupDevices(int hierarchy, Bytes program) implements Work {}

    record CgroupAt(int hierarchy, String base, String path, String mark, List<String> parentWrites) implements Work {
        public CgroupAt {
            parentWrites = List.copyOf(parentWrites);
        }
    }
}
