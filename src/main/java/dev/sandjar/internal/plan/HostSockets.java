package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Isolation;
import dev.sandjar.NamespaceChoice;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Namespaces;
import dev.sandjar.RootFs;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompRule;
import dev.sandjar.seccomp.SyscallArgument;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sockets of AF_UNIX that processes outside listen on, for hostile code on the host's network. Abstract ones belong to the network, and
 * Landlock keeps them apart where it can. A filter sees no address: it can refuse all sockets of that family,
 * but pairs of connected ones: those of datagrams send to any address, and connect anew.
 */
final class HostSockets {
    private static final String REQUEST = "AF_UNIX sockets of the host out of reach";
    private static final String OPT_IN = "Network.host().withUnixSockets()";
    private static final long ABSTRACT = 1;
    private static final int SCOPES_VERSION = 6;
    private static final int AF_UNIX = 1;
    private static final long INT = 0xffffffffL;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_RAW = 3;
    private static final long SOCK_TYPE_MASK = 0xf;
    private static final int EAFNOSUPPORT = 97;
    private static final int ESOCKTNOSUPPORT = 94;
    private static final int ENOSYS = 38;

    private HostSockets() {}

    /** Whether there is the host's network, and its sockets are not for the program. */
    private static boolean withheld(Draft draft) {
        return wouldBeWithheld(draft) && !draft.request.namespaces().network().hasUnixSockets();
    }

    private static boolean wouldBeWithheld(Draft draft) {
        Namespaces namespaces = draft.request.namespaces();
        return namespaces.withholdsHostSockets()
                && namespaces.choice(NamespaceKind.NETWORK) instanceof NamespaceChoice.Host;
    }

    /** Those with names are out of the root, unless it is the host's. */
    private static boolean namesInReach(Draft draft) {
        return WithoutNamespaces.lacks(draft, NamespaceKind.MOUNT) && !(draft.request.root() instanceof RootFs.Host);
    }

    private static boolean scoped(Draft draft) {
        return draft.host.landlockVersion() >= SCOPES_VERSION
                && draft.host.missing().get(Isolation.LANDLOCK) == null
                && !namesInReach(draft);
    }

    /** Rules that restrict nothing else; null where there are none. */
    static @Nullable LandlockRules landlock(Draft draft) {
        if (wouldBeWithheld(draft) && !withheld(draft)) {
            draft.entries.add(new AppliedPolicy.Entry(
                    REQUEST,
                    Outcome.DEGRADED,
                    "",
                    OPT_IN + " was asked for: X11, session buses and the like can be connected to"));
        }
        if (!withheld(draft) || !scoped(draft)) {
            return null;
        }
        draft.enforced(
                REQUEST,
                "landlock_restrict_self(2), LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET",
                "abstract ones; those with names are not in the root. " + OPT_IN + " lets them through");
        return new LandlockRules(0, 0, ABSTRACT, List.of(), List.of());
    }

    /** What the filter refuses where Landlock does not serve. */
    static List<SeccompRule> refusals(Draft draft) {
        if (!withheld(draft) || scoped(draft)) {
            return List.of();
        }
        String reason = namesInReach(draft)
                ? "without a mount namespace those with names are in reach, and Landlock does not hold them"
                : "Landlock can't scope abstract sockets before its version 6, Linux 6.12";
        draft.enforced(
                REQUEST,
                "seccomp(2): no sockets of AF_UNIX, but pairs of SOCK_STREAM and SOCK_SEQPACKET",
                reason + "; " + OPT_IN + " lets them through");
        SyscallArgument unix = SyscallArgument.at(0).masked(INT, AF_UNIX);
        List<SeccompRule> rules = new ArrayList<>();
        rules.add(rule(List.of("socket"), EAFNOSUPPORT, List.of(unix)));
        rules.addAll(noPairsOfDatagrams(List.of(unix)));
        // It makes sockets that no filter sees.
        rules.add(rule(List.of("io_uring_setup", "io_uring_enter", "io_uring_register"), ENOSYS, List.of()));
        return rules;
    }

    /** SOCK_RAW is one of datagrams in AF_UNIX. */
    static List<SeccompRule> noPairsOfDatagrams(List<SyscallArgument> family) {
        List<SeccompRule> rules = new ArrayList<>();
        for (int type : List.of(SOCK_DGRAM, SOCK_RAW)) {
            List<SyscallArgument> tests = new ArrayList<>(family);
            tests.add(SyscallArgument.at(1).masked(SOCK_TYPE_MASK, type));
            rules.add(rule(List.of("socketpair"), ESOCKTNOSUPPORT, tests));
        }
        return rules;
    }

    private static SeccompRule rule(List<String> calls, int errno, List<SyscallArgument> tests) {
        return SeccompRule.of(SeccompAction.errno(errno), calls, tests);
    }
}
