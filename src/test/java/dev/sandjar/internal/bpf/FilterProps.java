package dev.sandjar.internal.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.seccomp.SyscallArgument.Comparison;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.NeedsHostCondition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;

/**
 * What a compiled filter says, for random profiles: the same as a reading of the rules that knows no BPF, and the same as libseccomp's
 * program for them. The latter makes one tree of several rules for one call, which loses some that compare by order or have several
 * conditions (seen with 2.5.4: "a &gt; v" and "a &gt;= v and b &lt;= w"), and weighs different actions in its own way. So there a call
 * has either one rule with any conditions, or several that compare one argument with a value each, as profiles in use have them.
 */
class FilterProps {
    private static final KernelVersion KERNEL = new KernelVersion(6, 1);
    private static final List<SeccompAction> ACTIONS = List.of(
            SeccompAction.allow(),
            SeccompAction.errno(1),
            SeccompAction.errno(13),
            SeccompAction.killProcess(),
            SeccompAction.killThread(),
            SeccompAction.trap(),
            SeccompAction.log());
    private static final long[] VALUES = {
        0,
        1,
        2,
        3,
        0x7fffffffL,
        0x80000000L,
        0xffffffffL,
        0x100000000L,
        0x100000001L,
        0x1ffffffffL,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -2
    };
    private static final int X32 = 0x40000000;

    private static List<String> calls(Random random, int count) {
        List<String> all = List.copyOf(SyscallTable.of(Machine.X86_64).names().values());
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            chosen.add(all.get(random.nextInt(all.size())));
        }
        return chosen.stream().distinct().toList();
    }

    private static long value(Random random) {
        return random.nextInt(4) == 0 ? random.nextLong() : VALUES[random.nextInt(VALUES.length)];
    }

    private static SyscallArgument test(Random random, int index) {
        Comparison comparison = Comparison.values()[random.nextInt(Comparison.values().length)];
        if (comparison != Comparison.MASKED_EQUAL) {
            return new SyscallArgument(index, comparison, value(random), -1L);
        }
        long mask = value(random);
        return new SyscallArgument(index, comparison, value(random) & mask, mask);
    }

    private static List<SyscallArgument> tests(Random random) {
        List<SyscallArgument> tests = new ArrayList<>();
        for (int index = 0; index < 6; index++) {
            if (random.nextInt(5) == 0) {
                tests.add(test(random, index));
            }
        }
        return tests;
    }

    /** @param alike whether all rules of one call have the same action */
    private static SeccompProfile profile(Random random, boolean alike) {
        SeccompAction otherwise = ACTIONS.get(random.nextInt(ACTIONS.size()));
        List<SeccompRule> rules = new ArrayList<>();
        for (String call : calls(random, random.nextInt(60))) {
            SeccompAction action = ACTIONS.get(random.nextInt(ACTIONS.size()));
            int count = 1 + random.nextInt(3);
            int index = random.nextInt(6);
            for (int i = 0; i < count; i++) {
                SeccompAction chosen = alike ? action : ACTIONS.get(random.nextInt(ACTIONS.size()));
                List<SyscallArgument> tests =
                        alike && count > 1 ? List.of(SyscallArgument.at(index).equalTo(value(random))) : tests(random);
                rules.add(SeccompRule.of(chosen, List.of(call), tests));
            }
        }
        return SeccompProfile.of("random", otherwise, otherwise, rules, Set.of());
    }

    /** The rules as they are written. */
    private static int expected(SeccompProfile policy, Machine machine, int number, List<Long> arguments) {
        String name = SyscallTable.of(machine).names().get(number);
        if (name == null) {
            return Returns.of(policy.unknownAction());
        }
        for (SeccompRule rule : policy.rules()) {
            if (rule.names().contains(name) && rule.arguments().stream().allMatch(t -> passes(t, arguments))) {
                return Returns.of(rule.action());
            }
        }
        return Returns.of(policy.defaultAction());
    }

    private static boolean passes(SyscallArgument test, List<Long> arguments) {
        long argument = arguments.get(test.index());
        int order = Long.compareUnsigned(argument, test.value());
        return switch (test.comparison()) {
            case NOT_EQUAL -> order != 0;
            case LESS -> order < 0;
            case LESS_OR_EQUAL -> order <= 0;
            case EQUAL -> order == 0;
            case GREATER_OR_EQUAL -> order >= 0;
            case GREATER -> order > 0;
            case MASKED_EQUAL -> (argument & test.mask()) == test.value();
        };
    }

    private static String about(SeccompProfile policy, int number, List<Long> arguments) {
        String name = SyscallTable.of(Machine.X86_64).name(number);
        StringBuilder text = new StringBuilder(name + " " + arguments + " default " + policy.defaultAction());
        policy.rules().stream()
                .filter(rule -> rule.names().contains(name))
                .forEach(rule -> text.append("\n").append(rule.action()).append(rule.arguments()));
        return text.toString();
    }

    /** Arguments near those that the rules speak of. */
    private static List<Long> arguments(Random random, SeccompProfile policy, int number) {
        List<Long> arguments = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            arguments.add(value(random));
        }
        String name = SyscallTable.of(Machine.X86_64).name(number);
        for (SeccompRule rule : policy.rules()) {
            if (rule.names().contains(name) && random.nextBoolean()) {
                for (SyscallArgument test : rule.arguments()) {
                    arguments.set(test.index(), test.value() + random.nextInt(3) - 1);
                }
            }
        }
        return arguments;
    }

    private static List<Integer> numbers(Random random, SeccompProfile policy, Machine machine) {
        List<Integer> numbers = new ArrayList<>(List.of(0, 1, 334, 335, 423, 424, 469, 470, 600, 100_000));
        for (SeccompRule rule : policy.rules()) {
            SyscallTable.of(machine).number(rule.names().get(0)).ifPresent(n -> {
                numbers.add(n);
                numbers.add(n + 1);
            });
        }
        numbers.add(random.nextInt(500));
        return numbers;
    }

    @Property(tries = 500, shrinking = ShrinkingMode.OFF)
    void saysWhatTheRulesSay(@ForAll long seed) {
        assertSaysWhatTheRulesSay(seed);
    }

    @Tag("slow")
    @Property(tries = 5_000, shrinking = ShrinkingMode.OFF)
    void saysWhatManyRulesSay(@ForAll long seed) {
        assertSaysWhatTheRulesSay(seed);
    }

    private static void assertSaysWhatTheRulesSay(long seed) {
        Random random = new Random(seed);
        SeccompProfile policy = profile(random, false);
        for (Machine machine : Machine.values()) {
            byte[] program = FilterCompiler.compile(policy, machine, Set.of(), KERNEL, InterceptedCalls.NOTHING)
                    .main();
            for (int number : numbers(random, policy, machine)) {
                List<Long> arguments = arguments(random, policy, number);
                assertEquals(
                        expected(policy, machine, number, arguments),
                        BpfInterpreter.run(program, number, machine.audit(), arguments),
                        () -> about(policy, number, arguments));
            }
        }
    }

    @Property(tries = 1_000, shrinking = ShrinkingMode.OFF)
    void agreesWithLibseccomp(@ForAll long seed) throws IOException {
        assertAgreesWithLibseccomp(seed);
    }

    @Tag("slow")
    @Property(tries = 10_000, shrinking = ShrinkingMode.OFF)
    void agreesWithLibseccompOnMany(@ForAll long seed) throws IOException {
        assertAgreesWithLibseccomp(seed);
    }

    private static void assertAgreesWithLibseccomp(long seed) throws IOException {
        NeedsHostCondition.require(Feature.LIBSECCOMP, "FilterProps.agreesWithLibseccomp");
        if (!Libseccomp.isThere()) {
            throw new AssertionError("libseccomp is there, but its functions are not");
        }
        Random random = new Random(seed);
        SeccompProfile wide = profile(random, true);
        List<SeccompRule> known = new ArrayList<>();
        for (SeccompRule rule : wide.rules()) {
            // It is older than some calls, and refuses a rule that says what the default says.
            if (Libseccomp.number(rule.names().get(0)) >= 0 && rule.action() != wide.defaultAction()) {
                known.add(rule);
            }
        }
        SeccompProfile policy =
                SeccompProfile.of("random", wide.defaultAction(), wide.defaultAction(), known, Set.of());
        byte[] ours = FilterCompiler.compile(policy, Machine.host(), Set.of(), KERNEL, InterceptedCalls.NOTHING)
                .main();
        byte[] theirs = Libseccomp.compile(policy);
        for (int number : numbers(random, policy, Machine.host())) {
            List<Long> arguments = arguments(random, policy, number);
            assertEquals(
                    BpfInterpreter.run(theirs, number, Machine.host().audit(), arguments),
                    BpfInterpreter.run(ours, number, Machine.host().audit(), arguments),
                    () -> about(policy, number, arguments));
        }
        int foreign = 0x40000003;
        assertEquals(
                BpfInterpreter.run(theirs, 1, foreign, List.of()), BpfInterpreter.run(ours, 1, foreign, List.of()));
    }

    @Property(tries = 500, shrinking = ShrinkingMode.OFF)
    void otherTablesAreRefused(@ForAll long seed) {
        SeccompProfile policy = profile(new Random(seed), false);
        byte[] program = FilterCompiler.compile(policy, Machine.X86_64, Set.of(), KERNEL, InterceptedCalls.NOTHING)
                .main();
        for (int number : new int[] {X32, X32 + 1, X32 + 520, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            assertEquals(Returns.errno(38), BpfInterpreter.run(program, number, Machine.X86_64.audit(), List.of()));
        }
        assertEquals(Returns.KILL_PROCESS, BpfInterpreter.run(program, 0, Machine.AARCH64.audit(), List.of()));
    }

    /** The filter that asks and the one behind it: together they ask where they should, and never let pass what the profile refuses. */
    @Property(tries = 1_000, shrinking = ShrinkingMode.OFF)
    void askingLosesNothing(@ForAll long seed) {
        Random random = new Random(seed);
        SeccompProfile policy = profile(random, false);
        Set<String> names = Set.copyOf(calls(random, 3));
        boolean refused = random.nextBoolean();
        Machine machine = Machine.X86_64;
        byte[] plain = FilterCompiler.compile(policy, machine, Set.of(), KERNEL, InterceptedCalls.NOTHING)
                .main();
        Compiled both =
                FilterCompiler.compile(policy, machine, Set.of(), KERNEL, new InterceptedCalls(names, refused, false));
        byte[] asking = both.asking();
        assertTrue(asking != null);
        for (int number : numbers(random, policy, machine)) {
            List<Long> arguments = arguments(random, policy, number);
            int said = BpfInterpreter.run(plain, number, machine.audit(), arguments);
            boolean asked = names.contains(SyscallTable.of(machine).name(number)) || (refused && Returns.isErrno(said));
            assertEquals(
                    asked ? Returns.USER_NOTIF : Returns.ALLOW,
                    BpfInterpreter.run(asking, number, machine.audit(), arguments));
            assertEquals(
                    asked ? Returns.ALLOW : said, BpfInterpreter.run(both.main(), number, machine.audit(), arguments));
        }
    }
}
