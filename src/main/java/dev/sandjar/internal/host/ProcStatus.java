package dev.sandjar.internal.host;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Reads files in the "Name: value" form of /proc/PID/status ({@code proc(5)}). */
final class ProcStatus {
    private ProcStatus() {}

    static Map<String, String> read(Path file) throws IOException {
        Map<String, String> values = new HashMap<>();
        // The name of a process may hold any byte.
        for (String line : BoundedReads.lines(file)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                values.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return values;
    }

    /** The n-th number of a line; 0 is the first. */
    static long number(Map<String, String> status, String name, int index) throws IOException {
        String[] words = status.getOrDefault(name, "").split("\\s+");
        if (index >= words.length || words[index].isEmpty()) {
            throw new IOException("/proc/self/status has no " + name + " line");
        }
        return Long.parseLong(words[index]);
    }

    /** All numbers of a line, none if it is empty or not there. */
    static Set<Long> numbers(Map<String, String> status, String name) {
        Set<Long> numbers = new HashSet<>();
        for (String word : status.getOrDefault(name, "").split("\\s+")) {
            if (!word.isEmpty()) {
                numbers.add(Long.parseLong(word));
            }
        }
        return numbers;
    }
}
