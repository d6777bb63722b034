package dev.sandjar.internal.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.linux.DeviceRule;
import dev.sandjar.linux.IoLimit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupsTest {
    private static final Layout V1 = Trees.layout("v1-hybrid");
    private static final Layout V2 = Trees.layout("v2-dev-service");
    private static final DeviceNumbers DISK = path -> new DeviceNumber(8, 16);

    private static Groups groups(Limits limits, Layout layout) {
        return Groups.of(limits, false, false, layout, DISK);
    }

    /** Without problems, as "controllers: file=text". */
    private static List<String> writes(Limits limits, Layout layout) {
        Groups groups = groups(limits, layout);
        assertEquals(List.of(), groups.problems());
        List<String> all = new ArrayList<>();
        for (Group group : groups.groups()) {
            group.writes().forEach(w -> all.add(w.file() + "=" + w.text()));
        }
        return all;
    }

    private static Set<Limit> refused(Limits limits, Layout layout) {
        Groups groups = groups(limits, layout);
        groups.problems()
                .forEach(p -> assertFalse(p.reason().isEmpty() || p.remedy().isEmpty(), p::toString));
        return Set.copyOf(groups.problems().stream().map(Problem::limit).toList());
    }

    private static Group with(Groups groups, Layout layout, Controller controller) {
        int index = layout.of(controller).orElseThrow();
        return groups.groups().stream()
                .filter(g -> g.hierarchy() == index)
                .findFirst()
                .orElseThrow();
    }

    /** Who limits I/O is told of it at the end, without asking for accounting. */
    @Test
    void anIoLimitBringsItsNumbers() {
        Limits limits = Limits.none().ioWeight(50);
        Layout v2 = new Layout(List.of(new Hierarchy(2, Set.of(Controller.IO), Set.of("io.weight", "io.stat"))));
        assertTrue(with(groups(limits, v2), v2, Controller.IO).reads().contains("io.stat"));
        Layout v1 = new Layout(List.of(new Hierarchy(
                1,
                Set.of(Controller.IO),
                Set.of("blkio.weight", "blkio.throttle.io_service_bytes", "blkio.throttle.io_serviced"))));
        assertEquals(
                List.of("blkio.throttle.io_service_bytes", "blkio.throttle.io_serviced"),
                with(groups(limits, v1), v1, Controller.IO).reads());
    }

    @Test
    void noLimitNeedsNoGroup() {
        assertEquals(List.of(), groups(Limits.none(), V1).groups());
        assertEquals(List.of(), groups(Limits.none(), V2).groups());
    }

    @Test
    void memoryBringsASwapOfZero() {
        Limits limits = Limits.none().memory(DataSize.mebibytes(1));
        assertEquals(
                List.of("memory.limit_in_bytes=1048576", "memory.memsw.limit_in_bytes=1048576"), writes(limits, V1));
        assertEquals(List.of("memory.max=1048576", "memory.swap.max=0"), writes(limits, V2));
    }

    @Test
    void swapOfV1IsLimitedWithMemory() {
        Limits limits = Limits.none().memory(DataSize.mebibytes(100)).swap(DataSize.bytes(11));
        assertEquals(
                List.of("memory.limit_in_bytes=104857600", "memory.memsw.limit_in_bytes=104857611"),
                writes(limits, V1));
        assertEquals(List.of("memory.max=104857600", "memory.swap.max=11"), writes(limits, V2));
        Limits endless = Limits.none().memory(DataSize.mebibytes(5)).swap(DataSize.bytes(Long.MAX_VALUE));
        assertTrue(writes(endless, V1).contains("memory.memsw.limit_in_bytes=" + Long.MAX_VALUE));
        Limits alone = Limits.none().swap(DataSize.bytes(11));
        assertEquals(Set.of(Limit.SWAP), refused(alone, V1));
        assertEquals(List.of("memory.swap.max=11"), writes(alone, V2));
    }

    @Test
    void swapThatIsNotCountedMattersIfThereIsAnyOrTheCallerSaysSo() {
        Hierarchy memory = new Hierarchy(1, Set.of(Controller.MEMORY), Set.of("memory.limit_in_bytes"));
        Limits implied = Limits.none().memory(DataSize.mebibytes(100));
        assertEquals(List.of("memory.limit_in_bytes=104857600"), writes(implied, new Layout(List.of(memory), false)));
        assertEquals(Set.of(Limit.SWAP), refused(implied, new Layout(List.of(memory), true)));
        Limits said = Limits.none().memory(DataSize.mebibytes(100)).swap(DataSize.bytes(0));
        assertEquals(Set.of(Limit.SWAP), refused(said, new Layout(List.of(memory), false)));
    }

    @Test
    void highIsForV2Alone() {
        Limits limits = Limits.none().memoryHigh(DataSize.mebibytes(100)).memoryLow(DataSize.bytes(50));
        assertEquals(Set.of(Limit.MEMORY_HIGH), refused(limits, V1));
        assertEquals(List.of("memory.high=104857600", "memory.low=50"), writes(limits, V2));
        Limits low = Limits.none().memoryLow(DataSize.bytes(50));
        assertEquals(List.of("memory.soft_limit_in_bytes=50"), writes(low, V1));
    }

    @Test
    void v1WatchesForWhatV2DoesItself() {
        Limits limits = Limits.none().oomGroup(true);
        Group group = with(groups(limits, V1), V1, Controller.MEMORY);
        assertEquals(new OomWatch("memory.oom_control", "cgroup.event_control"), group.oomWatch());
        assertEquals(List.of(), writes(limits, V1));
        assertEquals(List.of("memory.oom.group=1"), writes(limits, V2));
        assertNull(groups(limits, V2).groups().get(0).oomWatch());
        Limits off = Limits.none().oomGroup(false);
        assertEquals(List.of("memory.oom.group=0"), writes(off, V2));
        assertEquals(Set.of(), refused(off, Trees.layout("v1-hybrid")));
    }

    @ParameterizedTest
    @CsvSource({
        "1.0,100000,100000",
        "0.25,25000,100000",
        "1.5,150000,100000",
        "0.01,1000,100000",
        "4096,409600000,100000"
    })
    void quotasAreForATenthOfASecond(double cores, long quota, long period) {
        Limits limits = Limits.none().cpus(cores);
        assertEquals(List.of("cpu.max=" + quota + " " + period), writes(limits, V2));
        assertEquals(List.of("cpu.cfs_period_us=" + period, "cpu.cfs_quota_us=" + quota), writes(limits, V1));
    }

    /** Below what callers may ask for. */
    @ParameterizedTest
    @CsvSource({"0.01,1000,100000", "0.005,1000,200000", "0.001,1000,1000000", "0.0001,1000,1000000"})
    void quotasAreNeverSmallerThanTheKernelTakes(double cores, long quota, long period) {
        assertEquals(new CpuLimits.Quota(quota, period), CpuLimits.Quota.of(cores));
    }

    @ParameterizedTest
    @CsvSource({"100,1024", "1,10", "10000,102400", "50,512"})
    void weightsAreConvertedAsTheKernelDoes(int weight, long shares) {
        Limits limits = Limits.none().cpuWeight(weight);
        assertEquals(List.of("cpu.shares=" + shares), writes(limits, V1));
        assertEquals(List.of("cpu.weight=" + weight), writes(limits, V2));
    }

    @Test
    void v1NeedsBothSetsAndTakesTheOtherFromAbove() {
        Limits cpus = Limits.none().cpusetCpus(1, 0, 1);
        assertEquals(List.of("cpuset.cpus=0,1", "cpuset.mems=0"), writes(cpus, V1));
        assertEquals(List.of("cpuset.cpus=0,1"), writes(cpus, V2));
        Limits mems = Limits.none().cpusetMems(0);
        assertEquals(List.of("cpuset.cpus=0-1", "cpuset.mems=0"), writes(mems, V1));
        Layout unknown =
                new Layout(List.of(new Hierarchy(1, Set.of(Controller.CPUSET), Set.of("cpuset.cpus", "cpuset.mems"))));
        assertEquals(Set.of(Limit.CPUSET_CPUS), refused(cpus, unknown));
        Limits absent = Limits.none().cpusetCpus(99, 1);
        assertEquals(Set.of(Limit.CPUSET_CPUS), refused(absent, V1));
        Layout v2 = new Layout(List.of(new Hierarchy(2, Set.of(Controller.CPUSET), Set.of("cpuset.cpus"), "0-1", "0")));
        assertEquals(List.of("cpuset.cpus=1,99"), writes(absent, v2));
        assertEquals(Set.of(Limit.CPUSET_CPUS), refused(Limits.none().cpusetCpus(99), v2));
    }

    @Test
    void disksAreThrottledByNumber() {
        IoLimit limit =
                IoLimit.of(Path.of("/data")).readBytes(DataSize.bytes(1000)).writeOperations(20);
        Limits limits = Limits.none().io(limit);
        assertEquals(List.of("io.max=8:16 rbps=1000 wiops=20"), writes(limits, V2));
        assertEquals(
                List.of("blkio.throttle.read_bps_device=8:16 1000", "blkio.throttle.write_iops_device=8:16 20"),
                writes(limits, V1));
        Groups none = Groups.of(limits, false, false, V2, Trees.NO_DEVICES);
        assertEquals(Limit.IO, none.problems().get(0).limit());
        Groups broken = Groups.of(limits, false, false, V2, path -> {
            throw new IOException("gone");
        });
        assertTrue(broken.problems().get(0).reason().contains("gone"));
    }

    @Test
    void diskWeightsGoWhereTheSchedulerLooks() {
        Limits limits = Limits.none().ioWeight(200);
        assertEquals(List.of("io.weight=default 200"), writes(limits, V2));
        assertEquals(List.of("blkio.bfq.weight=200"), writes(limits, V1));
        assertEquals(Set.of(Limit.IO_WEIGHT), refused(Limits.none().ioWeight(2000), V1));
        Layout both =
                new Layout(List.of(new Hierarchy(2, Set.of(Controller.IO), Set.of("io.weight", "io.bfq.weight"))));
        assertEquals(List.of("io.weight=default 200", "io.bfq.weight=default 200"), writes(limits, both));
        Layout none = new Layout(List.of(new Hierarchy(2, Set.of(Controller.IO), Set.of("io.stat"))));
        assertEquals(Set.of(Limit.IO_WEIGHT), refused(limits, none));
    }

    @Test
    void aWeightAsTheOldVersionCountsIsTakenAsItIs() {
        Limits limits = Limits.none().cgroupFile("blkio.weight", "500");
        Layout cfq = new Layout(List.of(new Hierarchy(1, Set.of(Controller.IO), Set.of("blkio.weight"))));
        assertEquals(List.of("blkio.weight=500"), writes(limits, cfq));
        assertEquals(List.of("blkio.bfq.weight=500"), writes(limits, V1));
        assertEquals(List.of("io.weight=default 4950"), writes(limits, V2));
        Layout bfq = new Layout(List.of(new Hierarchy(2, Set.of(Controller.IO), Set.of("io.bfq.weight"))));
        assertEquals(List.of("io.bfq.weight=default 500"), writes(limits, bfq));
        Layout none =
                new Layout(List.of(new Hierarchy(1, Set.of(Controller.IO), Set.of("blkio.throttle.io_serviced"))));
        assertEquals(Set.of(Limit.IO_WEIGHT), refused(limits, none));
    }

    @Test
    void theWeightOfOneDiskGoesWhereItsSchedulerLooks() {
        Limits limits = Limits.none().io(IoLimit.of(Path.of("/data")).weight(200));
        Layout v2 = new Layout(List.of(
                new Hierarchy(2, Set.of(Controller.IO), Set.of("io.weight", "io.bfq.weight", "io.max", "io.stat"))));
        Layout v1 = new Layout(List.of(new Hierarchy(
                1,
                Set.of(Controller.IO),
                Set.of("blkio.bfq.weight_device", "blkio.bfq.weight", "blkio.weight_device"))));
        Layout none = new Layout(List.of(new Hierarchy(2, Set.of(Controller.IO), Set.of("io.stat"))));
        assertEquals(List.of("io.bfq.weight=8:16 200"), written(limits, v2, "bfq"));
        assertEquals(List.of("io.weight=8:16 200"), written(limits, v2, "mq-deadline"));
        assertEquals(List.of("blkio.bfq.weight_device=8:16 200"), written(limits, v1, "bfq"));
        assertEquals(List.of("blkio.weight_device=8:16 1000"), written(limits, v1, "cfq"));
        Limits heavy = Limits.none().io(IoLimit.of(Path.of("/data")).weight(2000));
        assertEquals(List.of("io.weight=8:16 2000"), written(heavy, v2, "none"));
        assertEquals(List.of(), written(heavy, v2, "bfq"));
        assertEquals(
                Set.of(Limit.IO),
                Set.copyOf(Groups.of(limits, false, false, none, scheduledBy("none")).problems().stream()
                        .map(Problem::limit)
                        .toList()));
    }

    @Test
    void theWeightOfOneDiskAsTheOldVersionCountsIsTakenAsItIs() {
        Limits limits = Limits.none().cgroupFile("blkio.weight_device", "8:16 300");
        Layout v1 = new Layout(List.of(
                new Hierarchy(1, Set.of(Controller.IO), Set.of("blkio.bfq.weight_device", "blkio.weight_device"))));
        Layout v2 = new Layout(
                List.of(new Hierarchy(2, Set.of(Controller.IO), Set.of("io.weight", "io.bfq.weight", "io.stat"))));
        assertEquals(List.of("blkio.weight_device=8:16 300"), written(limits, v1, "cfq"));
        assertEquals(List.of("blkio.bfq.weight_device=8:16 300"), written(limits, v1, "bfq"));
        assertEquals(List.of("io.bfq.weight=8:16 300"), written(limits, v2, "bfq"));
        assertEquals(List.of("io.weight=8:16 2930"), written(limits, v2, "mq-deadline"));
        Layout none = new Layout(List.of(new Hierarchy(2, Set.of(Controller.IO), Set.of("io.stat"))));
        assertEquals(
                Set.of(Limit.IO),
                Set.copyOf(Groups.of(limits, false, false, none, scheduledBy("none")).problems().stream()
                        .map(Problem::limit)
                        .toList()));
        for (String text : List.of("8:16", "8:16 9", "8:16 1001", "8:16 300 ", "8:16 300\n9:1", "default 300")) {
            assertThrows(
                    IllegalArgumentException.class, () -> Limits.none().cgroupFile("blkio.weight_device", text), text);
        }
    }

    private static List<String> written(Limits limits, Layout layout, String scheduler) {
        return Groups.of(limits, false, false, layout, scheduledBy(scheduler)).groups().stream()
                .flatMap(group -> group.writes().stream())
                .map(write -> write.file() + "=" + write.text())
                .toList();
    }

    private static DeviceNumbers scheduledBy(String scheduler) {
        return new DeviceNumbers() {
            @Override
            public DeviceNumber of(Path path) {
                return new DeviceNumber(8, 16);
            }

            @Override
            public String schedulerOf(DeviceNumber disk) {
                return scheduler;
            }
        };
    }

    @Test
    void burstsAndNamedFiles() {
        Limits burst = Limits.none().cpus(0.5).cpuBurst(Duration.ofMillis(20));
        Layout v2 = new Layout(List.of(new Hierarchy(
                2, Set.of(Controller.CPU, Controller.MEMORY), Set.of("cpu.max", "cpu.max.burst", "memory.min"))));
        assertEquals(List.of("cpu.max=50000 100000", "cpu.max.burst=20000"), writes(burst, v2));
        Layout v1 = new Layout(List.of(new Hierarchy(
                1,
                Set.of(Controller.CPU, Controller.MEMORY, Controller.NET_PRIO),
                Set.of(
                        "cpu.cfs_quota_us",
                        "cpu.cfs_period_us",
                        "cpu.cfs_burst_us",
                        "memory.swappiness",
                        "net_prio.ifpriomap"))));
        assertEquals(
                List.of("cpu.cfs_period_us=100000", "cpu.cfs_quota_us=50000", "cpu.cfs_burst_us=20000"),
                writes(burst, v1));
        Layout old = new Layout(List.of(new Hierarchy(2, Set.of(Controller.CPU), Set.of("cpu.max"))));
        assertEquals(Set.of(Limit.CPU_BURST), refused(burst, old));
        Limits files =
                Limits.none().cgroupFile("memory.swappiness", "0").cgroupFile("net_prio.ifpriomap", "eth0 1\nlo 2");
        assertEquals(
                List.of("memory.swappiness=0", "net_prio.ifpriomap=eth0 1", "net_prio.ifpriomap=lo 2"),
                writes(files, v1));
        assertEquals(Set.of(Limit.CGROUP_FILES), refused(files, v2));
        assertEquals(Set.of(Limit.CGROUP_FILES), refused(files, Layout.none()));
        assertEquals(List.of("memory.min=1"), writes(Limits.none().cgroupFile("memory.min", "1"), v2));
        assertEquals(Set.of(Limit.CGROUP_FILES), refused(Limits.none().cgroupFile("rdma.max", "x"), v2));
    }

    @Test
    void chosenPathsAreInEveryHierarchy() {
        List<Hierarchy> hierarchies = List.of(
                new Hierarchy(1, Set.of(Controller.CPUSET), Set.of("cpuset.cpus", "cpuset.mems"), "0-3", "0"),
                new Hierarchy(1, Set.of(Controller.FREEZER), Set.of("freezer.state")));
        Layout root = new Layout(hierarchies);
        ChosenPath relative = ChosenPath.of(new CgroupPath(false, List.of("a", "b")));
        Layout inRoot = relative.inRoot(root);
        assertEquals(
                List.of(
                        new Place("", "named/a/b", List.of("cpuset.cpus", "0-3", "cpuset.mems", "0")),
                        new Place("", "named/a/b", List.of())),
                inRoot.places());
        assertEquals(
                List.of(), Groups.of(Limits.none(), false, false, root, DISK).groups());
        List<Group> groups =
                Groups.of(Limits.none(), false, false, inRoot, DISK).groups();
        assertEquals(2, groups.size());
        assertEquals(
                List.of("tasks", "tasks"), groups.stream().map(Group::joinFile).toList());
        assertEquals(List.of("cpuset.cpus=0-3", "cpuset.mems=0"), writes(Limits.none(), inRoot));
        Limits one = Limits.none().cpusetCpus(1);
        assertEquals(List.of("cpuset.cpus=1", "cpuset.mems=0"), writes(one, inRoot));
        Layout v2 = ChosenPath.of(new CgroupPath(true, List.of("a")))
                .at(
                        new Layout(List.of(new Hierarchy(
                                2,
                                Set.of(Controller.PIDS, Controller.MEMORY, Controller.FREEZER, Controller.CPUACCT),
                                Set.of()))),
                        List.of(Path.of("/sys/fs/cgroup")));
        assertEquals(
                List.of(new Place("/sys/fs/cgroup", "a", List.of("cgroup.subtree_control", "+memory +pids"))),
                v2.places());
    }

    @Test
    void hugePagesAreNamedAsTheKernelDoes() {
        Layout v2 = new Layout(
                List.of(new Hierarchy(2, Set.of(Controller.HUGETLB), Set.of("hugetlb.2MB.max", "hugetlb.1GB.max"))));
        assertEquals(
                List.of("hugetlb.2MB.max=4194304"),
                writes(Limits.none().hugetlb(DataSize.bytes(2 << 20), DataSize.bytes(4 << 20)), v2));
        assertEquals(
                List.of("hugetlb.1GB.max=0"),
                writes(Limits.none().hugetlb(DataSize.bytes(1 << 30), DataSize.bytes(0)), v2));
        assertEquals(
                Set.of(Limit.HUGETLB), refused(Limits.none().hugetlb(DataSize.bytes(64 << 10), DataSize.bytes(0)), v2));
        assertEquals("64KB", HugetlbLimits.size(64 << 10));
    }

    @Test
    void devicesAreDeniedFirst() {
        Limits limits = Limits.none()
                .devices(List.of(
                        DeviceRule.character(1, 3, "rwm"),
                        DeviceRule.block("r").major(8),
                        DeviceRule.block("m"),
                        DeviceRule.character("m")));
        assertEquals(
                List.of(
                        "devices.deny=a",
                        "devices.allow=c 1:3 rwm",
                        "devices.allow=b 8:* r",
                        "devices.allow=b *:* m",
                        "devices.allow=c *:* m"),
                writes(limits, V1));
        assertEquals(Set.of(Limit.DEVICES), refused(limits, V2));
        Layout root = new Layout(List.of(new Hierarchy(2, Set.of(Controller.DEVICES), Set.of())));
        assertNotNull(groups(limits, root).groups().get(0).deviceProgram());
    }

    @Test
    void nestingIsForV2Alone() {
        Limits limits = Limits.none().cgroupDepth(2).cgroupDescendants(0);
        assertEquals(List.of("cgroup.max.depth=2", "cgroup.max.descendants=0"), writes(limits, V2));
        assertEquals(Set.of(Limit.CGROUP_DEPTH, Limit.CGROUP_DESCENDANTS), refused(limits, V1));
        assertEquals(Set.of(Limit.CGROUP_DEPTH, Limit.CGROUP_DESCENDANTS), refused(limits, Layout.none()));
    }

    @Test
    void whatTheLayoutLacksIsAProblem() {
        Limits limits = Limits.none().memory(DataSize.mebibytes(1)).pids(2).cpus(1.0);
        assertEquals(Set.of(Limit.MEMORY, Limit.PIDS, Limit.CPU), refused(limits, Layout.none()));
        assertEquals(Set.of(Limit.IO_WEIGHT), refused(Limits.none().ioWeight(10), Trees.layout("v2-dev-scope")));
        assertEquals(
                Limit.CPU_TIME,
                Groups.of(Limits.none(), false, true, Layout.none(), DISK)
                        .problems()
                        .get(0)
                        .limit());
        assertEquals(
                List.of(),
                Groups.of(Limits.none(), true, false, Layout.none(), DISK).problems());
    }

    @Test
    void v1GetsOnlyTheHierarchiesThatItNeeds() {
        Groups groups = groups(Limits.none().pids(7), V1);
        Group pids = with(groups, V1, Controller.PIDS);
        assertEquals("tasks", pids.joinFile());
        assertEquals(List.of("pids.peak", "pids.events"), pids.reads());
        Group time = with(groups, V1, Controller.CPUACCT);
        assertEquals(new Cpu("cpuacct.usage", "", 1), time.cpu());
        Group freezer = with(groups, V1, Controller.FREEZER);
        assertTrue(freezer.deferred());
        assertNull(freezer.joinFile());
        assertEquals(List.of(), freezer.reads());
        assertEquals("freezer.state", freezer.onKill().get(0).file());
        assertEquals(3, groups.groups().size());
    }

    @Test
    void v2HasOneGroupForAll() {
        Groups groups = groups(Limits.none().pids(7).memory(DataSize.mebibytes(5)), V2);
        assertEquals(1, groups.groups().size());
        Group group = groups.groups().get(0);
        assertFalse(group.deferred());
        assertEquals("cgroup.procs", group.joinFile());
        assertEquals(new Cpu("cpu.stat", "usage_usec", 1000), group.cpu());
        assertEquals(List.of("memory.events", "memory.peak", "cpu.stat", "pids.peak", "pids.events"), group.reads());
        assertEquals(
                new Write("cgroup.kill", "1", null, "cgroup v2 cgroup.kill"),
                group.onKill().get(0));
    }

    @Test
    void accountingReadsMore() {
        Groups v2 = Groups.of(Limits.none(), true, false, V2, DISK);
        assertTrue(v2.groups().get(0).reads().containsAll(List.of("memory.stat", "io.stat", "cpu.pressure")));
        Groups v1 = Groups.of(Limits.none(), true, false, V1, DISK);
        assertTrue(with(v1, V1, Controller.MEMORY).reads().contains("memory.stat"));
        assertTrue(with(v1, V1, Controller.IO).reads().contains("blkio.throttle.io_serviced"));
    }

    @Test
    void controllersMountedTogetherShareAGroup() {
        Layout layout = new Layout(List.of(new Hierarchy(
                1,
                Set.of(Controller.CPU, Controller.CPUACCT, Controller.FREEZER),
                Set.of("cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.stat", "cpuacct.usage", "freezer.state"))));
        List<Group> groups = groups(Limits.none().cpus(1.0), layout).groups();
        assertEquals(1, groups.size());
        assertFalse(groups.get(0).deferred());
        assertNotNull(groups.get(0).cpu());
    }
}
