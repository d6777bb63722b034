package dev.sandjar.internal.cgroup;

import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.Limits;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Memory and swap (Documentation/admin-guide/cgroup-v2.rst "Memory", cgroup-v1/memory.rst). */
final class MemoryLimits {
    static final String MEMSW = "memory.memsw.limit_in_bytes";

    static final String TCP = "memory.kmem.tcp.limit_in_bytes";

    /** Enough for a few streams at full speed. */
    private static final long TCP_LEAST = 16L << 20;

    private MemoryLimits() {}

    static void add(GroupsDraft draft, Limits limits) {
        limits.memory().ifPresent(max -> memory(draft, max.toBytes()));
        limits.memoryHigh().ifPresent(bytes -> high(draft, bytes.toBytes()));
        limits.memoryLow().ifPresent(bytes -> low(draft, bytes.toBytes()));
        swap(draft, bytes(limits.memory()), bytes(limits.swap()));
        limits.oomGroup().ifPresent(together -> oomGroup(draft, together));
    }

    private static @Nullable Long bytes(Optional<DataSize> size) {
        return size.isPresent() ? size.get().toBytes() : null;
    }

    private static void memory(GroupsDraft draft, long bytes) {
        GroupsDraft.Slot slot = draft.need(Limit.MEMORY, Controller.MEMORY);
        if (slot != null) {
            slot.write(Limit.MEMORY, slot.isV2() ? "memory.max" : "memory.limit_in_bytes", Long.toString(bytes));
            sockets(slot, bytes);
        }
    }

    /** Buffers of TCP and UDP: v2 counts them with the rest, v1 by themselves and only where there is a limit for them. */
    private static void sockets(GroupsDraft.Slot slot, long memory) {
        if (!slot.isV2() && slot.hierarchy().has(TCP)) {
            slot.write(Limit.MEMORY, TCP, Long.toString(Math.min(memory, Math.max(memory / 4, TCP_LEAST))));
        }
    }

    private static void high(GroupsDraft draft, long bytes) {
        GroupsDraft.Slot slot = draft.need(Limit.MEMORY_HIGH, Controller.MEMORY);
        if (slot == null) {
            return;
        }
        if (slot.isV2()) {
            slot.write(Limit.MEMORY_HIGH, "memory.high", Long.toString(bytes));
        } else {
            draft.problem(Limit.MEMORY_HIGH, "cgroup v1 can't throttle", "use cgroup v2, or memoryLimit alone");
        }
    }

    private static void low(GroupsDraft draft, long bytes) {
        GroupsDraft.Slot slot = draft.need(Limit.MEMORY_LOW, Controller.MEMORY);
        if (slot != null) {
            slot.write(
                    Limit.MEMORY_LOW, slot.isV2() ? "memory.low" : "memory.soft_limit_in_bytes", Long.toString(bytes));
        }
    }

    /** A limit on memory alone would be none: what is over it would be swapped out. So it brings a swap of 0. */
    private static void swap(GroupsDraft draft, @Nullable Long memory, @Nullable Long swap) {
        if (swap == null && memory == null) {
            return;
        }
        long bytes = swap == null ? 0 : swap;
        GroupsDraft.Slot slot = swap == null ? draft.use(Controller.MEMORY) : draft.need(Limit.SWAP, Controller.MEMORY);
        if (slot == null) {
            return;
        }
        String file = slot.isV2() ? "memory.swap.max" : MEMSW;
        if (!slot.hierarchy().has(file)) {
            if (swap != null || draft.layout().swapInUse()) {
                draft.problem(
                        Limit.SWAP,
                        "the kernel doesn't count swap by cgroup",
                        "boot with swapaccount=1, or turn swap off and leave the swap limit out");
            }
        } else if (slot.isV2()) {
            slot.write(Limit.SWAP, file, Long.toString(bytes));
        } else if (memory == null) {
            draft.problem(
                    Limit.SWAP,
                    "cgroup v1 limits swap only together with memory",
                    "set memoryLimit too, or use cgroup v2");
        } else {
            slot.write(Limit.SWAP, file, Long.toString(sum(memory, bytes)));
        }
    }

    static long sum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    private static void oomGroup(GroupsDraft draft, boolean together) {
        if (!together && !draft.layout().isV2()) {
            return;
        }
        GroupsDraft.Slot slot =
                together ? draft.need(Limit.OOM_GROUP, Controller.MEMORY) : draft.use(Controller.MEMORY);
        if (slot == null) {
            return;
        }
        if (slot.isV2()) {
            slot.write(Limit.OOM_GROUP, "memory.oom.group", together ? "1" : "0");
        } else if (slot.hierarchy().has("memory.oom_control")
                && slot.hierarchy().has("cgroup.event_control")) {
            slot.oomWatch(new OomWatch("memory.oom_control", "cgroup.event_control"));
        } else {
            draft.problem(
                    Limit.OOM_GROUP,
                    "this cgroup v1 doesn't tell when memory runs out",
                    "use cgroup v2, or memoryOomGroup(false)");
        }
    }
}
