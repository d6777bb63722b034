package dev.sandjar;

import java.util.List;

/** What of /proc and /sys speaks of the host, or to it. */
final class KernelPaths {
    static final List<String> MASKED = List.of(
            "/proc/acpi",
            "/proc/asound",
            "/proc/cmdline",
            "/proc/diskstats",
            "/proc/interrupts",
            "/proc/kallsyms",
            "/proc/kcore",
            "/proc/key-users",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/locks",
            "/proc/sched_debug",
            "/proc/scsi",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/sys/devices/virtual/powercap",
            "/sys/firmware");

    /** What these say of the kernel's memory is for the machine's root alone (mode 0400): nobody else needs a mask for that. */
    static final List<String> MASKED_FROM_ROOT = List.of(
            "/proc/allocinfo",
            "/proc/kpagecgroup",
            "/proc/kpagecount",
            "/proc/kpageflags",
            "/proc/pagetypeinfo",
            "/proc/slabinfo",
            "/proc/vmallocinfo");

    static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private KernelPaths() {}

    static boolean isOneOf(String path) {
        return MASKED.contains(path) || MASKED_FROM_ROOT.contains(path) || READ_ONLY.contains(path);
    }
}
