package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static dev.sandjar.testing.Refusals.refusesState;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.linux.DeviceRule;
import dev.sandjar.linux.IoLimit;
import dev.sandjar.linux.PressureResource;
import dev.sandjar.linux.PressureThreshold;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LimitsTest {
    private static final DataSize MIB = DataSize.mebibytes(1);
    private static final DataSize BYTE = DataSize.bytes(1);
    private static final DataSize ZERO = DataSize.bytes(0);
    private static final Path DISK = Path.of("/dev/sda");

    @Test
    void everyLimitCanBeRead() {
        Limits limits = Limits.none()
                .memory(DataSize.mebibytes(4))
                .memoryHigh(DataSize.mebibytes(3))
                .memoryLow(DataSize.mebibytes(2))
                .swap(MIB)
                .oomGroup(false)
                .cpus(1.5)
                .cpuWeight(50)
                .cpusetCpus(3, 1, 3)
                .cpusetMems(0)
                .pids(7)
                .ioWeight(200)
                .io(IoLimit.of(DISK).readBytes(MIB).writeOperations(5))
                .hugetlb(DataSize.mebibytes(2), DataSize.mebibytes(6))
                .devices(List.of(DeviceRule.character(1, 3, "rw")))
                .cgroupDepth(2)
                .cgroupDescendants(9);
        assertEquals(Optional.of(DataSize.mebibytes(4)), limits.memory());
        assertEquals(Optional.of(DataSize.mebibytes(3)), limits.memoryHigh());
        assertEquals(Optional.of(DataSize.mebibytes(2)), limits.memoryLow());
        assertEquals(Optional.of(MIB), limits.swap());
        assertEquals(Optional.of(false), limits.oomGroup());
        assertEquals(OptionalDouble.of(1.5), limits.cpus());
        assertEquals(OptionalInt.of(50), limits.cpuWeight());
        assertEquals(List.of(1, 3), limits.cpusetCpus());
        assertEquals(List.of(0), limits.cpusetMems());
        assertEquals(OptionalLong.of(7), limits.pids());
        assertEquals(OptionalInt.of(200), limits.ioWeight());
        assertEquals(List.of(IoLimit.of(DISK).readBytes(MIB).writeOperations(5)), limits.io());
        assertEquals(Map.of(DataSize.mebibytes(2), DataSize.mebibytes(6)), limits.hugetlb());
        assertEquals(Optional.of(List.of(DeviceRule.character(1, 3, "rw"))), limits.devices());
        assertEquals(OptionalInt.of(2), limits.cgroupDepth());
        assertEquals(OptionalInt.of(9), limits.cgroupDescendants());
    }

    @Test
    void nothingIsSetUnlessAsked() {
        assertTrue(Limits.none().isEmpty());
        assertEquals(Optional.empty(), Limits.none().devices());
        assertEquals(Optional.of(List.of()), Limits.none().devices(List.of()).devices());
        assertEquals("no limits", Limits.none().toString());
    }

    @Test
    void valuesAreNotChangedByLaterCalls() {
        Limits first = Limits.none().pids(3);
        Limits second = first.pids(4);
        assertEquals(OptionalLong.of(3), first.pids());
        assertEquals(OptionalLong.of(4), second.pids());
        assertNotEquals(first, second);
        assertEquals(first, Limits.none().pids(3));
        assertEquals(first.hashCode(), Limits.none().pids(3).hashCode());
        assertEquals("CPU limit 0.5, process limit 3", first.cpus(0.5).toString());
    }

    @Test
    void theEndsOfRangesAreAllowedAndNoMore() {
        Limits none = Limits.none();
        assertEquals(Optional.of(MIB), none.memory(MIB).memory());
        refuses(() -> none.memory(DataSize.bytes((1 << 20) - 1)), "1048575 B", "1 MiB or more");
        refuses(() -> none.memoryHigh(BYTE), "memoryHigh is 1 B", "1 MiB or more");
        assertEquals(Optional.of(ZERO), none.memoryLow(ZERO).swap(ZERO).swap());
        assertEquals(OptionalDouble.of(0.01), none.cpus(0.01).cpus());
        assertEquals(OptionalDouble.of(8192), none.cpus(8192).cpus());
        for (double wrong : new double[] {0.0099, 0, -1, 8192.1, Double.NaN, Double.POSITIVE_INFINITY}) {
            refuses(() -> none.cpus(wrong), String.valueOf(wrong), "0.01", "8192");
        }
        assertEquals(OptionalInt.of(10_000), none.cpuWeight(1).cpuWeight(10_000).cpuWeight());
        refuses(() -> none.cpuWeight(0), "CPU weight is 0", "1 to 10000");
        refuses(() -> none.ioWeight(10_001), "I/O weight is 10001", "1 to 10000");
        assertEquals(List.of(0, 8191), none.cpusetCpus(8191, 0).cpusetCpus());
        refuses(() -> none.cpusetCpus(new int[0]), "count", "is 0");
        refuses(() -> none.cpusetMems(0, -1), "memory node is -1");
        refuses(() -> none.cpusetCpus(8192), "8192", "8191");
        assertEquals(OptionalLong.of(4_194_304), none.pids(1).pids(4_194_304).pids());
        refuses(() -> none.pids(0), "process limit is 0");
        refuses(() -> none.pids(4_194_305), "4194305");
        refuses(() -> none.hugetlb(ZERO, MIB), "page size");
        assertEquals(OptionalInt.of(0), none.cgroupDepth(0).cgroupDepth());
        refuses(() -> none.cgroupDepth(-1), "cgroup depth");
        refuses(() -> none.cgroupDescendants(-1), "cgroup descendants");
    }

    @Test
    void eachSizeOfHugePagesIsALimitOfItsOwn() {
        DataSize small = DataSize.mebibytes(2);
        DataSize large = DataSize.gibibytes(1);
        Map<DataSize, DataSize> both = Map.of(small, MIB, large, BYTE);
        assertEquals(
                both, Limits.none().hugetlb(small, MIB).hugetlb(large, BYTE).hugetlb());
        SandboxBuilder builder =
                Sandbox.builder().limits(l -> l.hugetlb(small, MIB).hugetlb(large, BYTE));
        assertEquals(both, builder.build().limits().hugetlb());
        builder.limits(l -> l.hugetlb(large, ZERO));
        assertEquals(Map.of(small, MIB, large, ZERO), builder.build().limits().hugetlb());
        assertEquals(Map.of(), builder.without(Limit.HUGETLB).build().limits().hugetlb());
    }

    @Test
    void burstsNeedALimit() {
        assertEquals(
                Optional.of(Duration.ofMillis(20)),
                Limits.none().cpuBurst(Duration.ofMillis(20)).cpuBurst());
        assertEquals(
                Set.of(Limit.CPU_BURST), Limits.none().cpuBurst(Duration.ZERO).kinds());
        for (Duration bad : List.of(
                Duration.ofNanos(1),
                Duration.ofMillis(-1),
                Duration.ofHours(1).plusMillis(1),
                Duration.ofSeconds(Long.MAX_VALUE))) {
            refuses(() -> Limits.none().cpuBurst(bad), "CPU burst");
        }
        refusesState(
                () -> Sandbox.builder()
                        .limits(l -> l.cpuBurst(Duration.ofMillis(1)))
                        .build(),
                "cpuLimit");
        Sandbox.builder()
                .limits(l -> l.cpuBurst(Duration.ofMillis(1)))
                .cpuLimit(1)
                .build();
    }

    @Test
    void filesAreSetEachByItself() {
        Limits both = Limits.none().cgroupFile("memory.swappiness", "10").cgroupFile("memory.min", "1");
        assertEquals(Map.of("memory.min", "1", "memory.swappiness", "10"), both.cgroupFiles());
        SandboxBuilder builder = Sandbox.builder().limits(both).limits(l -> l.cgroupFile("memory.min", "2\n3"));
        assertEquals(
                Map.of("memory.min", "2\n3", "memory.swappiness", "10"),
                builder.build().limits().cgroupFiles());
        assertEquals(
                Map.of(), builder.without(Limit.CGROUP_FILES).build().limits().cgroupFiles());
        for (String bad : List.of(
                "",
                "memory",
                "memory.",
                "cgroup.procs",
                "cgroup.kill",
                "cgroup.subtree_control",
                "cgroup.event_control",
                "tasks",
                "release_agent",
                "notify_on_release",
                "devices.allow",
                "freezer.state",
                "perf_event.x",
                "../memory.x",
                "memory./../x",
                "memory.a\nb",
                "Memory.min")) {
            refuses(() -> Limits.none().cgroupFile(bad, "1"));
        }
        refuses(() -> Limits.none().cgroupFile("memory.max", "1"), "Limits.memory");
        refuses(() -> Limits.none().cgroupFile("cpu.cfs_quota_us", "1"), "Limits.cpus");
        refuses(() -> Limits.none().cgroupFile("hugetlb.2MB.max", "1"), "Limits.hugetlb");
        refuses(() -> Limits.none().cgroupFile("io.pressure", "1"), "onEvent");
        refuses(() -> Limits.none().cgroupFile("memory.min", ""));
        refuses(() -> Limits.none().cgroupFile("memory.min", "\n"));
        refuses(() -> Limits.none().cgroupFile("memory.min", "1\0"));
    }

    @Test
    void disksHaveNumbers() {
        IoLimit all = IoLimit.of(DISK)
                .readBytes(BYTE)
                .writeBytes(MIB)
                .readOperations(2)
                .writeOperations(3);
        assertEquals(DISK, all.device());
        assertEquals(Optional.of(BYTE), all.readBytes());
        assertEquals(Optional.of(MIB), all.writeBytes());
        assertEquals(OptionalLong.of(2), all.readOperations());
        assertEquals(OptionalLong.of(3), all.writeOperations());
        assertEquals(OptionalInt.empty(), all.weight());
        assertEquals("/dev/sda readBytes=1 B writeBytes=1 MiB readOperations=2 writeOperations=3", all.toString());
        assertEquals(Path.of("x").toAbsolutePath(), IoLimit.of(Path.of("x")).device());
        assertNotEquals(all, all.readOperations(4));
        IoLimit share = IoLimit.of(DISK).weight(10_000);
        assertEquals(OptionalInt.of(10_000), share.weight());
        assertEquals(List.of(share), Limits.none().io(share).io());
        assertEquals(
                OptionalInt.of(10_000), share.readBytes(MIB).writeOperations(1).weight());
        refuses(() -> IoLimit.of(DISK).weight(0), "I/O weight is 0");
        refuses(() -> IoLimit.of(DISK).weight(10_001), "I/O weight");
        refuses(() -> IoLimit.of(DISK).readBytes(ZERO), "bytes per second is 0");
        refuses(() -> IoLimit.of(DISK).writeOperations(0), "operations per second is 0");
        refuses(() -> Limits.none().io(all, IoLimit.of(DISK)), "/dev/sda", "limits nothing");
        assertThrows(NullPointerException.class, () -> Limits.none().io((IoLimit) null));
    }

    @Test
    void devicesAreNamedAsTheKernelDoes() {
        assertEquals("c 136:* rw", DeviceRule.character("rw").major(136).toString());
        assertEquals("b *:* m", DeviceRule.block("m").toString());
        assertEquals(DeviceRule.block(8, 0, "r"), DeviceRule.block(8, 0, "r"));
        assertNotEquals(DeviceRule.block(8, 0, "r"), DeviceRule.character(8, 0, "r"));
        for (String access : List.of("", "x", "wr", "rr", "rwmx")) {
            refuses(() -> DeviceRule.character(1, 3, access), "\"" + access + "\"", "rwm");
        }
        refuses(() -> DeviceRule.block(-1, 0, "r"), "major number", "-1");
        refuses(() -> DeviceRule.block(0, 1 << 20, "r"), "minor number", "1048576");
        assertEquals(
                Set.of("1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:1", "5:2", "136:*"),
                Set.copyOf(DeviceRule.standard().stream()
                        .map(rule -> rule.toString().split(" ")[1])
                        .toList()));
    }

    @Test
    void pressureHasAWindow() {
        Duration second = Duration.ofSeconds(1);
        PressureThreshold some = PressureThreshold.memory(Duration.ofMillis(100), second);
        assertEquals(
                new PressureThreshold(PressureResource.MEMORY, Duration.ofMillis(100), second, true), some.ofAll());
        assertEquals(PressureResource.CPU, PressureThreshold.cpu(second, second).resource());
        assertEquals(PressureResource.IO, PressureThreshold.io(second, second).resource());
        refuses(() -> PressureThreshold.io(second, Duration.ofMillis(499)), "window is PT0.499S", "PT0.5S");
        refuses(() -> PressureThreshold.io(second, Duration.ofSeconds(10).plusNanos(1)), "window", "PT10S");
        refuses(() -> PressureThreshold.io(second.plusNanos(1), second), "stall", "PT1S");
        refuses(() -> PressureThreshold.io(Duration.ZERO, second), "stall is PT0S");
        Duration endless = Duration.ofSeconds(Long.MAX_VALUE);
        refuses(() -> PressureThreshold.io(second, endless), "window");
        refuses(() -> PressureThreshold.io(endless, second), "stall");
        refuses(() -> PressureThreshold.io(endless.negated(), second), "stall");
    }

    @Test
    void everyLimitHasALabel() {
        assertEquals(
                Limit.values().length,
                Set.copyOf(List.of(Limit.values()).stream().map(Limit::label).toList())
                        .size());
    }
}
