package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Capability;
import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.IdMapping;
import dev.sandjar.Mount;
import dev.sandjar.MountPropagation;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Network;
import dev.sandjar.Rlimit;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.linux.CapabilitySets;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.linux.DeviceNode;
import dev.sandjar.linux.DeviceRule;
import dev.sandjar.linux.IoLimit;
import dev.sandjar.linux.IoPriority;
import dev.sandjar.linux.MemoryPolicy;
import dev.sandjar.linux.Scheduling;
import dev.sandjar.seccomp.SeccompProfile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Each part of a configuration becomes what the builder would have made of it. */
class MappingTest {
    private static SandboxBuilder base() {
        return Sandbox.builder()
                .mounts(m -> m.noDev().noProc())
                .template(false)
                .mountNamespace()
                .rootfs(RootFs.directoryWritable(Configs.BUNDLE.resolve("rootfs")));
    }

    private static void same(Consumer<SandboxBuilder> expected, String json) throws Exception {
        SandboxBuilder builder = base().mounts(m -> m.standardDevices());
        expected.accept(builder);
        Sandbox sandbox = Configs.parse(json).sandbox();
        assertEquals(builder.build(), sandbox);
        assertNotEquals(base().mounts(m -> m.standardDevices()).build(), sandbox, "equal is not everything");
    }

    private static void inProcess(Consumer<SandboxBuilder> expected, String fields) throws Exception {
        boolean user = fields.contains("\"user\"");
        same(
                builder -> {
                    builder.workingDirectory("/");
                    if (!user) {
                        builder.user(0, 0);
                    }
                    expected.accept(builder);
                },
                Configs.process(fields));
    }

    @Test
    void cgroups() throws Exception {
        same(b -> b.cgroupPath(CgroupPath.of("/docker/x")), Configs.linux("\"cgroupsPath\":\"/docker/x\""));
        same(b -> b.cgroupPath(CgroupPath.of("my/container")), Configs.linux("\"cgroupsPath\":\"my/container\""));
        // Only without a slash it would be systemd's.
        same(b -> b.cgroupPath(CgroupPath.of("/a:b:c")), Configs.linux("\"cgroupsPath\":\"/a:b:c\""));
        assertEquals(
                base().mounts(m -> m.standardDevices()).build(),
                Configs.parse(Configs.linux("\"cgroupsPath\":\"\"")).sandbox());
    }

    @Test
    void aMountNamespaceThatIsThere() throws Exception {
        SandboxBuilder joined = Sandbox.builder()
                .mounts(m -> m.noDev().noProc())
                .template(false)
                .namespaces(n -> n.join(NamespaceKind.MOUNT, Path.of("/proc/12/ns/mnt")));
        for (String root : List.of(
                "", "\"root\":{\"path\":\"/\"}", "\"root\":{\"path\":\"/\",\"readonly\":false},\"mounts\":[]")) {
            OciBundle bundle = Configs.parse(Configs.joined("\"maskedPaths\":[]", root));
            assertEquals(joined.build(), bundle.sandbox());
            assertEquals(List.of(), bundle.notes());
        }
    }

    private static void inResources(Consumer<SandboxBuilder> expected, String fields) throws Exception {
        same(expected, Configs.linux("\"resources\":{" + fields + "}"));
    }

    @Test
    void theLeast() throws Exception {
        OciBundle bundle = Configs.parse(Configs.linux(""));
        assertEquals(base().mounts(m -> m.standardDevices()).build(), bundle.sandbox());
        assertTrue(bundle.command().isEmpty());
        assertEquals(List.of(), bundle.notes());
        assertEquals(Map.of(), bundle.hooks());
        assertEquals(
                base().rootfs(RootFs.directoryWithMountPoints(Path.of("/elsewhere")))
                        .mounts(m -> m.standardDevices())
                        .build(),
                Configs.parse(Configs.linux("")
                                .replace("\"path\":\"rootfs\"", "\"path\":\"/elsewhere/x/..\",\"readonly\":true"))
                        .sandbox());
    }

    @Test
    void namespaces() throws Exception {
        same(
                b -> b.pidNamespace()
                        .networkNamespace()
                        .utsNamespace("box")
                        .namespaces(n -> n.domainname("example.test"))
                        .ipcNamespace()
                        .cgroupNamespace()
                        .namespaces(n -> n.clockOffsets(Duration.ofSeconds(5, 7), Duration.ofSeconds(-3))),
                Configs.config(
                        "{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"\"},{\"type\":\"uts\"},{\"type\":\"ipc\"},"
                                + "{\"type\":\"cgroup\"},{\"type\":\"time\"}",
                        "\"timeOffsets\":{\"monotonic\":{\"secs\":5,\"nanosecs\":7},\"boottime\":{\"secs\":-3}}",
                        "\"hostname\":\"box\",\"domainname\":\"example.test\""));
        same(
                b -> b.network(Network.namespace(Path.of("/run/netns/a")))
                        .namespaces(n -> n.join(NamespaceKind.PID, Path.of("/proc/12/ns/pid"))),
                Configs.config(
                        "{\"type\":\"network\",\"path\":\"/run/netns/a\"},{\"type\":\"pid\",\"path\":\"/proc/12/ns/pid\"}",
                        "",
                        ""));
    }

    @Test
    void idMaps() throws Exception {
        IdMapping.Range range = new IdMapping.Range(0, 1000, 32000);
        same(
                b -> b.userNamespace(IdMapping.of(List.of(range), List.of(range))),
                Configs.config(
                        "{\"type\":\"user\"}",
                        "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":32000}],"
                                + "\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":32000}]",
                        ""));
        same(SandboxBuilder::userNamespace, Configs.config("{\"type\":\"user\"}", "", ""));
    }

    @Test
    void theProcess() throws Exception {
        inProcess(
                b -> b.user(1, 2, 5, 6).process(p -> p.umask(077)),
                "\"user\":{\"uid\":1,\"gid\":2,\"umask\":63,\"additionalGids\":[5,6]}");
        inProcess(b -> b.env("A", "1").env("B", "x=y"), "\"env\":[\"A=0\",\"B=x=y\",\"A=1\"]");
        inProcess(b -> b.process(p -> p.oomScoreAdj(-5)), "\"oomScoreAdj\":-5");
        inProcess(
                b -> b.process(p -> p.ioPriority(IoPriority.realtime(3))),
                "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":3}");
        inProcess(
                b -> b.process(p -> p.scheduling(Scheduling.fifo(10).resetOnFork())),
                "\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":10,\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\"]}");
        inProcess(
                b -> b.process(p -> p.scheduling(Scheduling.deadline(
                        Duration.ofNanos(10000), Duration.ofNanos(20000), Duration.ofNanos(30000)))),
                "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":10000,\"deadline\":20000,\"period\":30000}");
        same(
                b -> b.process(p -> p.memoryPolicy(MemoryPolicy.of(MemoryPolicy.Mode.LOCAL))),
                Configs.linux("\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\",\"nodes\":\"\",\"flags\":null}"));
        same(
                b -> b.process(p -> p.memoryPolicy(
                        MemoryPolicy.of(MemoryPolicy.Mode.BIND, 0, 1, 2, 7).withFlags(MemoryPolicy.Flag.STATIC_NODES))),
                Configs.linux("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0-2,7\","
                        + "\"flags\":[\"MPOL_F_STATIC_NODES\"]}"));
        inProcess(
                b -> b.process(
                        p -> p.rlimit(Rlimit.NOFILE, 10, 20).coreDumps(true).rlimit(Rlimit.CORE, 5, Rlimit.UNLIMITED)),
                "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":10,\"hard\":20},"
                        + "{\"type\":\"RLIMIT_CORE\",\"soft\":5,\"hard\":18446744073709551615}]");
    }

    @Test
    void whatRuns() throws Exception {
        Command command = Configs.parse(Configs.process("")).command().orElseThrow();
        assertEquals(List.of("sh"), command.argv());
        assertTrue(command.terminal().isEmpty());
        Command onTerminal = Configs.parse(
                        Configs.process("\"terminal\":true,\"consoleSize\":{\"height\":40,\"width\":132}"))
                .command()
                .orElseThrow();
        assertEquals(40, onTerminal.terminal().orElseThrow().rows());
        assertEquals(132, onTerminal.terminal().orElseThrow().columns());
        assertTrue(Configs.parse(Configs.whole("\"process\":{\"cwd\":\"/\"}"))
                .command()
                .isEmpty());
    }

    @Test
    void capabilities() throws Exception {
        EnumSet<Capability> two = EnumSet.of(Capability.CHOWN, Capability.KILL);
        EnumSet<Capability> one = EnumSet.of(Capability.KILL);
        inProcess(
                b -> b.process(p -> p.capabilities(new CapabilitySets(two, one, two, one, one))),
                "\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_CHOWN\"],\"effective\":[\"CAP_KILL\"],"
                        + "\"permitted\":[\"CAP_CHOWN\",\"CAP_KILL\"],\"inheritable\":[\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\"]}");
        OciBundle bundle = Configs.parse(
                Configs.process(
                        "\"noNewPrivileges\":true,\"capabilities\":"
                                + "{\"bounding\":[\"CAP_KILL\",\"CAP_FUTURE\"],\"permitted\":[\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\"]}"));
        assertEquals(
                List.of(
                        "/process/capabilities/bounding/1: no capability is known by this name",
                        "/process/capabilities: ambient capabilities [KILL] can't be granted, by the other sets"),
                bundle.notes(),
                "as the specification has it, a warning");
    }

    @Test
    void mounts() throws Exception {
        SandboxBuilder expected = base().mount(Mount.fileSystem("proc", "/proc").source("proc"))
                .mount(Mount.fileSystem("tmpfs", "/tmp")
                        .source("none")
                        .options("nosuid", "strictatime", "mode=755", "size=65536k"))
                .mount(Mount.bindRecursive(Configs.BUNDLE.resolve("data"), "/data")
                        .options("ro", "rnosuid", "rslave"))
                .mount(Mount.bind(Path.of("/etc/hosts"), "/etc/hosts").options("noatime"))
                .mount(Mount.remount("/data").options("noexec"))
                .mounts(m -> m.standardDevices()
                        .mask("/proc/kcore")
                        .readOnlyPath("/proc/sys")
                        .propagation(MountPropagation.SHARED));
        String mounts = "\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
                + "{\"destination\":\"/tmp\",\"type\":\"tmpfs\",\"source\":\"none\",\"options\":[\"nosuid\",\"strictatime\",\"mode=755\",\"size=65536k\"]},"
                + "{\"destination\":\"data\",\"type\":\"none\",\"source\":\"data\",\"options\":[\"rbind\",\"ro\",\"rnosuid\",\"rslave\"]},"
                + "{\"destination\":\"/etc/hosts\",\"source\":\"/etc/hosts\",\"options\":[\"noatime\",\"bind\"]},"
                + "{\"destination\":\"/data\",\"options\":[\"remount\",\"noexec\"]}]";
        assertEquals(
                expected.build(),
                Configs.parse(Configs.config(
                                "",
                                "\"maskedPaths\":[\"/proc/kcore\"],\"readonlyPaths\":[\"/proc/sys\"],\"rootfsPropagation\":\"shared\"",
                                mounts))
                        .sandbox());
    }

    /** As podman writes its volumes with "O", for writing and not. */
    @Test
    void overlays() throws Exception {
        SandboxBuilder expected = base().mount(
                        Mount.overlay(List.of(Path.of("/a:b"), Configs.BUNDLE.resolve("c")), "/o")
                                .upper(Path.of("/u"), Path.of("/w"))
                                .options("private", "userxattr", "nodev"))
                .mount(Mount.overlay(List.of(Path.of("/one"), Path.of("/two")), "/ro")
                        .options("private"))
                .mounts(m -> m.standardDevices());
        assertEquals(
                expected.build(),
                Configs.parse(Configs.whole(
                                "\"mounts\":[{\"destination\":\"/o\",\"type\":\"overlay\",\"source\":\"/var/merge\",\"options\":"
                                        + "[\"lowerdir=/a\\\\:b:c\",\"upperdir=/u\",\"workdir=/w\",\"private\",\"userxattr\",\"nodev\"]},"
                                        + "{\"destination\":\"/ro\",\"type\":\"overlay\",\"source\":\"overlay\",\"options\":"
                                        + "[\"lowerdir=/one:/two\",\"private\"]}]"))
                        .sandbox());
    }

    @Test
    void aViewOfCgroupsBringsTheirNamespace() throws Exception {
        OciBundle bundle = Configs.parse(
                Configs.whole(
                        "\"mounts\":[{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\",\"options\":[\"ro\"]}]"));
        assertEquals(
                base().cgroupNamespace()
                        .accounting()
                        .mount(Mount.fileSystem("cgroup", "/sys/fs/cgroup").options("ro"))
                        .mounts(m -> m.standardDevices())
                        .build(),
                bundle.sandbox());
        assertEquals(1, bundle.notes().size());
        assertTrue(
                bundle.notes().get(0).startsWith("/mounts/0: "), bundle.notes().toString());
    }

    @Test
    void devicesAndParameters() throws Exception {
        same(
                b -> b.mounts(m -> m.device(DeviceNode.character("/dev/fuse", 10, 229)
                                .mode(0640)
                                .owner(1, 2))
                        .device(DeviceNode.pipe("/run/pipe"))
                        .device(DeviceNode.block("/dev/sda", 8, 0))),
                Configs.linux("\"devices\":["
                        + "{\"type\":\"u\",\"path\":\"/dev/fuse\",\"major\":10,\"minor\":229,\"fileMode\":416,\"uid\":1,\"gid\":2},"
                        + "{\"type\":\"p\",\"path\":\"/run/pipe\"},"
                        + "{\"type\":\"c\",\"path\":\"/dev/null\",\"major\":1,\"minor\":3},"
                        + "{\"type\":\"b\",\"path\":\"/dev/sda\",\"major\":8,\"minor\":0}]"));
        same(
                b -> b.networkNamespace()
                        .ipcNamespace()
                        .namespaces(n -> n.sysctl("net.ipv4.ip_forward", "1").sysctl("kernel.shmmax", "5"))
                        .process(p -> p.personality(8)),
                Configs.config(
                        "{\"type\":\"network\"},{\"type\":\"ipc\"}",
                        "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\",\"kernel/shmmax\":\"5\"},"
                                + "\"personality\":{\"domain\":\"LINUX32\"}",
                        ""));
    }

    @Test
    void seccomp() throws Exception {
        String profile = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"chmod\"],"
                + "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5}]}";
        same(b -> b.seccomp(SeccompProfile.fromJson(profile)), Configs.linux("\"seccomp\":" + profile));
    }

    @Test
    void memory() throws Exception {
        inResources(
                b -> b.memoryLimit(DataSize.mebibytes(64))
                        .limits(l -> l.memoryLow(DataSize.mebibytes(32)).swap(DataSize.mebibytes(16))),
                "\"memory\":{\"limit\":67108864,\"reservation\":33554432,\"swap\":83886080,\"kernel\":-1,\"kernelTCP\":-1,"
                        + "\"disableOOMKiller\":false,\"useHierarchy\":true,\"checkBeforeUpdate\":true}");
        assertEquals(
                base().mounts(m -> m.standardDevices()).build(),
                Configs.parse(Configs.linux(
                                "\"resources\":{\"memory\":{\"limit\":-1,\"swap\":-1},\"pids\":{\"limit\":-1}}"))
                        .sandbox());
    }

    @Test
    void processorsAndProcesses() throws Exception {
        inResources(
                b -> b.cpuLimit(2.5).limits(l -> l.cpusetCpus(0, 1, 2, 3, 7).cpusetMems(0)),
                "\"cpu\":{\"quota\":250000,\"period\":100000,\"cpus\":\"0-3,7\",\"mems\":\"0\",\"burst\":0,\"idle\":0}");
        inResources(b -> b.limits(l -> l.cpuWeight(39)), "\"cpu\":{\"shares\":1024}");
        inResources(b -> b.limits(l -> l.cpuWeight(1)), "\"cpu\":{\"shares\":2}");
        inResources(b -> b.limits(l -> l.cpuWeight(10_000)), "\"cpu\":{\"shares\":262144}");
        inResources(b -> b.pidsLimit(32771), "\"pids\":{\"limit\":32771}");
    }

    @Test
    void disksAndPages() throws Exception {
        inResources(
                b -> b.limits(l -> l.cgroupFile("blkio.weight", "1000")
                        .io(
                                IoLimit.ofDevice(8, 0)
                                        .readBytes(DataSize.bytes(600))
                                        .writeOperations(300),
                                IoLimit.ofDevice(8, 16).writeOperations(7))),
                "\"blockIO\":{\"weight\":1000,\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":600}],"
                        + "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":300},{\"major\":8,\"minor\":16,\"rate\":7}]}");
        inResources(
                b -> b.limits(l -> l.hugetlb(DataSize.mebibytes(2), DataSize.bytes(209715200))
                        .hugetlb(DataSize.kibibytes(64), DataSize.bytes(0))),
                "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":209715200},{\"pageSize\":\"64KB\",\"limit\":0}]");
        inResources(
                b -> b.limits(l -> l.memoryHigh(DataSize.mebibytes(64)))
                        .cpuLimit(0.5)
                        .limits(l -> l.cgroupDepth(3).ioWeight(50)),
                "\"unified\":{\"memory.high\":\"67108864\",\"cpu.max\":\"50000 100000\",\"cgroup.max.depth\":\"3\","
                        + "\"io.weight\":\"default 50\",\"pids.max\":\"max\"}");
    }

    @Test
    void nothingIsWhatNoLimitOfProcessesIs() throws Exception {
        OciBundle bundle = Configs.parse(Configs.linux("\"resources\":{\"pids\":{\"limit\":0}}"));
        assertEquals(base().mounts(m -> m.standardDevices()).build(), bundle.sandbox());
    }

    @Test
    void devicesThatStayAllowed() throws Exception {
        String all =
                "{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":8,\"access\":\"rwm\"}";
        assertTrue(Configs.parse(Configs.linux("\"resources\":{\"devices\":[" + all + "]}")).notes().stream()
                .noneMatch(note -> note.contains("stays allowed")));
        OciBundle denied = Configs.parse(Configs.linux("\"resources\":{\"devices\":[" + all
                + ",{\"allow\":false,\"type\":\"c\",\"major\":1,\"minor\":8,\"access\":\"w\"}]}"));
        assertTrue(
                denied.notes().contains("/linux/resources/devices/2: it stays allowed, as every container has it"),
                denied.notes().toString());
    }

    @Test
    void filesOfControllers() throws Exception {
        inResources(
                b -> b.limits(l ->
                        l.cgroupFile("memory.swappiness", "0").oomGroup(false).cgroupFile("memory.oom_control", "1")),
                "\"memory\":{\"swappiness\":0,\"disableOOMKiller\":true}");
        inResources(
                b -> b.cpuLimit(0.5).limits(l -> l.cpuBurst(Duration.ofMillis(20))
                        .cgroupFile("cpu.rt_runtime_us", "5000")
                        .cgroupFile("cpu.rt_period_us", "10000")
                        .cgroupFile("cpu.idle", "1")),
                "\"cpu\":{\"quota\":50000,\"burst\":20000,\"realtimeRuntime\":5000,\"realtimePeriod\":10000,\"idle\":1}");
        OciBundle longer = Configs.parse(
                Configs.linux("\"resources\":{\"cpu\":{\"quota\":500000,\"period\":1000000,\"burst\":400000}}"));
        assertEquals(
                base().mounts(m -> m.standardDevices())
                        .cpuLimit(0.5)
                        .limits(l -> l.cpuBurst(Duration.ofMillis(50)))
                        .build(),
                longer.sandbox());
        assertTrue(longer.notes().stream().anyMatch(note -> note.startsWith("/linux/resources/cpu: burst")));
        inResources(
                b -> b.limits(l -> l.cgroupFile("blkio.leaf_weight", "10")
                        .cgroupFile("blkio.leaf_weight_device", "8:16 300")
                        .cgroupFile("blkio.weight_device", "8:0 10\n8:16 1000")
                        .io(IoLimit.ofDevice(8, 0).readOperations(5))),
                "\"blockIO\":{\"leafWeight\":10,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":10},"
                        + "{\"major\":8,\"minor\":16,\"weight\":1000,\"leafWeight\":300}],"
                        + "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":5}]}");
        inResources(
                b -> b.limits(l -> l.cgroupFile("net_cls.classid", "1048577")
                        .cgroupFile("net_prio.ifpriomap", "eth0 500\neth1 1000")),
                "\"network\":{\"classID\":1048577,\"priorities\":[{\"name\":\"eth0\",\"priority\":500},"
                        + "{\"name\":\"eth1\",\"priority\":1000}]}");
        inResources(
                b -> b.limits(l -> l.cgroupFile("rdma.max", "mlx5_1 hca_handle=3 hca_object=10000\nrxe3 hca_object=0")),
                "\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000},\"rxe3\":{\"hcaObjects\":0}}");
        inResources(
                b -> b.limits(l -> l.cgroupFile("memory.min", "65536").cgroupFile("memory.zswap.max", "0"))
                        .cpuLimit(0.1)
                        .limits(l -> l.cpuBurst(Duration.ofMillis(5))
                                .hugetlb(DataSize.mebibytes(2), DataSize.mebibytes(4))
                                .io(
                                        IoLimit.ofDevice(8, 0)
                                                .readBytes(DataSize.bytes(10))
                                                .writeOperations(3),
                                        IoLimit.ofDevice(8, 16)
                                                .writeBytes(DataSize.bytes(5))
                                                .readOperations(7))),
                "\"unified\":{\"memory.min\":\"65536\",\"memory.zswap.max\":\"0\",\"cpu.max\":\"10000\",\"cpu.max.burst\":\"5000\","
                        + "\"hugetlb.2MB.max\":\"4194304\",\"hugetlb.1GB.max\":\"max\","
                        + "\"io.max\":\"8:0 rbps=10 wbps=max wiops=3\\n8:16 wbps=5 riops=7\\n8:32 rbps=max\"}");
    }

    @Test
    void allowedDevices() throws Exception {
        inResources(
                b -> b.limits(l -> l.devices(List.of(devices(
                        DeviceRule.character(10, 229, "rw"),
                        DeviceRule.character("rwm").major(7),
                        DeviceRule.block("rwm").major(7))))),
                "\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":2,\"access\":\"r\"},"
                        + "{\"allow\":false,\"access\":\"rwm\"},"
                        + "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"wr\"},"
                        + "{\"allow\":true,\"major\":7}]");
        assertEquals(
                base().mounts(m -> m.standardDevices()).build(),
                Configs.parse(
                                Configs.linux(
                                        "\"resources\":{\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"a\",\"access\":\"rwm\"}]}"))
                        .sandbox(),
                "the last rule allows everything");
    }

    /** Docker denies /dev/fuse, which nobody has allowed, and writes its list twice. */
    @Test
    void devicesThatAreDeniedAgain() throws Exception {
        String list =
                "{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":200,\"access\":\"rwm\"},"
                        + "{\"allow\":false,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rwm\"}";
        inResources(
                b -> b.limits(l -> l.devices(List.of(devices(DeviceRule.character(10, 200, "rwm"))))),
                "\"devices\":[" + list + "," + list + "]");
        // Each rule takes from what those before it have left.
        inResources(
                b -> b.limits(l -> l.devices(List.of(devices(
                        DeviceRule.character(10, 229, "r"),
                        DeviceRule.block("rwm").major(8))))),
                "\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229},"
                        + "{\"allow\":true,\"major\":8},{\"allow\":false,\"type\":\"c\",\"major\":8},"
                        + "{\"allow\":false,\"type\":\"c\",\"major\":10,\"access\":\"wm\"}]");
        inResources(
                b -> b.limits(l -> l.devices(List.of(devices(DeviceRule.block("rwm"))))),
                "\"devices\":[{\"allow\":true},{\"allow\":false,\"type\":\"c\"}]");
        inResources(
                b -> b.limits(l -> l.devices(List.of(devices()))),
                "\"devices\":[{\"allow\":false,\"type\":\"c\"},{\"allow\":false,\"type\":\"b\"}]");
        assertEquals(
                base().mounts(m -> m.standardDevices()).build(),
                Configs.parse(Configs.linux("\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}"))
                        .sandbox(),
                "of a privileged container");
    }

    private static DeviceRule[] devices(DeviceRule... more) {
        List<DeviceRule> all = new ArrayList<>(DeviceRule.standard());
        all.addAll(Arrays.asList(more));
        return all.toArray(new DeviceRule[0]);
    }

    @Test
    void hooks() throws Exception {
        OciBundle bundle =
                Configs.parse(Configs.whole("\"hooks\":{\"poststop\":[{\"path\":\"/bin/a\",\"args\":[\"a\",\"b\"],"
                        + "\"env\":[\"K=V\"],\"timeout\":5},{\"path\":\"/bin/b\"}],\"prestart\":[]}"));
        assertEquals(
                Map.of(
                        OciHook.Point.POSTSTOP,
                        List.of(
                                new OciHook(
                                        "/bin/a",
                                        List.of("a", "b"),
                                        Map.of("K", "V"),
                                        java.util.Optional.of(Duration.ofSeconds(5))),
                                new OciHook("/bin/b", List.of(), Map.of(), java.util.Optional.empty()))),
                bundle.hooks());
    }

    @Test
    void changesOfTheCallersOwn() throws Exception {
        OciBundle bundle = Configs.parse(Configs.linux(""));
        OciBundle changed = bundle.customized(b -> b.timeout(Duration.ofSeconds(5)));
        assertEquals(
                base().mounts(m -> m.standardDevices())
                        .timeout(Duration.ofSeconds(5))
                        .build(),
                changed.sandbox());
        assertEquals(bundle.toConfigJson(), changed.toConfigJson());
    }

    @Test
    void whatIsSaidTwice() throws Exception {
        same(
                b -> b.mounts(m -> m.mask("/proc/kcore").readOnlyPath("/proc/sys")),
                Configs.linux("\"maskedPaths\":[\"/proc/kcore\",\"/proc//kcore/\",\"/proc/kcore\"],"
                        + "\"readonlyPaths\":[\"/proc/sys\",\"/proc/./sys/.\"]"));
        assertEquals(
                base().mount(Mount.fileSystem("tmpfs", "/dev/shm")
                                .options("mode")
                                .source("shm"))
                        .mount(Mount.bindRecursive(Path.of("/pod/shm"), "/dev/shm")
                                .options("ro"))
                        .mounts(m -> m.standardDevices())
                        .build(),
                Configs.parse(
                                Configs.whole(
                                        "\"mounts\":[{\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\"},"
                                                + "{\"destination\":\"/dev/shm/\",\"type\":\"bind\",\"source\":\"/pod/shm\",\"options\":[\"rbind\",\"ro\"]}]"))
                        .sandbox());
    }

    @Test
    void parametersAndNamesOfJoinedNamespaces() throws Exception {
        same(
                b -> b.network(Network.namespace(Path.of("/run/netns/a")))
                        .namespaces(n -> n.join(NamespaceKind.IPC, Path.of("/proc/12/ns/ipc"))
                                .join(NamespaceKind.UTS, Path.of("/proc/12/ns/uts"))
                                .hostname("pod")
                                .sysctl("net.ipv4.ping_group_range", "0 0")
                                .sysctl("kernel.shmmax", "5")),
                Configs.config(
                        "{\"type\":\"network\",\"path\":\"/run/netns/a\"},{\"type\":\"ipc\",\"path\":\"/proc/12/ns/ipc\"},"
                                + "{\"type\":\"uts\",\"path\":\"/proc/12/ns/uts\"}",
                        "\"sysctl\":{\"net.ipv4.ping_group_range\":\"0 0\",\"kernel.shmmax\":\"5\"}",
                        "\"hostname\":\"pod\""));
    }

    private static final String OWNERS = "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}],"
            + "\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}]";

    private static Sandbox idMapped(String container, String options, String mappings) throws Exception {
        return Configs.parse(Configs.config(
                        "{\"type\":\"user\"" + container + "}",
                        OWNERS,
                        "\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[" + options + "]"
                                + (mappings.isEmpty() ? "" : "," + mappings) + "}]"))
                .sandbox();
    }

    @Test
    void mountsThatAreMapped() throws Exception {
        IdMapping.Range range = new IdMapping.Range(0, 1000, 10);
        IdMapping map = IdMapping.of(List.of(range), List.of(range));
        Sandbox all = base().userNamespace(map)
                .mount(Mount.bindRecursive(Path.of("/b"), "/a")
                        .options("rprivate", "ridmap")
                        .idMapped(map))
                .mounts(m -> m.standardDevices())
                .build();
        Sandbox one = base().userNamespace(map)
                .mount(Mount.bind(Path.of("/b"), "/a").idMapped(map))
                .mounts(m -> m.standardDevices())
                .build();
        // As CRI says it: without a word for it.
        assertEquals(all, idMapped("", "\"rbind\",\"rprivate\"", OWNERS));
        assertEquals(all, idMapped("", "\"rbind\",\"rprivate\",\"ridmap\"", ""));
        // Those below would keep their owners.
        assertEquals(one, idMapped("", "\"rbind\",\"idmap\"", OWNERS));
        assertEquals(one, idMapped("", "\"bind\",\"idmap\"", ""));
        // A pod's, which is there already, with its map beside it.
        assertTrue(Configs.parse(Configs.config("{\"type\":\"user\",\"path\":\"/proc/12/ns/user\"}", OWNERS, ""))
                .notes()
                .contains("/linux: uidMappings and gidMappings: the user namespace that is joined has its own"));
    }

    @Test
    void theHostsOwnDevices() throws Exception {
        String mounts =
                "\"mounts\":[{\"destination\":\"/dev\",\"type\":\"bind\",\"source\":\"/dev\",\"options\":[\"rbind\"]}]";
        assertEquals(
                base().mount(Mount.bindRecursive(Path.of("/dev"), "/dev")).build(),
                Configs.parse(Configs.config("", "\"devices\":[{\"type\":\"p\",\"path\":\"/dev/p\"}]", mounts))
                        .sandbox());
        OciBundle bundle = Configs.parse(
                Configs.linux("\"devices\":[{\"type\":\"c\",\"path\":\"/dev/ptmx\",\"major\":5,\"minor\":2},"
                        + "{\"type\":\"c\",\"path\":\"/dev/fuse\",\"major\":10,\"minor\":229,\"fileMode\":8624}]"));
        assertEquals(
                base().mounts(m -> m.standardDevices()
                                .device(DeviceNode.character("/dev/fuse", 10, 229)
                                        .mode(0660)))
                        .build(),
                bundle.sandbox());
        assertEquals(1, bundle.notes().size());
    }

    @Test
    void whatIsLeftOutWithANote() throws Exception {
        OciBundle bundle = Configs.parse(
                Configs.config(
                        "",
                        "\"cgroupsPath\":\"machine.slice:libpod:c0\","
                                + "\"resources\":{\"memory\":{\"limit\":67108864,\"swap\":67108864,\"kernel\":67108864},\"pids\":{},"
                                + "\"cpu\":{\"shares\":1048576,\"quota\":-5}}",
                        "\"mounts\":[{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/b\",\"options\":[\"\",\"rbind\",\"sync\",\"rprivate\",\"rprivate\"]},"
                                + "{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"/sys/fs/cgroup\",\"options\":[\"rw\",\"rslave\",\"nsdelegate\"]}],"
                                + "\"process\":{\"cwd\":\"/\",\"noNewPrivileges\":true,\"capabilities\":{},\"apparmorProfile\":\"unconfined\","
                                + "\"env\":[\"A=b\",\"NOVALUE\",\"=x\"],\"execCPUAffinity\":{\"initial\":\"0\"}},"
                                + "\"hooks\":{\"prestart\":[{\"path\":\"/proc/7/exe\",\"args\":[\"other\"],\"env\":[\"b\"]}]}"));
        assertEquals(
                List.of(
                        "/mounts/0/options/2",
                        "/mounts/1",
                        "/mounts/1",
                        "/linux/cgroupsPath",
                        "/linux/resources/memory",
                        "/process/env/1",
                        "/process/env/2",
                        "/process",
                        "/process",
                        "/hooks/prestart/0/env/0"),
                bundle.notes().stream()
                        .map(note -> note.substring(0, note.indexOf(": ")))
                        .toList(),
                bundle.notes().toString());
    }

    @Test
    void labels() throws Exception {
        inProcess(
                b -> b.process(
                        p -> p.appArmorProfile("docker-default").seLinuxLabel("system_u:system_r:container_t:s0")),
                "\"apparmorProfile\":\"docker-default\",\"selinuxLabel\":\"system_u:system_r:container_t:s0\"");
        OciBundle none = Configs.parse(Configs.config(
                "",
                "\"mountLabel\":\"x\"",
                "\"process\":{\"cwd\":\"/\",\"apparmorProfile\":\"\",\"selinuxLabel\":null}"));
        assertEquals(
                base().mounts(m -> m.standardDevices())
                        .workingDirectory("/")
                        .user(0, 0)
                        .build(),
                none.sandbox());
        assertTrue(
                none.notes().get(0).startsWith("/linux: mountLabel: "),
                none.notes().toString());
    }

    /** Readers of other runtimes take it for nothing. */
    @Test
    void nothingAsNull() throws Exception {
        assertEquals(
                Configs.parse(Configs.process("")).sandbox(),
                Configs.parse(
                                Configs.config(
                                        "",
                                        "\"maskedPaths\":null,\"devices\":null,\"resources\":null,\"sysctl\":null,\"seccomp\":null,"
                                                + "\"personality\":null,\"uidMappings\":null,\"timeOffsets\":null",
                                        "\"mounts\":null,\"hooks\":null,\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"env\":null,"
                                                + "\"capabilities\":null,\"rlimits\":null,\"oomScoreAdj\":null,\"scheduler\":null}"))
                        .sandbox());
    }
}
