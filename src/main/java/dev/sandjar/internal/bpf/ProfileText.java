package dev.sandjar.internal.bpf;

import dev.sandjar.Capability;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompCondition;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.seccomp.SyscallArgument.Comparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the format of the built-in profiles, which is short and, other than JSON, costs the first start no library. */
final class ProfileText {
    private static final int HEXADECIMAL = 16;

    private ProfileText() {}

    static SeccompProfile read(String name, List<String> lines) {
        List<SeccompRule> rules = new ArrayList<>();
        StringBuilder rule = new StringBuilder();
        for (String line : lines) {
            boolean more = line.startsWith(" ");
            if (!more && !rule.isEmpty()) {
                rules.add(rule(rule.toString()));
                rule.setLength(0);
            }
            if (!line.isBlank() && !line.startsWith("#")) {
                rule.append(line).append(' ');
            }
        }
        if (!rule.isEmpty()) {
            rules.add(rule(rule.toString()));
        }
        return SeccompProfile.of(
                name,
                SeccompAction.errno(Errno.EPERM.number()),
                SeccompAction.errno(Errno.ENOSYS.number()),
                rules,
                Set.of());
    }

    private static SeccompRule rule(String text) {
        int where = text.indexOf(" where ");
        String left = where < 0 ? text : text.substring(0, where);
        List<SyscallArgument> tests = new ArrayList<>();
        if (where >= 0) {
            for (String test :
                    text.substring(where + " where ".length()).strip().split(" +and +")) {
                tests.add(test(test));
            }
        }
        List<String> words = new ArrayList<>(List.of(left.strip().split(" +")));
        SeccompAction action = action(words.remove(0));
        SeccompCondition when = SeccompCondition.none();
        if (words.get(0).equals("if")) {
            String capability = words.get(1).substring("CAP_".length());
            when = new SeccompCondition(Set.of(Capability.valueOf(capability)), Set.of(), Optional.empty());
            words.subList(0, 2).clear();
        }
        for (String call : words) {
            if (!SyscallTable.isKnown(call)) {
                throw new IllegalStateException("unknown system call " + call);
            }
        }
        return new SeccompRule(words, action, tests, when, SeccompCondition.none());
    }

    private static SeccompAction action(String word) {
        return word.equals("allow")
                ? SeccompAction.allow()
                : SeccompAction.errno(Errno.valueOf(word).number());
    }

    private static SyscallArgument test(String text) {
        int more = text.indexOf('>');
        if (more >= 0) {
            return new SyscallArgument(
                    Integer.parseInt(text.substring(0, more)), Comparison.GREATER, hex(text.substring(more + 1)), -1L);
        }
        int and = text.indexOf('&');
        int is = text.indexOf("==");
        return new SyscallArgument(
                Integer.parseInt(text.substring(0, and)),
                Comparison.MASKED_EQUAL,
                hex(text.substring(is + 2)),
                hex(text.substring(and + 1, is)));
    }

    private static long hex(String text) {
        return Long.parseUnsignedLong(text.substring("0x".length()), HEXADECIMAL);
    }
}
