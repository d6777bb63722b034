package dev.sandjar.seccomp;

import java.util.List;
import java.util.Objects;

/**
 * What happens to calls of these names whose arguments pass all conditions. Of the rules for one call, the first that matches counts.
 * Immutable.
 *
 * @param names system calls by their kernel names; those that an architecture does not have are left out there
 * @param action what happens
 * @param arguments conditions on arguments, all of which have to hold; none for calls with any arguments
 * @param when all of this has to hold for the rule to be part of the filter at all
 * @param unless nothing of this may hold
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
     * @param action what happens
     * @param arguments conditions on arguments
     * @param when all of this has to hold
     * @param unless nothing of this may hold
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
     * A rule that is part of every filter.
     *
     * @param action what happens
     * @param names system calls by their kernel names
     * @param arguments conditions on arguments, all of which have to hold
     * @return the rule
     * @throws IllegalArgumentException if there is no name
     */
    public static SeccompRule of(SeccompAction action, List<String> names, List<SyscallArgument> arguments) {
        return new SeccompRule(names, action, arguments, SeccompCondition.none(), SeccompCondition.none());
    }
}
