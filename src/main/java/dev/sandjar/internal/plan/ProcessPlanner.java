package dev.sandjar.internal.plan;

import dev.sandjar.Capability;
import dev.sandjar.Isolation;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.Processors;
import dev.sandjar.internal.host.SecurityModules;
import dev.sandjar.internal.policy.CapabilityMasks;
import dev.sandjar.internal.policy.ProcessPolicy;
import dev.sandjar.internal.policy.SchedulerPolicy;
import dev.sandjar.internal.util.Nullable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/** What each program goes through between fork and exec, and the few settings that its supervisor hands down. */
final class ProcessPlanner {
    private static final long ALL = -1L;
    private static final int SCHED_ATTR_SIZE = 48;

    private ProcessPlanner() {}

    /** What a login sets, unless it is set: for the user that the accounts tell, or not at all. */
    private static Map<String, String> environment(Draft draft) {
        ProcessPolicy policy = draft.policy.process();
        String user = policy.loginVariables() ? HostView.userName(draft.policy) : null;
        if (user == null) {
            return policy.environment();
        }
        return policy.withDefault("USER", user).withDefault("LOGNAME", user).environment();
    }

    static void plan(Draft draft, Identity identity) throws SandboxException {
        ProcessPolicy policy = draft.policy.process();
        draft.environment = environment(draft);
        draft.directory = policy.directory();
        inherited(draft, policy);
        numbers(draft, policy);
        credentials(draft, identity);
        if (policy.newKeyring() && draft.wants(Isolation.SESSION_KEYRING)) {
            draft.process(Opcode.KEYRING, 0, new WireWriter(), "make a session keyring", Isolation.SESSION_KEYRING);
            draft.enforced(Isolation.SESSION_KEYRING.label(), "keyctl(JOIN_SESSION_KEYRING)", "");
        }
        capabilities(draft, policy.capabilities());
        draft.process(Opcode.NO_NEW_PRIVS, 0, new WireWriter(), "set no_new_privs", null);
        draft.enforced("no new privileges", "prctl(PR_SET_NO_NEW_PRIVS)", "always");
        labels(draft, policy);
        LandlockPlanner.plan(draft);
        ConfinementPlanner.plan(draft, identity);
        draft.enforced("no inherited descriptors", "close_range(2)", "always");
        draft.enforced("own session", "setsid(2)", "always");
        draft.enforced("ends with the host process", "launcher socket, PR_SET_PDEATHSIG", "always");
    }

    /** Files of /proc/self have to be written while the supervisor still owns them; children inherit the values. */
    private static void inherited(Draft draft, ProcessPolicy policy) {
        Integer oom = policy.oomScoreAdj();
        if (oom != null) {
            // After the pivot the launcher's own descriptor of /proc still works, so the place in the order is free.
            draft.setup(
                    Opcode.WRITE_PROC,
                    0,
                    new WireWriter().str("self/oom_score_adj").str(oom.toString()),
                    "set oom_score_adj",
                    null);
            draft.enforced("oom_score_adj " + oom, "/proc/self/oom_score_adj", "");
        }
    }

    /** Each program writes its own, and the kernel looks at it when that executes. */
    private static void labels(Draft draft, ProcessPolicy policy) {
        String profile = policy.appArmor();
        if (profile != null) {
            label(
                    draft,
                    "AppArmor profile " + profile,
                    SecurityModules.appArmor() ? null : "this kernel has no AppArmor, or it is off",
                    SecurityModules.appArmorFile(),
                    "exec " + profile);
        }
        String label = policy.seLinux();
        if (label != null) {
            label(
                    draft,
                    "SELinux label " + label,
                    SecurityModules.seLinux() ? null : "this kernel has no SELinux, or it is off",
                    "self/attr/exec",
                    label);
        }
    }

    private static void label(Draft draft, String request, @Nullable String missing, String file, String text) {
        if (missing != null) {
            draft.refuse(null, request, missing, "leave it out: nothing would enforce it here");
            return;
        }
        draft.process(Opcode.WRITE_PROC, 0, new WireWriter().str(file).str(text), "set the " + request, null);
        draft.enforced(request, "/proc/" + file, "");
    }

    private static void numbers(Draft draft, ProcessPolicy policy) {
        Integer umask = policy.umask();
        if (umask != null) {
            draft.process(Opcode.UMASK, 0, new WireWriter().u32(umask), "set the umask", null);
            draft.enforced(String.format("umask %04o", umask), "umask(2)", "");
        }
        Integer nice = policy.nice();
        if (nice != null) {
            draft.process(Opcode.NICE, 0, new WireWriter().u32(nice), "set nice " + nice, null);
            draft.enforced("nice " + nice, "setpriority(2)", "");
        }
        SchedulerPolicy scheduler = policy.scheduler();
        if (scheduler != null) {
            draft.process(
                    Opcode.SCHEDULER,
                    0,
                    new WireWriter().blob(attributes(scheduler)),
                    "set the scheduling policy",
                    null);
            draft.enforced("scheduling policy " + scheduler.policy(), "sched_setattr(2)", "");
        }
        Integer ioprio = policy.ioprio();
        if (ioprio != null) {
            draft.process(Opcode.IOPRIO, 0, new WireWriter().u32(ioprio), "set the I/O priority", null);
            draft.enforced("I/O priority", "ioprio_set(2)", "");
        }
        if (!policy.affinity().isEmpty()) {
            affinity(draft, policy.affinity(), "");
        } else if (policy.processors() > 0) {
            processors(draft, policy.processors());
        }
        new Rlimits(draft).plan(policy.coreDumps());
        Long personality = policy.personality();
        if (personality != null) {
            draft.process(Opcode.PERSONALITY, 0, new WireWriter().u64(personality), "set the personality", null);
            draft.enforced("personality 0x" + Long.toHexString(personality), "personality(2)", "");
        }
    }

    private static void affinity(Draft draft, List<Integer> numbers, String note) {
        BitSet cpus = new BitSet();
        numbers.forEach(cpus::set);
        draft.process(Opcode.AFFINITY, 0, new WireWriter().blob(cpus.toByteArray()), "set the CPU affinity", null);
        draft.enforced("CPUs " + numbers, "sched_setaffinity(2)", note);
    }

    private static void processors(Draft draft, int count) {
        List<Integer> chosen = Processors.choose(count);
        if (chosen.size() < count) {
            draft.refuse(
                    null,
                    count + " processors",
                    "this process may use " + chosen.size(),
                    "ask for fewer by processors(...), or give this process more (taskset(1), cpusets)");
            return;
        }
        affinity(draft, chosen, "as many as asked for, in turns");
    }

    /** struct sched_attr of its first version. */
    private static byte[] attributes(SchedulerPolicy scheduler) {
        return ByteBuffer.allocate(SCHED_ATTR_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(SCHED_ATTR_SIZE)
                .putInt(scheduler.policy())
                .putLong(scheduler.flags())
                .putInt(scheduler.nice())
                .putInt(scheduler.priority())
                .putLong(scheduler.runtime())
                .putLong(scheduler.deadline())
                .putLong(scheduler.period())
                .array();
    }

    private static void credentials(Draft draft, Identity identity) {
        Long uid = identity.uid();
        Long gid = identity.gid();
        if (uid == null || gid == null) {
            return;
        }
        List<Long> groups = draft.policy.groups();
        WireWriter list = new WireWriter();
        groups.forEach(list::u32);
        draft.process(
                Opcode.CREDENTIALS,
                Opcode.SETGROUPS,
                new WireWriter().u32(uid).u32(gid).blob(list.bytes()),
                "become user " + uid + ":" + gid,
                null);
    }

    private static void capabilities(Draft draft, SortedSet<Integer> kept) {
        long mask = 0;
        for (int number : kept) {
            mask |= 1L << number;
        }
        boolean mayHave = draft.userNamespace || (draft.host.capabilities() & mask) == mask;
        if (!mayHave) {
            draft.refuse(
                    null,
                    "capabilities " + names(kept),
                    "this process does not have them itself",
                    "add userNamespace(), inside which they count, or run as root");
            return;
        }
        boolean canDrop = draft.userNamespace || draft.host.has(Capability.SETPCAP);
        CapabilityMasks masks = draft.policy.process().masks();
        CapabilityMasks sets = masks == null ? new CapabilityMasks(mask, mask, mask, mask, mask) : masks;
        draft.process(
                Opcode.CAPABILITIES,
                0,
                new WireWriter()
                        .u64(canDrop ? sets.bounding() : ALL)
                        .u64(sets.effective())
                        .u64(sets.permitted())
                        .u64(sets.inheritable())
                        .u64(sets.ambient()),
                "set the capabilities",
                null);
        draft.enforced(
                mask == 0 ? "no capabilities" : "only capabilities " + names(kept),
                "capset(2)",
                canDrop ? "bounding set too" : "no_new_privs keeps the bounding set without effect");
    }

    private static List<String> names(SortedSet<Integer> numbers) {
        return java.util.Arrays.stream(Capability.values())
                .filter(c -> numbers.contains(c.number()))
                .map(c -> "CAP_" + c.name())
                .toList();
    }
}
