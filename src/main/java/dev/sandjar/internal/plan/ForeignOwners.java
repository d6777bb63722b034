package dev.sandjar.internal.plan;

import dev.sandjar.Capability;
import dev.sandjar.MountEntry;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompRule;
import dev.sandjar.seccomp.SyscallArgument;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the program may not give a file to. An idmapped mount knows few owners; asked for another the kernel says EOVERFLOW, before it looks
 * whether the program might. Tools that keep owners where they can (cp -a, tar, install) take EPERM for that alone. Without CAP_CHOWN it
 * would be EPERM on any other file system, whatever the file, so that the filter can say it by the arguments.
 */
final class ForeignOwners {
    /** Which argument of each call is the user; the group is the next. */
    private static final Map<String, Integer> CALLS =
            new TreeMap<>(Map.of("chown", 1, "lchown", 1, "fchown", 1, "fchownat", 2));

    private static final int GROUPS_MAX = 32;
    /** What leaves an owner as it is, as C and as 64 bits have it. */
    private static final List<Long> SAME = List.of(0xffffffffL, -1L);

    private ForeignOwners() {}

    static List<SeccompRule> refusals(Draft draft, Identity identity) {
        Long uid = identity.uid();
        Long gid = identity.gid();
        List<Long> groups = draft.request.groups();
        // Root of a nested user namespace may, and counts ids otherwise.
        boolean never = !draft.request.namespaces().nestedUserNamespaces()
                && !draft.request.process().capabilities().any().contains(Capability.CHOWN)
                && !draft.request.process().capabilities().any().contains(Capability.SETUID)
                && !draft.request.process().capabilities().any().contains(Capability.SETGID);
        boolean mapped = draft.dependsOnBase
                && draft.request.mounts().stream()
                        .anyMatch(
                                entry -> entry instanceof MountEntry.Bind bind && bind.idmapped() && !bind.readOnly());
        if (uid == null || gid == null || !never || !mapped || groups.size() > GROUPS_MAX) {
            return List.of();
        }
        Set<Long> own = new LinkedHashSet<>(groups);
        own.add(gid);
        List<SeccompRule> rules = new ArrayList<>();
        CALLS.forEach((call, argument) -> {
            rules.add(refusal(call, argument, Set.of(uid)));
            rules.add(refusal(call, argument + 1, own));
        });
        return rules;
    }

    private static SeccompRule refusal(String call, int argument, Set<Long> allowed) {
        List<SyscallArgument> tests = new ArrayList<>();
        allowed.forEach(id -> tests.add(not(argument, id)));
        SAME.forEach(id -> tests.add(not(argument, id)));
        return SeccompRule.of(SeccompAction.errno(Errno.EPERM.number()), List.of(call), tests);
    }

    private static SyscallArgument not(int argument, long id) {
        return SyscallArgument.at(argument).notEqualTo(id);
    }
}
