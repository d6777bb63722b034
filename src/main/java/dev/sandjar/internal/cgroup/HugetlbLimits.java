package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import dev.sandjar.Limits;

/** Huge pages by their size (cgroup-v2.rst "HugeTLB"). */
final class HugetlbLimits {
    private static final int KIB_BITS = 10;
    private static final int MIB_BITS = 20;
    private static final int GIB_BITS = 30;

    private HugetlbLimits() {}

    static void add(GroupsDraft draft, Limits limits) {
        GroupsDraft.Slot slot = limits.hugetlb().isEmpty() ? null : draft.need(Limit.HUGETLB, Controller.HUGETLB);
        if (slot == null) {
            return;
        }
        limits.hugetlb().forEach((page, max) -> {
            String size = size(page.toBytes());
            String file = "hugetlb." + size + (slot.isV2() ? ".max" : ".limit_in_bytes");
            if (slot.hierarchy().has(file)) {
                slot.write(Limit.HUGETLB, file, Long.toString(max.toBytes()));
            } else {
                draft.problem(
                        Limit.HUGETLB,
                        "the kernel has no huge pages of " + size,
                        "choose a size that /sys/kernel/mm/hugepages lists");
            }
        });
    }

    /** As in the names of the kernel's files. */
    static String size(long bytes) {
        return bytes >= 1L << GIB_BITS
                ? (bytes >> GIB_BITS) + "GB"
                : bytes >= 1L << MIB_BITS ? (bytes >> MIB_BITS) + "MB" : (bytes >> KIB_BITS) + "KB";
    }
}
