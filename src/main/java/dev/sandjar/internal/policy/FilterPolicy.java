package dev.sandjar.internal.policy;

import java.util.List;

/**
 * A seccomp profile, before it is known for which kernel and architecture.
 *
 * @param name for people
 * @param defaultAction for known calls that no rule matches; SECCOMP_RET_* with its data in the low 16 bits
 * @param unknownAction for numbers that the table of this architecture doesn't have, so for newer calls
 * @param flags SECCOMP_FILTER_FLAG_* of {@code seccomp(2)}: LOG 2, SPEC_ALLOW 4
 */
public record FilterPolicy(String name, int defaultAction, int unknownAction, List<FilterRule> rules, int flags) {
    public FilterPolicy {
        rules = List.copyOf(rules);
    }
}
