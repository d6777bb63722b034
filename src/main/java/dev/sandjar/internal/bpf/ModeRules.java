package dev.sandjar.internal.bpf;

import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.seccomp.SyscallArgument.Comparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The rules of a built-in profile on set-user-ID and set-group-ID, fitted to what a sandbox can write to. A filter sees modes and
 * neither what kind of file they are for nor whose it is. Rules of a caller's own differ from these in something, or mean the same.
 */
public final class ModeRules {
    private static final long SETUID = 04000;
    private static final long SETGID = 02000;
    private static final long GROUP_EXECUTES = 010;
    private static final long OTHERS_EXECUTE = 01;
    /** No mode has it: who sets it and the others together has not called for a mode, and need not get into the kernel. */
    private static final long NO_MODE = 0x80000000L;

    /** Which argument of each call is the mode of a file that is there already. */
    private static final Map<String, Integer> CHANGING = Map.of("chmod", 1, "fchmod", 1, "fchmodat", 2, "fchmodat2", 2);
    /** And of one that they make. */
    private static final Map<String, Integer> MAKING =
            Map.of("creat", 1, "open", 2, "openat", 3, "mknod", 1, "mknodat", 2);

    private ModeRules() {}

    /** What of such modes is refused. */
    public enum Refused {
        /** All of them, as the profile has it. */
        ALL,
        /** Those that lend rights: set-user-ID, and set-group-ID of what its group and others may execute. */
        FOR_OTHERS,
        /** Set-user-ID. New files are made without either, of which directories are none. */
        SET_USER_ID,
        NOTHING
    }

    /** Whether it has such rules. */
    public static boolean has(SeccompProfile policy) {
        return policy.rules().stream().anyMatch(rule -> isChange(rule));
    }

    public static SeccompProfile in(SeccompProfile policy, Refused refused) {
        if (refused == Refused.ALL || !has(policy)) {
            return policy;
        }
        List<SeccompRule> rules = policy.rules().stream()
                .flatMap(rule -> isChange(rule)
                        ? changing(rule, refused)
                        : refused == Refused.NOTHING && isMaking(rule)
                                ? Stream.of(rule, making(rule))
                                : Stream.of(rule))
                .toList();
        return policy.rules(rules);
    }

    /** A filter of its own that refuses to change modes to those that lend rights, and nothing else. */
    public static SeccompProfile alone(SeccompAction refusal) {
        List<SeccompRule> rules = new ArrayList<>();
        CHANGING.keySet().stream().sorted().forEach(name -> {
            int argument = Objects.requireNonNull(CHANGING.get(name));
            rules.add(rule(name, refusal, masked(argument, SETUID, SETUID)));
            long forOthers = SETGID | GROUP_EXECUTES | OTHERS_EXECUTE;
            rules.add(rule(name, refusal, masked(argument, forOthers, forOthers)));
        });
        return SeccompProfile.of("modes", SeccompAction.allow(), SeccompAction.allow(), rules, Set.of());
    }

    private static Stream<SeccompRule> changing(SeccompRule rule, Refused refused) {
        String name = rule.names().get(0);
        int argument = Objects.requireNonNull(CHANGING.get(name));
        return switch (refused) {
            case ALL -> Stream.of(rule);
            case FOR_OTHERS ->
                Stream.of(
                        rule,
                        rule(name, SeccompAction.allow(), masked(argument, SETUID | GROUP_EXECUTES, 0)),
                        rule(name, SeccompAction.allow(), masked(argument, SETUID | OTHERS_EXECUTE, 0)));
            case SET_USER_ID -> Stream.of(rule(name, SeccompAction.allow(), masked(argument, SETUID, 0)));
            case NOTHING -> Stream.of(rule, rule(name, SeccompAction.allow(), masked(argument, NO_MODE, 0)));
        };
    }

    private static SeccompRule making(SeccompRule rule) {
        SyscallArgument test = rule.arguments().get(0);
        long mask = (test.mask() & ~(SETUID | SETGID)) | NO_MODE;
        return rule(rule.names().get(0), rule.action(), masked(test.index(), mask, test.value()));
    }

    private static boolean isChange(SeccompRule rule) {
        return isOf(rule, CHANGING) && rule.arguments().get(0).value() == 0;
    }

    private static boolean isMaking(SeccompRule rule) {
        return isOf(rule, MAKING);
    }

    private static boolean isOf(SeccompRule rule, Map<String, Integer> modes) {
        if (!rule.action().equals(SeccompAction.allow())
                || rule.names().size() != 1
                || rule.arguments().size() != 1
                || !rule.when().isNone()
                || !rule.unless().isNone()) {
            return false;
        }
        SyscallArgument test = rule.arguments().get(0);
        Integer argument = modes.get(rule.names().get(0));
        return argument != null
                && argument == test.index()
                && test.comparison() == Comparison.MASKED_EQUAL
                && (test.mask() & 07777) == (SETUID | SETGID)
                && (test.value() & (SETUID | SETGID)) == 0;
    }

    private static SeccompRule rule(String name, SeccompAction action, SyscallArgument test) {
        return SeccompRule.of(action, List.of(name), List.of(test));
    }

    private static SyscallArgument masked(int argument, long mask, long value) {
        return SyscallArgument.at(argument).masked(mask, value);
    }
}
