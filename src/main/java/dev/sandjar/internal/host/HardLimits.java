package dev.sandjar.internal.host;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The hard limits of this process, which the launcher has too and nobody without CAP_SYS_RESOURCE gets beyond ({@code getrlimit(2)}).
 *
 * @param values by number of the resource; -1 is RLIM_INFINITY, and what is not there is not known
 */
public record HardLimits(Map<Integer, Long> values) {
    /** As /proc/PID/limits calls them, at the place of their number. */
    private static final List<String> NAMES = List.of(
            "Max cpu time",
            "Max file size",
            "Max data size",
            "Max stack size",
            "Max core file size",
            "Max resident set",
            "Max processes",
            "Max open files",
            "Max locked memory",
            "Max address space",
            "Max file locks",
            "Max pending signals",
            "Max msgqueue size",
            "Max nice priority",
            "Max realtime priority",
            "Max realtime timeout");

    private static final long INFINITY = -1;

    public HardLimits {
        values = Map.copyOf(values);
    }

    /** As they are now. */
    public static HardLimits ofThisProcess() {
        try {
            return parse(BoundedReads.lines(Path.of("/proc/self/limits")));
        } catch (IOException e) {
            return new HardLimits(Map.of()); // then the kernel says what can't be had
        }
    }

    static HardLimits parse(List<String> lines) {
        Map<Integer, Long> values = new HashMap<>();
        for (String line : lines) {
            for (int number = 0; number < NAMES.size(); number++) {
                String name = NAMES.get(number);
                String[] columns = line.startsWith(name + " ")
                        ? line.substring(name.length()).strip().split("\\s+")
                        : new String[0];
                if (columns.length >= 2) {
                    values.put(number, value(columns[1]));
                }
            }
        }
        return new HardLimits(values);
    }

    private static long value(String text) {
        return text.equals("unlimited") ? INFINITY : Long.parseUnsignedLong(text);
    }

    /** -1 where there is none, or none is known. */
    public long of(int resource) {
        return values.getOrDefault(resource, INFINITY);
    }
}
