package dev.sandjar.internal.policy;

import java.util.List;

/**
 * What happens to calls of these names whose arguments pass all tests. Of the rules for one call, the first that matches counts.
 *
 * @param names system calls by their kernel names; those that an architecture doesn't have are left out there
 * @param action SECCOMP_RET_* of {@code seccomp(2)}, with its data in the low 16 bits
 * @param when all of these have to hold for the rule to be part of the filter at all
 * @param unless none of these may hold
 */
public record FilterRule(
        List<String> names, int action, List<ArgumentTest> tests, Circumstances when, Circumstances unless) {
    public FilterRule {
        names = List.copyOf(names);
        tests = List.copyOf(tests);
    }
}
