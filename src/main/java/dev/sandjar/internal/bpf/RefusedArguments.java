package dev.sandjar.internal.bpf;

import dev.sandjar.internal.policy.FilterRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What is refused of calls that a built-in profile, or an intent of its builder, opens. */
public final class RefusedArguments {
    private RefusedArguments() {}

    /** Read when first asked for. */
    private static final class All {
        static final List<FilterRule> RULES = BuiltIns.read("arguments").rules();
    }

    /** Rules that have to come before whatever opens these calls. */
    public static List<FilterRule> of(Collection<String> open) {
        return All.RULES.stream().filter(rule -> open.containsAll(rule.names())).toList();
    }

    /** The rules, and before them what is refused of the calls that they let pass with any argument. */
    static List<FilterRule> before(List<FilterRule> rules) {
        List<String> open = new ArrayList<>();
        for (FilterRule rule : rules) {
            if (rule.action() == Returns.ALLOW
                    && rule.tests().isEmpty()
                    && rule.when().isEmpty()
                    && rule.unless().isEmpty()) {
                open.addAll(rule.names());
            }
        }
        List<FilterRule> all = new ArrayList<>(of(open));
        all.addAll(rules);
        return all;
    }
}
