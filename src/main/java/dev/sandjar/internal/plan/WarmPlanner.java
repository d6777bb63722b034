package dev.sandjar.internal.plan;

import dev.sandjar.NamespaceChoice;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RootFs;
import dev.sandjar.UpperLayer;
import dev.sandjar.internal.bpf.BpfInterpreter;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.bpf.SyscallTable;
import dev.sandjar.internal.network.Link;
import dev.sandjar.internal.protocol.Opcode;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Whether sandboxes can be kept warm: nothing of one may be another's, or depend on what is there when it starts. And
 * whether they can have the process of their program too, which then waits under the filter: everything that it has yet to do must be let
 * through, whatever arguments it has that aren't known here, and its limits must leave room for it.
 */
final class WarmPlanner {
    /** What the launcher's warm.c calls from the last filter on, with what the C library makes of it on all machines. */
    private static final List<String> CALLS = List.of(
            "brk",
            "chdir",
            "clock_gettime",
            "close",
            "close_range",
            "dup2",
            "dup3",
            "execve",
            "exit_group",
            "fcntl",
            "getcwd",
            "getdents64",
            "lseek",
            "mmap",
            "munmap",
            "newfstatat",
            "openat",
            "pread64",
            "recvmsg",
            "rt_sigprocmask",
            "sendmsg",
            "stat",
            "write");

    /**
     * Where filters look at arguments of these: O_RDONLY, O_DIRECTORY and O_CLOEXEC, and no mode, of the only openat; MAP_PRIVATE and
     * MAP_ANONYMOUS of an allocator's mmap; F_GETFD, F_SETFD, F_GETFL and F_DUPFD_CLOEXEC.
     */
    private static final Map<String, List<Map<Integer, Long>>> ARGUMENTS = Map.of(
            "openat", List.of(Map.of(2, 0x90000L, 3, 0L)),
            "mmap", List.of(Map.of(3, 0x22L)),
            "fcntl", List.of(Map.of(1, 1L), Map.of(1, 2L), Map.of(1, 3L), Map.of(1, 1030L)));

    private static final List<Map<Integer, Long>> ANY = List.of(Map.of());
    private static final int ALLOW = 0x7fff0000;
    private static final int RLIMIT_DATA = 2;
    private static final int RLIMIT_STACK = 3;
    private static final int RLIMIT_NOFILE = 7;
    private static final int RLIMIT_AS = 9;
    private static final long DESCRIPTORS = 512;
    private static final long STACK = 256 << 10;
    private static final long MEMORY = 256L << 20;

    private WarmPlanner() {}

    static void plan(Draft draft) {
        draft.warm = draft.refusal == null
                && !draft.request.pausing()
                // Only one at a time can have it.
                && draft.request.cgroup() == null
                // Namespaces to join may be others by then.
                && draft.descriptors.isEmpty()
                // Neither a port of the host nor an address is taken for a sandbox that nobody has asked for.
                && !Link.any(draft.request.namespaces().network())
                // What plugins are asked for is one start's.
                && draft.request.namespaces().network().cni().isEmpty()
                // One sandbox at a time has an interface of the host.
                && draft.request.namespaces().network().devices().isEmpty()
                && (draft.flags & Plan.INIT) != 0
                && NamespacePlanner.isNew(draft, NamespaceKind.MOUNT)
                && hasNothingToKeep(draft.request.root())
                && draft.request.mounts().stream().noneMatch(ExactMount::isOverlay);
        draft.warmProgram = draft.refusal == null
                && !draft.request.pausing()
                && (draft.flags & Plan.OBSERVE) == 0
                && !joinsTime(draft)
                && draft.process.stream().allMatch(WarmPlanner::leavesRoom);
    }

    /** A layer that stays is for one sandbox at a time. */
    private static boolean hasNothingToKeep(RootFs root) {
        return !(root instanceof RootFs.Overlay overlay) || overlay.upper() instanceof UpperLayer.Discarded;
    }

    /** Its clocks could not be distinguished from the host's. */
    private static boolean joinsTime(Draft draft) {
        return draft.request.namespaces().choice(NamespaceKind.TIME) instanceof NamespaceChoice.Join;
    }

    private static boolean leavesRoom(Operation op) {
        if (op.work() instanceof Work.SetRlimit limit) {
            return leavesRoom(limit.resource(), limit.soft());
        }
        if (op.work() instanceof Work.Seccomp filter) {
            return !op.has(Opcode.LISTENER) && letsPass(filter.program().toArray());
        }
        return true;
    }

    private static boolean leavesRoom(int resource, long soft) {
        long least =
                switch (resource) {
                    case RLIMIT_NOFILE -> DESCRIPTORS;
                    case RLIMIT_STACK -> STACK;
                    case RLIMIT_AS, RLIMIT_DATA -> MEMORY;
                    default -> 0;
                };
        return Long.compareUnsigned(soft, least) >= 0;
    }

    private static boolean letsPass(byte[] program) {
        SyscallTable calls = SyscallTable.of(Machine.host());
        return CALLS.stream().allMatch(name -> {
            OptionalInt number = calls.number(name);
            if (number.isEmpty()) {
                return true;
            }
            return ARGUMENTS.getOrDefault(name, ANY).stream()
                    .map(known -> BpfInterpreter.runAny(
                            program, number.getAsInt(), Machine.host().audit(), known))
                    .allMatch(result -> result.isPresent() && result.getAsInt() == ALLOW);
        });
    }
}
