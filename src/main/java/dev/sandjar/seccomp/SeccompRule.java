package dev.sandjar.seccomp;

import java.util.List;
import java.util.Objects;

/**
 * A rule of a {@link SeccompProfile}: the action on calls of these names whose arguments pass all conditions. Of the rules for one call,
 * the first that matches counts. Immutable.
 *
 * @param names system calls by their kernel names; those that an architecture does not have are left out there
 * @param action what happens to a call that matches
 * @param arguments conditions on arguments, all of which have to hold; an empty list matches calls with any arguments
 * @param when the rule is part of the filter only if all of this holds
 * @param unless the rule is not part of the filter if anything of this holds
 */
public record SeccompRule(
        List<String> names,
        SeccompAction action,
        List<SyscallArgument> arguments,
        SeccompCondition when,
        SeccompCondition unless) {
    /**
     * Copies the lists.
     *
     * @param names system calls by their kernel names
     * @param action what happens to a call that matches
     * @param arguments conditions on arguments, all of which have to hold
     * @param when the rule is part of the filter only if all of this holds
     * @param unless the rule is not part of the filter if anything of this holds
     * @throws IllegalArgumentException if there is no name
     */
    public SeccompRule {
        names = List.copyOf(names);
        Objects.requireNonNull(action, "action");
        arguments = List.copyOf(arguments);
        Objects.requireNonNull(when, "when");
        Objects.requireNonNull(unless, "unless");
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a rule without names is about no call");
        }
    }

    /**
     * Makes a rule that is part of the filter on every host.
     *
     * @param action what happens to a call that matches
     * @param names system calls by their kernel names
     * @param arguments conditions on arguments, all of which have to hold
     * @return the rule
     * @throws IllegalArgumentException if there is no name
     */
    public static SeccompRule of(SeccompAction action, List<String> names, List<SyscallArgument> arguments) {
        return new SeccompRule(names, action, arguments, SeccompCondition.none(), SeccompCondition.none());
    }
}
