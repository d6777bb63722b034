package dev.sandjar.internal.bpf;

import dev.sandjar.seccomp.SyscallArgument;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** What happens to one system call: the first branch whose tests pass counts, else the rest. */
record Decision(List<Branch> branches, int otherwise) {
    /** @param action SECCOMP_RET_* */
    record Branch(List<SyscallArgument> tests, int action) {}

    Decision {
        branches = List.copyOf(branches);
    }

    static Decision always(int action) {
        return new Decision(List.of(), action);
    }

    boolean mayPass() {
        return passes(otherwise) || branches.stream().anyMatch(branch -> passes(branch.action()));
    }

    private static boolean passes(int action) {
        int kind = Returns.action(action);
        return kind == Returns.ALLOW || kind == Returns.LOG || kind == Returns.USER_NOTIF;
    }

    Decision map(IntUnaryOperator change) {
        List<Branch> changed = new ArrayList<>();
        for (Branch branch : branches) {
            changed.add(new Branch(branch.tests(), change.applyAsInt(branch.action())));
        }
        return new Decision(changed, change.applyAsInt(otherwise)).simplified();
    }

    /** With one more branch, looked at before all others. */
    Decision first(Branch branch) {
        List<Branch> all = new ArrayList<>();
        all.add(branch);
        all.addAll(branches);
        return new Decision(all, otherwise).simplified();
    }

    /** Without branches at the end that say what is said anyway: a call decided by its number alone can be cached by the kernel. */
    Decision simplified() {
        int end = branches.size();
        while (end > 0 && branches.get(end - 1).action() == otherwise) {
            end--;
        }
        return new Decision(branches.subList(0, end), otherwise);
    }
}
