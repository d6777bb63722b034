package dev.sandjar.internal.plan;

import dev.sandjar.Capability;
import dev.sandjar.Isolation;
import dev.sandjar.NamespaceChoice;
import dev.sandjar.NamespaceKind;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.Processors;
import dev.sandjar.internal.host.SecurityModules;
import dev.sandjar.internal.network.Link;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.linux.CapabilitySets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What each program goes through between fork and exec, and the few settings that its supervisor hands down. */
final class ProcessPlanner {
    private static final long ALL = -1L;

    private ProcessPlanner() {}

    /** What a login sets, unless it is set: for the user that the accounts tell, or not at all. */
    private static Map<String, String> environment(Draft draft) {
        ProcessAttributes policy = draft.request.process();
        String user = policy.loginVariables() ? HostView.userName(draft.request) : null;
        Map<String, String> environment = new LinkedHashMap<>(policy.environment());
        if (user != null) {
            environment.putIfAbsent("USER", user);
            environment.putIfAbsent("LOGNAME", user);
        }
        Link.proxyVariables(draft.request.namespaces().network()).forEach(environment::putIfAbsent);
        CredentialPlanner.variables(draft).forEach(environment::putIfAbsent);
        PrivateTmp.variables(draft, environment);
        return Collections.unmodifiableMap(environment);
    }

    static void plan(Draft draft, Identity identity) throws SandboxException {
        ProcessAttributes policy = draft.request.process();
        PrivateTmp.plan(draft, identity);
        draft.environment = environment(draft);
        draft.directory = PrivateTmp.directory(draft, policy.workingDirectory().orElse(null));
        policy.oomScoreAdj().ifPresent(score -> Priorities.oomScoreAdj(draft, score));
        numbers(draft, policy);
        RuntimeTerms terms = draft.request.terms();
        boolean gains = terms != null && !terms.noNewPrivileges();
        if (gains) {
            // The kernel takes a filter only from who can't gain privileges, or still has CAP_SYS_ADMIN. Filters of
            // engines refuse keyctl.
            keyring(draft, policy);
            ConfinementPlanner.plan(draft, identity);
        }
        credentials(draft, identity);
        if (!gains) {
            keyring(draft, policy);
        }
        capabilities(draft, policy.capabilities());
        if (!gains) {
            draft.process(new Work.Bare(Opcode.NO_NEW_PRIVS), 0, "set no_new_privs", null);
            draft.enforced("no new privileges", "prctl(PR_SET_NO_NEW_PRIVS)", terms == null ? "always" : "");
        }
        labels(draft, policy);
        LandlockPlanner.plan(draft);
        if (!gains) {
            ConfinementPlanner.plan(draft, identity);
        }
        draft.enforced("no inherited descriptors", "close_range(2)", "always");
        draft.enforced("own session", "setsid(2)", "always");
        draft.enforced("ends with the host process", "launcher socket, PR_SET_PDEATHSIG", "always");
    }

    private static void keyring(Draft draft, ProcessAttributes policy) {
        if (policy.newKeyring() && draft.wants(Isolation.SESSION_KEYRING)) {
            draft.process(new Work.Bare(Opcode.KEYRING), 0, "make a session keyring", Isolation.SESSION_KEYRING);
            draft.enforced(Isolation.SESSION_KEYRING.label(), "keyctl(JOIN_SESSION_KEYRING)", "");
        }
    }

    /** Each program writes its own, and the kernel looks at it when that executes. */
    private static void labels(Draft draft, ProcessAttributes policy) {
        policy.appArmorProfile()
                .ifPresent(profile -> label(
                        draft,
                        "AppArmor profile " + profile,
                        SecurityModules.appArmor() ? null : "this kernel has no AppArmor, or it is off",
                        SecurityModules.appArmorFile(),
                        "exec " + profile));
        policy.seLinuxLabel()
                .ifPresent(label -> label(
                        draft,
                        "SELinux label " + label,
                        SecurityModules.seLinux() ? null : "this kernel has no SELinux, or it is off",
                        "self/attr/exec",
                        label));
    }

    private static void label(Draft draft, String request, @Nullable String missing, String file, String text) {
        if (missing != null) {
            draft.refuse(null, request, missing, "leave it out: nothing would enforce it here");
            return;
        }
        draft.process(new Work.WriteProc(file, text), 0, "set the " + request, null);
        draft.enforced(request, "/proc/" + file, "");
    }

    private static void numbers(Draft draft, ProcessAttributes policy) {
        policy.umask().ifPresent(umask -> {
            draft.process(new Work.Umask(umask), 0, "set the umask", null);
            draft.enforced(String.format(Locale.ROOT, "umask %04o", umask), "umask(2)", "");
        });
        policy.nice().ifPresent(nice -> Priorities.nice(draft, nice));
        policy.scheduling().ifPresent(scheduling -> Priorities.scheduling(draft, scheduling));
        policy.ioPriority().ifPresent(priority -> Priorities.io(draft, priority));
        if (!policy.cpuAffinity().isEmpty()) {
            Priorities.affinity(draft, policy.cpuAffinity());
        }
        policy.processors().ifPresent(count -> processors(draft, count));
        policy.memoryPolicy().ifPresent(memory -> {
            Work work = new Work.MemoryPolicy(MemoryWords.mode(memory), new Bytes(MemoryWords.nodes(memory)));
            draft.process(work, 0, "set the memory policy", null);
            draft.enforced("memory policy " + memory, "set_mempolicy(2)", "");
        });
        new Rlimits(draft).plan(policy.coreDumps());
        policy.personality().ifPresent(personality -> {
            draft.process(new Work.Personality(personality), 0, "set the personality", null);
            draft.enforced("personality 0x" + Long.toHexString(personality), "personality(2)", "");
        });
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
        Priorities.affinity(draft, chosen, "as many as asked for, in turns");
    }

    private static void credentials(Draft draft, Identity identity) {
        Long uid = identity.uid();
        Long gid = identity.gid();
        if (uid == null || gid == null) {
            return;
        }
        List<Long> groups = draft.request.groups();
        draft.process(new Work.Credentials(uid, gid, groups), Opcode.SETGROUPS, "become user " + uid + ":" + gid, null);
    }

    private static void capabilities(Draft draft, CapabilitySets sets) {
        long mask = mask(sets.any());
        // Whoever enters a user namespace has all of them there.
        boolean entered = draft.userNamespace
                || draft.request.namespaces().choice(NamespaceKind.USER) instanceof NamespaceChoice.Join;
        List<String> lacking = entered
                ? List.of()
                : sets.any().stream()
                        .filter(capability -> !draft.host.has(capability))
                        .map(capability -> "CAP_" + capability.name())
                        .sorted()
                        .toList();
        if (!lacking.isEmpty()) {
            draft.refuse(
                    null,
                    "capabilities " + names(sets.any()),
                    "this process does not have " + String.join(", ", lacking) + " itself",
                    "add userNamespace(), inside which they count, or start java with them (AmbientCapabilities= of a systemd unit,"
                            + " docker run --cap-add)");
            return;
        }
        boolean canDrop = entered || draft.host.has(Capability.SETPCAP);
        draft.process(
                new Work.Capabilities(
                        canDrop ? mask(sets.bounding()) : ALL,
                        mask(sets.effective()),
                        mask(sets.permitted()),
                        mask(sets.inheritable()),
                        mask(sets.ambient())),
                0,
                "set the capabilities",
                null);
        draft.enforced(
                mask == 0 ? "no capabilities" : "only capabilities " + names(sets.any()),
                "capset(2)",
                canDrop ? "bounding set too" : "no_new_privs keeps the bounding set without effect");
    }

    /** A bit for each number. */
    private static long mask(Set<Capability> set) {
        return set.stream().mapToLong(capability -> 1L << capability.number()).reduce(0, (a, b) -> a | b);
    }

    private static List<String> names(Set<Capability> set) {
        return set.stream().map(capability -> "CAP_" + capability.name()).toList();
    }
}
