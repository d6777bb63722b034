package dev.sandjar.internal.bpf;

import dev.sandjar.internal.util.Errno;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What other options of a sandbox bring back of the calls that the built-in profiles refuse. Rules of a caller's own differ from these
 * in something, or mean the same.
 */
public final class Reopened {
    private static final Set<String> HUGE_PAGES = Set.of("memfd_create", "mmap", "shmget");
    private static final List<String> QUEUES =
            List.of("mq_open", "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr");

    private static final List<String> TRACING = List.of("ptrace", "process_vm_readv", "process_vm_writev");

    private static final SeccompAction ABSENT = SeccompAction.errno(Errno.ENOSYS.number());

    private Reopened() {}

    /**
     * @param queues whether there is a file system of message queues
     * @param hugePages whether a limit on huge pages is in force
     * @param alone whether processes can see, and so trace, only those of the same sandbox
     */
    public static SeccompProfile in(SeccompProfile policy, boolean queues, boolean hugePages, boolean alone) {
        List<SeccompRule> limited = RefusedArguments.of(HUGE_PAGES);
        List<SeccompRule> rules = new ArrayList<>();
        for (SeccompRule rule : policy.rules()) {
            if ((queues && isRefusal(rule, QUEUES)) || (alone && isRefusal(rule, TRACING))) {
                rules.add(new SeccompRule(rule.names(), SeccompAction.allow(), List.of(), rule.when(), rule.unless()));
            } else if (!hugePages || !limited.contains(rule)) {
                rules.add(rule);
            }
        }
        return rules.equals(policy.rules()) ? policy : policy.rules(rules);
    }

    /** Whether the built-in profiles' refusal of tracing is among these rules. */
    public static boolean refusesTracing(SeccompProfile policy) {
        return policy.rules().stream().anyMatch(rule -> isRefusal(rule, TRACING));
    }

    private static boolean isRefusal(SeccompRule rule, List<String> names) {
        return rule.names().equals(names)
                && rule.arguments().isEmpty()
                && rule.action().equals(ABSENT);
    }
}
