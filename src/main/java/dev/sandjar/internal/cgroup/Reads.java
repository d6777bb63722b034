package dev.sandjar.internal.cgroup;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Which files tell what a group used. Each costs time at the end of every start, so the verdict's are kept apart. */
final class Reads {
    /** In every group of v2, whatever controllers there are. */
    private static final List<String> PRESSURE = List.of("cpu.pressure", "memory.pressure", "io.pressure");

    private Reads() {}

    /** For the report at the end: the verdict's files, with {@code details} all of them. */
    static List<String> of(Hierarchy hierarchy, Set<Controller> used, boolean details) {
        List<String> files = new ArrayList<>();
        for (Controller controller : Controller.values()) {
            if (used.contains(controller)) {
                add(files, hierarchy, hierarchy.isV2() ? verdictV2(controller) : verdictV1(hierarchy, controller));
                if (details) {
                    add(files, hierarchy, hierarchy.isV2() ? detailsV2(controller) : detailsV1(controller));
                }
            }
        }
        if (details && hierarchy.isV2()) {
            add(files, hierarchy, PRESSURE);
        }
        return files;
    }

    private static void add(List<String> files, Hierarchy hierarchy, List<String> names) {
        for (String name : names) {
            if (hierarchy.has(name) && !files.contains(name)) {
                files.add(name);
            }
        }
    }

    private static List<String> verdictV2(Controller controller) {
        return switch (controller) {
            case MEMORY -> List.of("memory.events", "memory.peak");
            case CPU, CPUACCT -> List.of("cpu.stat");
            case PIDS -> List.of("pids.peak", "pids.events");
            // Not the verdict's, but only groups of those who care about I/O have it.
            case IO -> List.of("io.stat");
            default -> List.of();
        };
    }

    private static List<String> detailsV2(Controller controller) {
        return switch (controller) {
            case MEMORY -> List.of("memory.current", "memory.stat", "memory.swap.current", "memory.swap.peak");
            case PIDS -> List.of("pids.current");
            default -> List.of();
        };
    }

    private static List<String> verdictV1(Hierarchy hierarchy, Controller controller) {
        return switch (controller) {
            case MEMORY ->
                List.of("memory.oom_control", "memory.failcnt", "memory.memsw.failcnt", "memory.max_usage_in_bytes");
            case CPU -> List.of("cpu.stat");
            case CPUACCT ->
                hierarchy.has("cpuacct.usage_user")
                        ? List.of("cpuacct.usage", "cpuacct.usage_user", "cpuacct.usage_sys")
                        : List.of("cpuacct.usage", "cpuacct.stat");
            case PIDS -> List.of("pids.peak", "pids.events");
            case IO -> List.of("blkio.throttle.io_service_bytes", "blkio.throttle.io_serviced");
            default -> List.of();
        };
    }

    private static List<String> detailsV1(Controller controller) {
        return switch (controller) {
            case MEMORY -> List.of("memory.usage_in_bytes", "memory.kmem.usage_in_bytes", "memory.stat");
            case PIDS -> List.of("pids.current");
            default -> List.of();
        };
    }
}
