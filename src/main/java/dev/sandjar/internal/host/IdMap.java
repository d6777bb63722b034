package dev.sandjar.internal.host;

import java.util.ArrayList;
import java.util.List;

/** The ids that exist in a user namespace, as /proc/PID/uid_map lists them. */
public record IdMap(List<IdRange> ranges) {
    public IdMap {
        ranges = List.copyOf(ranges);
    }

    /** Parses the three columns of {@code user_namespaces(7)}. */
    public static IdMap parse(List<String> lines) {
        List<IdRange> ranges = new ArrayList<>();
        for (String line : lines) {
            String[] columns = line.strip().split("\\s+");
            if (columns.length == 3) {
                ranges.add(new IdRange(
                        Long.parseLong(columns[0]), Long.parseLong(columns[1]), Long.parseLong(columns[2])));
            }
        }
        return new IdMap(ranges);
    }

    /** Whether every id from {@code first} on, {@code count} of them, exists here within one line. */
    public boolean containsRange(long first, long count) {
        return ranges.stream()
                .anyMatch(r -> first >= r.inside() && count <= r.count() && first - r.inside() <= r.count() - count);
    }
}
