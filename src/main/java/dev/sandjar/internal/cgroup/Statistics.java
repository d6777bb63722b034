package dev.sandjar.internal.cgroup;

import dev.sandjar.internal.cgroup.GroupUsage.Disk;
import dev.sandjar.internal.cgroup.GroupUsage.Pressure;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Reads what groups say, during a run and at its end alike. */
public final class Statistics {
    private static final long NANOS_PER_MICRO = 1_000;

    private final Layout layout;
    private final Texts texts;

    private Statistics(Layout layout, Texts texts) {
        this.layout = layout;
        this.texts = texts;
    }

    /** The text of a file of the group in a hierarchy. */
    @FunctionalInterface
    public interface Texts {
        /** Null if the file isn't there or was not read. */
        @Nullable
        String get(int hierarchy, String file);
    }

    /** Never throws for what the texts hold: what makes no sense is left out. */
    public static GroupUsage parse(Layout layout, Texts texts) {
        return new Statistics(layout, texts).parse();
    }

    private GroupUsage parse() {
        boolean v2 = isV2(Controller.MEMORY);
        String stat = text(Controller.MEMORY, "memory.stat");
        String events = text(Controller.MEMORY, "memory.events");
        Long major = v2 ? Numbers.keyed(stat, "pgmajfault") : total(stat, "pgmajfault");
        Long faults = v2 ? Numbers.keyed(stat, "pgfault") : total(stat, "pgfault");
        CpuTexts.Time time = cpu();
        return new GroupUsage(
                time.userNanos(),
                time.systemNanos(),
                throttled(),
                number(Controller.MEMORY, v2 ? "memory.current" : "memory.usage_in_bytes"),
                number(Controller.MEMORY, v2 ? "memory.peak" : "memory.max_usage_in_bytes"),
                v2 ? Numbers.keyed(stat, "anon") : total(stat, "rss"),
                v2 ? Numbers.keyed(stat, "file") : total(stat, "cache"),
                v2 ? kernel(stat) : number(Controller.MEMORY, "memory.kmem.usage_in_bytes"),
                v2 ? Numbers.keyed(stat, "shmem") : total(stat, "shmem"),
                v2 ? number(Controller.MEMORY, "memory.swap.current") : total(stat, "swap"),
                v2 ? number(Controller.MEMORY, "memory.swap.peak") : null,
                Numbers.minus(faults, major),
                major,
                number(Controller.PIDS, "pids.current"),
                number(Controller.PIDS, "pids.peak"),
                disks(),
                pressure(),
                Numbers.keyed(events, "high"),
                v2 ? Numbers.keyed(events, "max") : failures(),
                Numbers.keyed(events, "oom"),
                Numbers.keyed(v2 ? events : text(Controller.MEMORY, "memory.oom_control"), "oom_kill"),
                Numbers.keyed(text(Controller.PIDS, "pids.events"), "max"));
    }

    private CpuTexts.Time cpu() {
        return isV2(Controller.CPUACCT)
                ? CpuTexts.v2(text(Controller.CPUACCT, "cpu.stat"))
                : CpuTexts.v1(
                        text(Controller.CPUACCT, "cpuacct.usage"),
                        text(Controller.CPUACCT, "cpuacct.usage_user"),
                        text(Controller.CPUACCT, "cpuacct.usage_sys"),
                        text(Controller.CPUACCT, "cpuacct.stat"));
    }

    /** Memory is charged to the sum with swap first; with a swap of 0 it is that which fails. */
    private @Nullable Long failures() {
        return Numbers.sum(
                number(Controller.MEMORY, "memory.failcnt"), number(Controller.MEMORY, "memory.memsw.failcnt"));
    }

    private @Nullable Long throttled() {
        String stat = text(Controller.CPU, "cpu.stat");
        return isV2(Controller.CPU)
                ? Numbers.times(Numbers.keyed(stat, "throttled_usec"), NANOS_PER_MICRO)
                : Numbers.keyed(stat, "throttled_time");
    }

    /** The sum of all kinds since Linux 5.18. */
    private static @Nullable Long kernel(@Nullable String stat) {
        Long all = Numbers.keyed(stat, "kernel");
        return all != null ? all : Numbers.sum(Numbers.keyed(stat, "kernel_stack"), Numbers.keyed(stat, "slab"));
    }

    /** v1 has a number for the group alone, and one with those below it. */
    private static @Nullable Long total(@Nullable String stat, String key) {
        Long all = Numbers.keyed(stat, "total_" + key);
        return all != null ? all : Numbers.keyed(stat, key);
    }

    private List<Disk> disks() {
        return isV2(Controller.IO)
                ? DiskTexts.v2(text(Controller.IO, "io.stat"))
                : DiskTexts.v1(
                        text(Controller.IO, "blkio.throttle.io_service_bytes"),
                        text(Controller.IO, "blkio.throttle.io_serviced"));
    }

    private Map<Controller, Pressure> pressure() {
        Map<Controller, Pressure> all = new EnumMap<>(Controller.class);
        if (layout.isV2()) {
            for (Controller controller : List.of(Controller.CPU, Controller.MEMORY, Controller.IO)) {
                Pressure one = PressureTexts.parse(texts.get(0, controller.label() + ".pressure"));
                if (one != null) {
                    all.put(controller, one);
                }
            }
        }
        return all;
    }

    private boolean isV2(Controller controller) {
        OptionalInt index = layout.of(controller);
        return index.isPresent() && layout.get(index.getAsInt()).isV2();
    }

    private @Nullable String text(Controller controller, String file) {
        OptionalInt index = layout.of(controller);
        return index.isEmpty() ? null : texts.get(index.getAsInt(), file);
    }

    private @Nullable Long number(Controller controller, String file) {
        return Numbers.sole(text(controller, file));
    }
}
