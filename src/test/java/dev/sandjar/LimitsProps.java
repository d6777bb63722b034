package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.linux.DeviceRule;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class LimitsProps {
    @Provide
    Arbitrary<Limits> limits() {
        Arbitrary<UnaryOperator<Limits>> call = Combinators.combine(
                        Arbitraries.integers().between(0, 13),
                        Arbitraries.integers().between(1, 8))
                .as(LimitsProps::call);
        return call.list().ofMaxSize(8).map(calls -> {
            Limits all = Limits.none();
            for (UnaryOperator<Limits> one : calls) {
                all = one.apply(all);
            }
            return all;
        });
    }

    private static UnaryOperator<Limits> call(int kind, int value) {
        DataSize size = DataSize.mebibytes(value);
        List<UnaryOperator<Limits>> calls = List.of(
                l -> l.memory(size),
                l -> l.memoryLow(size),
                l -> l.swap(size),
                l -> l.oomGroup(value % 2 == 0),
                l -> l.cpus(value / 4.0),
                l -> l.cpuWeight(value),
                l -> l.cpusetCpus(value),
                l -> l.pids(value),
                l -> l.devices(List.of(DeviceRule.character(1, value, "r"))),
                l -> l.hugetlb(DataSize.mebibytes(2), size),
                l -> l.cgroupDepth(value),
                l -> l.cpus(1).cpuBurst(Duration.ofMillis(value)),
                l -> l.cgroupFile("memory.min", Integer.toString(value)),
                l -> l.cgroupFile("rdma.max", Integer.toString(value)));
        return calls.get(kind);
    }

    @Property
    void whatIsSetIsPutOverWhatWasThere(@ForAll("limits") Limits base, @ForAll("limits") Limits change) {
        Limits both = change.over(base);
        Set<Limit> kinds = EnumSet.noneOf(Limit.class);
        kinds.addAll(base.kinds());
        kinds.addAll(change.kinds());
        assertEquals(kinds, both.kinds());
        assertEquals(both, both.over(base));
        assertEquals(change.memory().or(base::memory), both.memory());
        assertEquals(change.devices().or(base::devices), both.devices());
        assertEquals(base, base.over(base));
        assertEquals(base, base.over(Limits.none()));
        assertEquals(base, Limits.none().over(base));
    }

    @Property
    void onlyWhatTheUserSetsStopsBeingThePresets(@ForAll("limits") Limits given) {
        Set<Limit> before = Sandbox.untrusted().build().limits().presets();
        Set<Limit> after = Sandbox.untrusted().limits(given).build().limits().presets();
        Set<Limit> expected = EnumSet.copyOf(before);
        expected.removeAll(given.kinds());
        if (given.kinds().contains(Limit.MEMORY)) {
            expected.remove(Limit.OOM_GROUP);
        }
        assertEquals(expected, after);
        Limit[] kinds = given.kinds().toArray(Limit[]::new);
        Set<Limit> left =
                Sandbox.builder().limits(given).without(kinds).build().limits().kinds();
        assertEquals(Set.of(), left);
    }

    @Property
    boolean weightsAreAcceptedExactlyInTheirRange(@ForAll int weight) {
        boolean right = weight >= 1 && weight <= 10_000;
        try {
            return OptionalInt.of(weight).equals(Limits.none().cpuWeight(weight).cpuWeight()) && right;
        } catch (IllegalArgumentException e) {
            return !right && e.getMessage().contains(String.valueOf(weight));
        }
    }
}
