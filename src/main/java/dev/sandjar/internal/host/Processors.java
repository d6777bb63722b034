package dev.sandjar.internal.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The CPUs that this process may use, given out in turns, so that sandboxes of few processors don't all meet on the same. */
public final class Processors {
    private static final AtomicInteger NEXT = new AtomicInteger();

    private Processors() {}

    /** So many different ones, or all if there are fewer. */
    public static List<Integer> choose(int count) {
        List<Integer> allowed = allowed();
        List<Integer> chosen = new ArrayList<>();
        int first = NEXT.getAndAdd(count);
        for (int i = 0; i < Math.min(count, allowed.size()); i++) {
            chosen.add(allowed.get(Math.floorMod(first + i, allowed.size())));
        }
        return chosen.stream().sorted().toList();
    }

    /** Those of the machine, for people. */
    public static String online() {
        List<String> lines = HostFiles.ofThisHost().lines("/sys/devices/system/cpu/online");
        return lines.isEmpty()
                ? Runtime.getRuntime().availableProcessors() + " CPUs"
                : "CPUs " + lines.get(0).strip();
    }

    /** Those of the machine; none where it does not say. */
    public static List<Integer> numbers() {
        List<String> lines = HostFiles.ofThisHost().lines("/sys/devices/system/cpu/online");
        return lines.isEmpty() ? List.of() : parse(lines.get(0));
    }

    /** Of the machine, for people. */
    public static String memoryNodes() {
        List<String> lines = HostFiles.ofThisHost().lines("/sys/devices/system/node/online");
        return lines.isEmpty()
                ? "no memory nodes"
                : "memory nodes " + lines.get(0).strip();
    }

    private static List<Integer> allowed() {
        try {
            return parse(ProcStatus.read(Path.of("/proc/self/status")).getOrDefault("Cpus_allowed_list", "0"));
        } catch (IOException e) {
            throw new UncheckedIOException("the CPUs of this process can't be read", e);
        }
    }

    /** The "List format" of {@code cpuset(7)}: 0-2,5. */
    public static List<Integer> parse(String list) {
        List<Integer> numbers = new ArrayList<>();
        for (String part : list.split(",")) {
            String[] ends = part.strip().split("-");
            int last = Integer.parseInt(ends[ends.length - 1]);
            for (int cpu = Integer.parseInt(ends[0]); cpu <= last; cpu++) {
                numbers.add(cpu);
            }
        }
        return numbers;
    }
}
