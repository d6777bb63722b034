package dev.sandjar.internal.bpf;

import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What is refused of calls that a built-in profile, or an intent of its builder, opens. */
public final class RefusedArguments {
    private RefusedArguments() {}

    /** Read when first asked for. */
    private static final class All {
        static final List<SeccompRule> RULES = BuiltIns.read("arguments").rules();
    }

    /** Rules that have to come before whatever opens these calls. */
    public static List<SeccompRule> of(Collection<String> open) {
        return All.RULES.stream().filter(rule -> open.containsAll(rule.names())).toList();
    }

    /** The rules, and before them what is refused of the calls that they let pass with any argument. */
    static List<SeccompRule> before(List<SeccompRule> rules) {
        List<String> open = new ArrayList<>();
        for (SeccompRule rule : rules) {
            if (rule.action().equals(SeccompAction.allow())
                    && rule.arguments().isEmpty()
                    && rule.when().isNone()
                    && rule.unless().isNone()) {
                open.addAll(rule.names());
            }
        }
        List<SeccompRule> all = new ArrayList<>(of(open));
        all.addAll(rules);
        return all;
    }
}
