package dev.sandjar.internal.bpf;

import dev.sandjar.seccomp.SeccompCondition;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;

/** A profile for one architecture, kernel and set of capabilities: what happens to each call, and to all that have no name. */
record Decisions(SortedMap<Integer, Decision> calls, int unknown) {
    static Decisions of(SeccompProfile policy, Machine machine, Set<Integer> capabilities, KernelVersion kernel) {
        SyscallTable table = SyscallTable.of(machine);
        Map<Integer, List<Decision.Branch>> branches = new HashMap<>();
        for (SeccompRule rule : policy.rules()) {
            if (!holds(rule, machine, capabilities, kernel)) {
                continue;
            }
            for (String name : rule.names()) {
                OptionalInt number = table.number(name);
                if (number.isPresent()) {
                    branches.computeIfAbsent(number.getAsInt(), n -> new ArrayList<>())
                            .add(new Decision.Branch(rule.arguments(), Returns.of(rule.action())));
                }
            }
        }
        int otherwise = Returns.of(policy.defaultAction());
        SortedMap<Integer, Decision> calls = new TreeMap<>();
        for (int number : table.names().keySet()) {
            calls.put(number, decision(branches.getOrDefault(number, List.of()), otherwise));
        }
        return new Decisions(calls, Returns.of(policy.unknownAction()));
    }

    private static Decision decision(List<Decision.Branch> branches, int otherwise) {
        for (int i = 0; i < branches.size(); i++) {
            if (branches.get(i).tests().isEmpty()) {
                return new Decision(branches.subList(0, i), branches.get(i).action()).simplified();
            }
        }
        return new Decision(branches, otherwise).simplified();
    }

    private static boolean holds(SeccompRule rule, Machine machine, Set<Integer> capabilities, KernelVersion kernel) {
        SeccompCondition when = rule.when();
        SeccompCondition unless = rule.unless();
        boolean excluded = unless.capabilities().stream().anyMatch(c -> capabilities.contains(c.number()))
                || unless.architectures().contains(machine.goName())
                || unless.minKernel().filter(kernel::isAtLeast).isPresent();
        return !excluded
                && when.capabilities().stream().allMatch(c -> capabilities.contains(c.number()))
                && (when.architectures().isEmpty() || when.architectures().contains(machine.goName()))
                && when.minKernel().filter(oldest -> !kernel.isAtLeast(oldest)).isEmpty();
    }

    Decisions map(IntUnaryOperator change) {
        SortedMap<Integer, Decision> changed = new TreeMap<>();
        calls.forEach((number, decision) -> changed.put(number, decision.map(change)));
        return new Decisions(changed, change.applyAsInt(unknown));
    }

    Decisions with(int number, Decision decision) {
        SortedMap<Integer, Decision> changed = new TreeMap<>(calls);
        changed.put(number, decision);
        return new Decisions(changed, unknown);
    }

    Decision of(int number) {
        Decision decision = calls.get(number);
        return decision == null ? Decision.always(unknown) : decision;
    }
}
