package dev.sandjar.internal.process;

import dev.sandjar.DataSize;
import dev.sandjar.LimitHits;
import dev.sandjar.MemoryUsage;
import dev.sandjar.ResourceUsage;
import dev.sandjar.internal.cgroup.Controller;
import dev.sandjar.internal.cgroup.GroupUsage;
import dev.sandjar.internal.protocol.Event;
import dev.sandjar.linux.DeviceIo;
import dev.sandjar.linux.Pressure;
import dev.sandjar.linux.PressureResource;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Puts together what cgroups, {@code getrusage(2)} and /proc/net/dev say. */
final class Usages {
    private static final Event.Usage NOTHING = new Event.Usage(0, 0, 0, 0, 0, 0, 0, 0, 0);
    private static final long MICRO = 1_000;

    private Usages() {}

    /** At the end; {@code group} is null without a cgroup. */
    static ResourceUsage last(Event.Exited end, @Nullable GroupUsage group) {
        return of(end.usage(), end.wallNanos(), group, end.network(), Optional.of(resident(end.usage())));
    }

    /** While it runs. */
    static ResourceUsage now(long wallNanos, @Nullable GroupUsage group, String network) {
        return of(NOTHING, wallNanos, group, network, Optional.empty());
    }

    private static DataSize resident(Event.Usage usage) {
        return DataSize.kibibytes(usage.peakKibibytes());
    }

    private static ResourceUsage of(
            Event.Usage rusage,
            long wallNanos,
            @Nullable GroupUsage group,
            String network,
            Optional<DataSize> resident) {
        Long user = group == null ? null : group.userNanos();
        Long system = group == null ? null : group.systemNanos();
        boolean counted = user != null && system != null;
        return new ResourceUsage(
                counted ? ResourceUsage.Source.CGROUP : ResourceUsage.Source.RUSAGE,
                Duration.ofNanos(counted ? or(user, 0) : rusage.userMicros() * MICRO),
                Duration.ofNanos(counted ? or(system, 0) : rusage.systemMicros() * MICRO),
                Duration.ofNanos(wallNanos),
                Duration.ofNanos(group == null ? 0 : or(group.throttledNanos(), 0)),
                memory(group),
                resident,
                group == null ? OptionalLong.empty() : optional(group.processes()),
                group == null ? OptionalLong.empty() : optional(group.peakProcesses()),
                io(group),
                NetworkDevices.parse(network),
                pressure(group),
                hits(group),
                group == null ? rusage.minorFaults() : or(group.minorFaults(), rusage.minorFaults()),
                group == null ? rusage.majorFaults() : or(group.majorFaults(), rusage.majorFaults()),
                rusage.blocksRead(),
                rusage.blocksWritten(),
                rusage.voluntarySwitches(),
                rusage.involuntarySwitches());
    }

    private static OptionalLong optional(@Nullable Long known) {
        return known == null ? OptionalLong.empty() : OptionalLong.of(known);
    }

    private static long or(@Nullable Long known, long otherwise) {
        return known == null ? otherwise : known;
    }

    private static MemoryUsage memory(@Nullable GroupUsage group) {
        return group == null
                ? new MemoryUsage(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty())
                : new MemoryUsage(
                        size(group.memoryCurrent()),
                        size(group.memoryPeak()),
                        size(group.anon()),
                        size(group.file()),
                        size(group.kernel()),
                        size(group.shmem()),
                        size(group.swap()));
    }

    private static Optional<DataSize> size(@Nullable Long bytes) {
        return bytes == null || bytes < 0 ? Optional.empty() : Optional.of(DataSize.bytes(bytes));
    }

    private static List<DeviceIo> io(@Nullable GroupUsage group) {
        return group == null
                ? List.of()
                : group.io().stream()
                        .map(disk -> new DeviceIo(
                                disk.major(),
                                disk.minor(),
                                disk.readBytes(),
                                disk.writtenBytes(),
                                disk.readOperations(),
                                disk.writeOperations()))
                        .toList();
    }

    private static Map<PressureResource, Pressure> pressure(@Nullable GroupUsage group) {
        Map<PressureResource, Pressure> all = new EnumMap<>(PressureResource.class);
        if (group != null) {
            put(all, PressureResource.CPU, group.pressure().get(Controller.CPU));
            put(all, PressureResource.MEMORY, group.pressure().get(Controller.MEMORY));
            put(all, PressureResource.IO, group.pressure().get(Controller.IO));
        }
        return all;
    }

    private static void put(
            Map<PressureResource, Pressure> all, PressureResource resource, GroupUsage.@Nullable Pressure told) {
        if (told != null) {
            GroupUsage.Stall full = told.full();
            all.put(
                    resource,
                    new Pressure(
                            Duration.ofNanos(told.some().totalNanos()),
                            Duration.ofNanos(full == null ? 0 : full.totalNanos()),
                            told.some().avg10(),
                            told.some().avg60(),
                            told.some().avg300()));
        }
    }

    private static LimitHits hits(@Nullable GroupUsage group) {
        return group == null
                ? new LimitHits(0, 0, 0, 0, 0)
                : new LimitHits(
                        or(group.memoryHigh(), 0),
                        or(group.memoryMax(), 0),
                        or(group.oom(), 0),
                        or(group.oomKill(), 0),
                        or(group.pidsMax(), 0));
    }
}
