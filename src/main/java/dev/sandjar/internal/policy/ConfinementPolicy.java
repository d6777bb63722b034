package dev.sandjar.internal.policy;

import dev.sandjar.Landlock;
import dev.sandjar.seccomp.SeccompProfile;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What keeps a program from calls and objects of the kernel, beside namespaces.
 *
 * @param seccomp that of none() lets everything pass
 * @param notified system calls that a handler of the host decides
 * @param recordDenials whether refused calls are reported, which costs each of them a way to the host
 * @param observeAll whether every call is let through and reported, to learn a profile
 * @param landlock null for none
 * @param mitigateSpeculation whether speculative store bypass and indirect branch speculation are forced off
 * @param coreScheduling whether its threads share a core only with each other
 */
public record ConfinementPolicy(
        SeccompProfile seccomp,
        Set<String> notified,
        boolean recordDenials,
        boolean observeAll,
        @Nullable Landlock landlock,
        boolean mitigateSpeculation,
        boolean coreScheduling) {
    public static final ConfinementPolicy NONE =
            new ConfinementPolicy(SeccompProfile.none(), Set.of(), false, false, null, false, false);

    public ConfinementPolicy {
        notified = Set.copyOf(notified);
    }

    /** Whether some calls are decided outside, so that the filter has a listener. */
    public boolean listens() {
        return recordDenials || observeAll || !notified.isEmpty();
    }
}
