package dev.sandjar.internal.bpf;

import dev.sandjar.internal.policy.Circumstances;
import dev.sandjar.internal.policy.FilterPolicy;
import dev.sandjar.internal.policy.FilterRule;
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
    static Decisions of(FilterPolicy policy, Machine machine, Set<Integer> capabilities, KernelVersion kernel) {
        SyscallTable table = SyscallTable.of(machine);
        Map<Integer, List<Decision.Branch>> branches = new HashMap<>();
        for (FilterRule rule : policy.rules()) {
            if (!holds(rule, machine, capabilities, kernel)) {
                continue;
            }
            for (String name : rule.names()) {
                OptionalInt number = table.number(name);
                if (number.isPresent()) {
                    branches.computeIfAbsent(number.getAsInt(), n -> new ArrayList<>())
                            .add(new Decision.Branch(rule.tests(), rule.action()));
                }
            }
        }
        SortedMap<Integer, Decision> calls = new TreeMap<>();
        for (int number : table.names().keySet()) {
            calls.put(number, decision(branches.getOrDefault(number, List.of()), policy.defaultAction()));
        }
        return new Decisions(calls, policy.unknownAction());
    }

    private static Decision decision(List<Decision.Branch> branches, int otherwise) {
        for (int i = 0; i < branches.size(); i++) {
            if (branches.get(i).tests().isEmpty()) {
                return new Decision(branches.subList(0, i), branches.get(i).action()).simplified();
            }
        }
        return new Decision(branches, otherwise).simplified();
    }

    private static boolean holds(FilterRule rule, Machine machine, Set<Integer> capabilities, KernelVersion kernel) {
        Circumstances when = rule.when();
        Circumstances unless = rule.unless();
        boolean excluded = unless.capabilities().stream().anyMatch(capabilities::contains)
                || unless.architectures().contains(machine.goName())
                || (unless.minKernel() != null && kernel.compareTo(KernelVersion.parse(unless.minKernel())) >= 0);
        return !excluded
                && capabilities.containsAll(when.capabilities())
                && (when.architectures().isEmpty() || when.architectures().contains(machine.goName()))
                && (when.minKernel() == null || kernel.compareTo(KernelVersion.parse(when.minKernel())) >= 0);
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
