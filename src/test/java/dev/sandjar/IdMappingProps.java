package dev.sandjar;

import dev.sandjar.IdMapping.Range;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class IdMappingProps {
    @Provide
    Arbitrary<List<Range>> ranges() {
        Arbitrary<Long> first = Arbitraries.longs().between(0, 60);
        return Combinators.combine(first, first, Arbitraries.longs().between(1, 8))
                .as(Range::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6);
    }

    /** Counts ids one by one, which needs no cleverness to be right. */
    private static boolean isDisjoint(List<Range> ranges, ToLongFunction<Range> first) {
        Set<Long> seen = new HashSet<>();
        for (Range range : ranges) {
            for (long i = 0; i < range.count(); i++) {
                if (!seen.add(first.applyAsLong(range) + i)) {
                    return false;
                }
            }
        }
        return true;
    }

    @Property
    boolean acceptsExactlyWhatDoesNotOverlap(@ForAll("ranges") List<Range> ranges) {
        boolean disjoint = isDisjoint(ranges, Range::inside) && isDisjoint(ranges, Range::host);
        try {
            IdMapping.of(ranges, ranges);
            return disjoint;
        } catch (IllegalArgumentException e) {
            return !disjoint;
        }
    }
}
