package dev.sandjar.internal.cgroup;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a start does in one hierarchy: a directory of its own, files to write, and how it ends.
 *
 * @param hierarchy index in the {@link Layout}
 * @param deferred not made by the start but by the first freeze; removed at the end like the others
 * @param writes in this order, before the program joins
 * @param joinFile where the program writes "0" to become a member, null if it doesn't
 * @param reads what the report at the end needs
 * @param onKill written before the processes are killed, best effort
 * @param cpu where CPU time can be polled, null if not in this group
 * @param oomWatch how an out-of-memory condition is learned of where the kernel doesn't kill the whole group, or null
 * @param deviceProgram to attach to the group before the program joins, v2 only, or null
 */
public record Group(
        int hierarchy,
        boolean deferred,
        List<Write> writes,
        @Nullable String joinFile,
        List<String> reads,
        List<Write> onKill,
        @Nullable Cpu cpu,
        @Nullable OomWatch oomWatch,
        @Nullable DeviceProgram deviceProgram) {
    public Group {
        writes = List.copyOf(writes);
        reads = List.copyOf(reads);
        onKill = List.copyOf(onKill);
    }
}
