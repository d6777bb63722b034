package dev.sandjar.internal.host;

import dev.sandjar.IdMapping;
import java.util.List;

/**
 * One line of a user or group id map ({@code user_namespaces(7)}), as a file of the host has it: unchecked.
 *
 * @param inside first id inside, 0 to 4294967294
 * @param host first id outside
 * @param count how many follow, at least 1
 */
public record IdRange(long inside, long host, long count) {
    /** The lines of ranges that a caller names. */
    public static List<IdRange> of(List<IdMapping.Range> ranges) {
        return ranges.stream()
                .map(range -> new IdRange(range.inside(), range.host(), range.count()))
                .toList();
    }
}
