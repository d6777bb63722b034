package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What can't be done is refused with its place; nothing is passed over. */
class RefusalTest {
    private static final String MAPS = "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}],"
            + "\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":2}]";

    private static Arguments linux(String path, String fields) {
        return Arguments.of(path, Configs.linux(fields));
    }

    private static Arguments process(String path, String fields) {
        return Arguments.of(path, Configs.process(fields));
    }

    private static Arguments whole(String path, String fields) {
        return Arguments.of(path, Configs.whole(fields));
    }

    /** In a mount namespace that is there already. */
    private static Arguments joined(String path, String linux, String fields) {
        return Arguments.of(path, Configs.joined(linux, fields));
    }

    private static Arguments namespaces(String path, String namespaces) {
        return Arguments.of(path, Configs.config(namespaces, "", ""));
    }

    private static Arguments mount(String path, String fields) {
        return whole("/mounts/0" + path, "\"mounts\":[{" + fields + "}]");
    }

    private static Arguments option(String option) {
        return mount(
                "/options/1", "\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"" + option + "\"]");
    }

    @Test
    void limitsOutOfRangeNameWhatMeansNone() {
        InvalidBundleException e = assertThrows(
                InvalidBundleException.class,
                () -> Configs.parse(
                        Configs.process("\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":-1,\"hard\":9}]")));
        assertTrue(
                e.getMessage().contains("is -1, and neither from 0 to 9223372036854775807 nor 18446744073709551615"),
                e.getMessage());
    }

    private static Arguments overlay(String path, String... options) {
        return mount(
                path,
                "\"destination\":\"/o\",\"type\":\"overlay\",\"options\":["
                        + Stream.of(options).map(word -> '"' + word + '"').collect(Collectors.joining(",")) + "]");
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                // the text itself
                Arguments.of("", ""),
                Arguments.of("", "[]"),
                Arguments.of("", "{}x"),
                Arguments.of("", "{\"a\":1"),
                Arguments.of("", "{'a':1}"),
                Arguments.of("", "[".repeat(5000)),
                Arguments.of("", "{\"a\":".repeat(5000)),
                Arguments.of("/ociVersion", "{\"ociVersion\":\"1.0.0\",\"ociVersion\":\"1.0.0\"}"),
                Arguments.of("/x/y~1z", "{\"x\":{\"y/z\":1,\"y/z\":2}}"),
                Arguments.of("/x/1", "{\"x\":[\"a\",\"b\\u0000c\"]}"),
                Arguments.of("", "{\"a\\u0000b\":1}"),
                Arguments.of("/x", "{\"x\":\"\\ud800\"}"),
                // the whole
                Arguments.of("/ociVersion", "{}"),
                Arguments.of("/ociVersion", "{\"ociVersion\":1}"),
                Arguments.of("/ociVersion", "{\"ociVersion\":\"2.0.0\"}"),
                Arguments.of("/ociVersion", "{\"ociVersion\":\"1.9.0\"}"),
                Arguments.of("/ociVersion", "{\"ociVersion\":\"one\"}"),
                Arguments.of("/linux", "{\"ociVersion\":\"1.0.0\"}"),
                Arguments.of("/linux/namespaces", "{\"ociVersion\":\"1.0.0\",\"linux\":{},\"root\":{\"path\":\"r\"}}"),
                Arguments.of("/root", "{\"ociVersion\":\"1.0.0\",\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}"),
                Arguments.of("/Root", Configs.whole("\"Root\":{\"path\":\"/\"}")),
                Arguments.of("/root/path", Configs.linux("").replace("\"rootfs\"", "\"\"")),
                Arguments.of("/root/readonly", Configs.linux("").replace("\"rootfs\"", "\"r\",\"readonly\":\"yes\"")),
                whole("/hostname", "\"hostname\":\"box\""),
                whole("/domainname", "\"domainname\":\"box\""),
                Arguments.of(
                        "/hostname",
                        Configs.config("{\"type\":\"uts\"}", "", "\"hostname\":\"" + "x".repeat(65) + "\"")),
                whole("/annotations/a", "\"annotations\":{\"a\":1}"),
                whole("/annotations", "\"annotations\":{\"\":\"x\"}"),
                // namespaces
                namespaces("/linux/namespaces/1/type", "{\"type\":\"galaxy\"}"),
                namespaces("/linux/namespaces/1/type", "{\"type\":\"mount\"}"),
                namespaces("/linux/namespaces/1/type", "{\"path\":\"/x\"}"),
                namespaces("/linux/namespaces/1/path", "{\"type\":\"pid\",\"path\":\"proc/1/ns/pid\"}"),
                Arguments.of(
                        "/linux/namespaces/0/path",
                        Configs.linux("").replace("{\"type\":\"mount\"}", "{\"type\":\"mount\",\"path\":\"x\"}")),
                Arguments.of(
                        "/root/path",
                        Configs.linux("").replace("{\"type\":\"mount\"}", "{\"type\":\"mount\",\"path\":\"/x\"}")),
                joined("/root/readonly", "", "\"root\":{\"path\":\"/\",\"readonly\":true}"),
                joined("/root/path", "", "\"root\":{}"),
                joined("/mounts", "", "\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\"}]"),
                joined("/hooks/createContainer", "", "\"hooks\":{\"createContainer\":[{\"path\":\"/bin/true\"}]}"),
                joined("/linux/maskedPaths", "\"maskedPaths\":[\"/proc/kcore\"]", ""),
                joined("/linux/readonlyPaths", "\"readonlyPaths\":[\"/proc/sys\"]", ""),
                joined("/linux/rootfsPropagation", "\"rootfsPropagation\":\"private\"", ""),
                joined("/linux/devices", "\"devices\":[{\"type\":\"p\",\"path\":\"/p\"}]", ""),
                linux("/linux/uidMappings", "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]"),
                Arguments.of(
                        "/linux/gidMappings",
                        Configs.config(
                                "{\"type\":\"user\"}",
                                "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]",
                                "")),
                Arguments.of(
                        "/linux/uidMappings/0/size",
                        Configs.config(
                                "{\"type\":\"user\"}", "\"uidMappings\":[{\"containerID\":0,\"hostID\":0}]", "")),
                Arguments.of(
                        "/linux/uidMappings/0",
                        Configs.config(
                                "{\"type\":\"user\"}",
                                "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":0}]",
                                "")),
                Arguments.of(
                        "/linux/uidMappings/0/hostID",
                        Configs.config(
                                "{\"type\":\"user\"}",
                                "\"uidMappings\":[{\"containerID\":0,\"hostID\":-1,\"size\":1}]",
                                "")),
                linux("/linux/timeOffsets", "\"timeOffsets\":{\"monotonic\":{\"secs\":1}}"),
                Arguments.of(
                        "/linux/timeOffsets/realtime",
                        Configs.config("{\"type\":\"time\"}", "\"timeOffsets\":{\"realtime\":{}}", "")),
                Arguments.of(
                        "/linux/timeOffsets/boottime/nanosecs",
                        Configs.config(
                                "{\"type\":\"time\"}", "\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}", "")),
                // mounts
                whole("/mounts", "\"mounts\":{}"),
                whole("/mounts/0", "\"mounts\":[7]"),
                overlay("/options"),
                overlay("/options", "upperdir=/u", "workdir=/w"),
                overlay("/options/0", "lowerdir="),
                overlay("/options/0", "lowerdir=/a::/b"),
                overlay("/options/0", "lowerdir=/a:/a"),
                overlay("", "lowerdir=/a"),
                overlay("/options/1", "lowerdir=/a", "upperdir=/u"),
                overlay("/options", "lowerdir=/a", "workdir=/u"),
                overlay("/options/1", "lowerdir=/a", "upperdir=/u", "workdir=/u"),
                overlay("/options/1", "lowerdir=/a:/b", "lowerdir+=/c"),
                overlay("/options/1", "lowerdir=/a:/b", "size=1m"),
                mount("/destination", "\"type\":\"proc\""),
                mount("/type", "\"destination\":\"/a\""),
                mount("/type", "\"destination\":\"/a\",\"type\":\"ext4\",\"source\":\"/dev/sda\""),
                mount("/destination", "\"destination\":\"/a/../b\",\"source\":\"/b\",\"options\":[\"bind\"]"),
                mount("/destination", "\"destination\":\"/\",\"source\":\"/b\",\"options\":[\"bind\"]"),
                mount("/source", "\"destination\":\"/a\",\"options\":[\"bind\"]"),
                mount("/source", "\"destination\":\"/a\",\"source\":\"\",\"options\":[\"rbind\"]"),
                mount("/options/0", "\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[5]"),
                mount("/options/0", "\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"size=1,mode=7\"]"),
                mount("/options/0", "\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"tmpcopyup=1\"]"),
                mount("/options/0", "\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"idmap\"]"),
                mount("/options/1", "\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"size=1m\",\"nosuix\"]"),
                mount("/options/0", "\"destination\":\"/a\",\"type\":\"mqueue\",\"options\":[\"size=1m\"]"),
                Arguments.of(
                        "/process/user/uid",
                        Configs.config(
                                "{\"type\":\"user\"}",
                                MAPS,
                                "\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{\"uid\":7,\"gid\":0}}")),
                Arguments.of(
                        "/process/user/additionalGids/1",
                        Configs.config(
                                "{\"type\":\"user\"}",
                                MAPS,
                                "\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":1,\"additionalGids\":[0,7]}}")),
                mount("/options/1", "\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"idmap\"]"),
                mount("/options", "\"destination\":\"/a\",\"type\":\"none\",\"source\":\"/b\""),
                mount(
                        "/gidMappings",
                        "\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\"],"
                                + "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]"),
                option("size=5"),
                mount(
                        "/options/2",
                        "\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"slave\",\"shared\"]"),
                // the process
                whole("/process/cwd", "\"process\":{\"args\":[\"sh\"]}"),
                whole("/process/cwd", "\"process\":{\"cwd\":\"relative\"}"),
                whole("/process/args", "\"process\":{\"cwd\":\"/\",\"args\":[\"\"]}"),
                process("/process/user/uid", "\"user\":{\"uid\":4294967295}"),
                process("/process/user/uid", "\"user\":{\"uid\":1.5}"),
                process("/process/user/gid", "\"user\":{\"gid\":\"0\"}"),
                process("/process/user/umask", "\"user\":{\"umask\":512}"),
                process("/process/user/additionalGids/1", "\"user\":{\"additionalGids\":[1,-1]}"),
                process("/process/apparmorProfile", "\"apparmorProfile\":7"),
                process("/process/oomScoreAdj", "\"oomScoreAdj\":1001"),
                process("/process/noNewPrivileges", "\"noNewPrivileges\":1"),
                process("/process/rlimits/0/type", "\"rlimits\":[{\"type\":\"RLIMIT_X\",\"soft\":1,\"hard\":1}]"),
                process("/process/rlimits/0/soft", "\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"hard\":1}]"),
                process("/process/rlimits/0", "\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"),
                process(
                        "/process/rlimits/0/hard",
                        "\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":18446744073709551614}]"),
                process(
                        "/process/rlimits/1/type",
                        "\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1}]"),
                process("/process/ioPriority/class", "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_NONE\"}"),
                process(
                        "/process/ioPriority/priority",
                        "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":8}"),
                process("/process/scheduler/policy", "\"scheduler\":{\"policy\":\"SCHED_ISO\"}"),
                process("/process/scheduler/policy", "\"scheduler\":{\"policy\":\"SCHED_RR\"}"),
                process("/process/scheduler/priority", "\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"priority\":1}"),
                process("/process/scheduler", "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5}"),
                process(
                        "/process/scheduler/flags/0",
                        "\"scheduler\":{\"policy\":\"SCHED_IDLE\",\"flags\":[\"SCHED_FLAG_RECLAIM\"]}"),
                process("/process/capabilities/effective", "\"capabilities\":{\"effective\":\"CAP_KILL\"}"),
                process("/process/consoleSize/width", "\"terminal\":true,\"consoleSize\":{\"height\":1}"),
                // linux
                linux("/linux/cgroupsPath", "\"cgroupsPath\":\"/a/../b\""),
                linux("/linux/cgroupsPath", "\"cgroupsPath\":\"../b\""),
                linux("/linux/cgroupsPath", "\"cgroupsPath\":\"/\""),
                linux("/linux/cgroupsPath", "\"cgroupsPath\":\"/a//b\""),
                linux("/linux/cgroupsPath", "\"cgroupsPath\":\"/a/./b\""),
                linux("/linux/cgroupsPath", "\"cgroupsPath\":\"/a\\nb\""),
                linux("/linux/cgroupsPath", "\"cgroupsPath\":7"),
                linux("/linux/netDevices", "\"netDevices\":{\"eth0\":{}}"), // without a network of its own
                linux("/linux/intelRdt", "\"intelRdt\":{\"closID\":\"x\"}"),
                linux("/linux/memoryPolicy/mode", "\"memoryPolicy\":{\"mode\":\"MPOL_SOMEWHERE\"}"),
                linux("/linux/memoryPolicy", "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\"}"),
                linux("/linux/memoryPolicy", "\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\",\"nodes\":\"0\"}"),
                linux("/linux/memoryPolicy", "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"1024\"}"),
                linux("/linux/memoryPolicy/nodes", "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0-\"}"),
                linux(
                        "/linux/memoryPolicy/flags/0",
                        "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_X\"]}"),
                linux(
                        "/linux/memoryPolicy",
                        "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\","
                                + "\"flags\":[\"MPOL_F_STATIC_NODES\",\"MPOL_F_RELATIVE_NODES\"]}"),
                linux("/linux/rootfsPropagation", "\"rootfsPropagation\":\"sideways\""),
                linux("/linux/personality/domain", "\"personality\":{\"domain\":\"SVR4\"}"),
                linux("/linux/personality/flags", "\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}"),
                linux("/linux/maskedPaths/0", "\"maskedPaths\":[\"proc\"]"),
                linux(
                        "/linux/devices/0/type",
                        "\"devices\":[{\"type\":\"x\",\"path\":\"/dev/x\",\"major\":1,\"minor\":1}]"),
                linux("/linux/devices/0/minor", "\"devices\":[{\"type\":\"c\",\"path\":\"/dev/x\",\"major\":1}]"),
                linux("/linux/devices/0/path", "\"devices\":[{\"type\":\"p\",\"path\":\"dev/x\"}]"),
                linux(
                        "/linux/devices/0/path",
                        "\"devices\":[{\"type\":\"c\",\"path\":\"/dev/null\",\"major\":1,\"minor\":5}]"),
                linux("/linux/devices/0/fileMode", "\"devices\":[{\"type\":\"p\",\"path\":\"/x\",\"fileMode\":65536}]"),
                linux("/linux/sysctl/kernel.panic", "\"sysctl\":{\"kernel.panic\":\"1\"}"),
                linux("/linux/sysctl/vm.swappiness", "\"sysctl\":{\"vm.swappiness\":\"1\"}"),
                linux("/linux/sysctl/net...~1kernel~1panic", "\"sysctl\":{\"net.../kernel/panic\":\"1\"}"),
                linux("/linux/sysctl/net~1..~1kernel~1panic", "\"sysctl\":{\"net/../kernel/panic\":\"1\"}"),
                linux("/linux/sysctl/net.ipv4.ip_forward", "\"sysctl\":{\"net.ipv4.ip_forward\":1}"),
                linux("/linux/sysctl/net.ipv4.ip_forward", "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}"),
                Arguments.of(
                        "/linux/sysctl/user.max_net_namespaces",
                        Configs.config(
                                "{\"type\":\"user\",\"path\":\"/x\"}",
                                "\"sysctl\":{\"user.max_net_namespaces\":\"1\"}",
                                "")),
                linux("/linux/sysctl/kernel.sem", "\"sysctl\":{\"kernel.sem\":\"1\"}"),
                linux("/linux/seccomp/defaultAction", "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_MAYBE\"}"),
                linux(
                        "/linux/seccomp/syscalls/0/args/0/op",
                        "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_KILL\","
                                + "\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_XX\"}]}]}"),
                linux(
                        "/linux/seccomp/listenerPath",
                        "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/run/x\"}"),
                // resources
                resources("/memory/limit", "\"memory\":{\"limit\":1}"),
                resources("/memory/limit", "\"memory\":{\"limit\":-2}"),
                resources("/memory/swap", "\"memory\":{\"swap\":1000000}"),
                resources("/memory/swap", "\"memory\":{\"limit\":2000000,\"swap\":1000000}"),
                resources("/memory/kernel", "\"memory\":{\"kernel\":1000000}"),
                resources("/memory/kernelTCP", "\"memory\":{\"limit\":2000000,\"kernelTCP\":1999999}"),
                resources("/cpu/quota", "\"cpu\":{\"quota\":1}"),
                resources("/cpu/cpus", "\"cpu\":{\"cpus\":\"3-1\"}"),
                resources("/cpu/mems", "\"cpu\":{\"mems\":\"a\"}"),
                resources("/pids/limit", "\"pids\":{\"limit\":-2}"),
                resources("/blockIO/weight", "\"blockIO\":{\"weight\":1001}"),
                resources(
                        "/blockIO/throttleReadBpsDevice/0/rate",
                        "\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0}]}"),
                resources("/hugepageLimits/0/pageSize", "\"hugepageLimits\":[{\"pageSize\":\"2mb\",\"limit\":1}]"),
                resources("/memory/swappiness", "\"memory\":{\"swappiness\":201}"),
                resources("/cpu/burst", "\"cpu\":{\"burst\":1}"),
                resources("/cpu/burst", "\"cpu\":{\"quota\":1000,\"burst\":1001}"),
                resources("/cpu/idle", "\"cpu\":{\"idle\":2}"),
                resources("/cpu/realtimeRuntime", "\"cpu\":{\"realtimeRuntime\":-5}"),
                resources(
                        "/blockIO/weightDevice/0/minor",
                        "\"blockIO\":{\"weightDevice\":[{\"major\":8,\"weight\":10}]}"),
                resources(
                        "/blockIO/weightDevice/0/weight",
                        "\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":1001}]}"),
                resources("/network/classID", "\"network\":{\"classID\":4294967296}"),
                resources(
                        "/network/priorities/0/name",
                        "\"network\":{\"priorities\":[{\"name\":\"a b\",\"priority\":1}]}"),
                resources("/network/priorities/0/priority", "\"network\":{\"priorities\":[{\"name\":\"a\"}]}"),
                resources("/rdma/mlx5_1", "\"rdma\":{\"mlx5_1\":{}}"),
                resources("/rdma/mlx5 1", "\"rdma\":{\"mlx5 1\":{\"hcaHandles\":1}}"),
                resources("/unified/cgroup.procs", "\"unified\":{\"cgroup.procs\":\"0\"}"),
                resources("/unified/cgroup.subtree_control", "\"unified\":{\"cgroup.subtree_control\":\"+memory\"}"),
                resources("/unified/release_agent", "\"unified\":{\"release_agent\":\"/bin/sh\"}"),
                resources("/unified/memory.~1..~1x", "\"unified\":{\"memory./../x\":\"0\"}"),
                resources("/unified/memory.pressure", "\"unified\":{\"memory.pressure\":\"some 1 2\"}"),
                resources("/unified/io.max", "\"unified\":{\"io.max\":\"8:0 speed=1\"}"),
                resources("/unified/io.max", "\"unified\":{\"io.max\":\"sda rbps=1\"}"),
                resources(
                        "/unified/cpu.max.burst",
                        "\"unified\":{\"cpu.max\":\"1000\",\"cpu.max.burst\":\"999999999999999999\"}"),
                resources("/unified/memory.max", "\"unified\":{\"memory.max\":\"lots\"}"),
                resources("/devices/0/allow", "\"devices\":[{\"access\":\"rwm\"}]"),
                resources("/devices/0/access", "\"devices\":[{\"allow\":true,\"access\":\"rx\"}]"),
                resources("/devices/0/type", "\"devices\":[{\"allow\":true,\"type\":\"x\"}]"),
                resources("/devices/0", "\"devices\":[{\"allow\":false,\"type\":\"c\",\"major\":10}]"),
                resources(
                        "/devices/2",
                        "\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"c\",\"major\":5},"
                                + "{\"allow\":false,\"type\":\"c\",\"major\":5,\"minor\":1}]"),
                // hooks
                whole("/hooks/poststop/0/path", "\"hooks\":{\"poststop\":[{\"path\":\"bin/a\"}]}"),
                whole("/hooks/poststop/0/path", "\"hooks\":{\"poststop\":[{}]}"),
                whole("/hooks/poststart/0/timeout", "\"hooks\":{\"poststart\":[{\"path\":\"/a\",\"timeout\":0}]}"),
                whole("/hooks/postStop", "\"hooks\":{\"postStop\":[]}"));
    }

    private static Arguments resources(String path, String fields) {
        return linux("/linux/resources" + path, "\"resources\":{" + fields + "}");
    }

    @ParameterizedTest
    @MethodSource("refused")
    void withItsPlace(String path, String json) {
        InvalidBundleException refusal = assertThrows(InvalidBundleException.class, () -> Configs.parse(json));
        assertEquals(path, refusal.jsonPath(), refusal.getMessage());
        assertTrue(refusal.getMessage().startsWith("config.json: "), refusal.getMessage());
        assertFalse(refusal.getMessage().contains("\0"), refusal.getMessage());
    }

    @Test
    void everyFieldOfAWrongType() {
        // Whatever type a field should have, an array of an object in its place is none.
        String text = Configs.resource("configs/sandjar-everything.json");
        String[] fields = {
            "ociVersion",
            "hostname",
            "root",
            "process",
            "args",
            "env",
            "cwd",
            "rlimits",
            "mounts",
            "hooks",
            "linux",
            "namespaces",
            "sysctl",
            "resources",
            "seccomp",
            "maskedPaths",
            "annotations",
            "timeOffsets",
            "personality"
        };
        for (String field : fields) {
            var tree = (com.fasterxml.jackson.databind.node.ObjectNode) Schema.tree(text);
            var parent = tree.findParent(field);
            parent.putArray(field).addArray().addObject();
            InvalidBundleException refusal =
                    assertThrows(InvalidBundleException.class, () -> Configs.parse(tree.toString()), field);
            assertTrue(refusal.jsonPath().contains(field), field + ": " + refusal.getMessage());
            assertFalse(Schema.config().errors(tree.toString()).isEmpty(), field);
        }
    }

    @Test
    void moreThanAFileMayHold(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("config.json");
        Files.writeString(file, Configs.linux("") + " ".repeat(OciBundle.BYTES_MAX));
        assertEquals(
                "",
                assertThrows(InvalidBundleException.class, () -> OciBundle.load(directory))
                        .jsonPath());
        Files.writeString(file, Configs.linux(""));
        assertEquals(directory.toRealPath(), OciBundle.load(directory).directory());
        Files.write(file, new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
        assertThrows(InvalidBundleException.class, () -> OciBundle.load(directory));
        Files.write(file, Configs.linux("").getBytes(StandardCharsets.UTF_16));
        assertThrows(InvalidBundleException.class, () -> OciBundle.load(directory));
    }

    @Test
    void whatTheCallerWantsLeftOut(@TempDir Path directory) throws Exception {
        String text = Configs.config(
                "",
                "\"cgroupsPath\":\"../b\",\"maskedPaths\":[\"/a\",\"b\",\"/c\",\"d\"]",
                "\"process\":{\"cwd\":\"/\",\"apparmorProfile\":7}");
        Files.writeString(directory.resolve("config.json"), text);
        assertThrows(InvalidBundleException.class, () -> OciBundle.load(directory));
        assertThrows(InvalidBundleException.class, () -> OciBundle.loadIgnoring(directory, "/linux/cgroupsPath"));
        OciBundle bundle = OciBundle.loadIgnoring(
                directory,
                "/linux/cgroupsPath",
                "/linux/maskedPaths/1",
                "/linux/maskedPaths/3",
                "/process/apparmorProfile",
                "/not/there");
        assertEquals(Schema.tree(text), Schema.tree(bundle.toConfigJson()));
        assertTrue(bundle.notes().contains("/linux/cgroupsPath: left out, as the caller wants it"));
        Files.writeString(
                directory.resolve("config.json"),
                Configs.config("", "\"maskedPaths\":[\"/a\",\"/c\"]", "\"process\":{\"cwd\":\"/\"}"));
        assertEquals(OciBundle.load(directory).sandbox(), bundle.sandbox());
        assertThrows(IllegalArgumentException.class, () -> OciBundle.loadIgnoring(directory, "linux"));
        assertThrows(IllegalArgumentException.class, () -> OciBundle.loadIgnoring(directory, ""));
    }

    @Test
    void aConfigurationThatIsElsewhere(@TempDir Path directory) throws Exception {
        assertThrows(InvalidBundleException.class, () -> OciBundle.load(directory));
        Path elsewhere = directory.resolve("other.json");
        Files.writeString(elsewhere, Configs.linux(""));
        Files.createSymbolicLink(directory.resolve("config.json"), elsewhere);
        assertThrows(InvalidBundleException.class, () -> OciBundle.load(directory));
    }

    @Test
    void aTextThatEndsTooEarly() {
        for (String text : new String[] {"{", "{\"a\":[", "{\"a\""}) {
            String message = assertThrows(InvalidBundleException.class, () -> Configs.parse(text))
                    .getMessage();
            assertFalse(message.contains("Source"), message);
            assertTrue(message.contains("line 1"), message);
        }
    }

    @Test
    void partsOfATextAreLeftOut() throws Exception {
        String text = Configs.linux("\"intelRdt\":{\"closID\":\"a\"}");
        assertThrows(InvalidBundleException.class, () -> Configs.parse(text));
        OciBundle bundle = OciBundle.parseIgnoring(Path.of("/b"), text, "/linux/intelRdt");
        assertEquals(
                1,
                bundle.notes().stream()
                        .filter(note -> note.startsWith("/linux/intelRdt"))
                        .count());
        assertTrue(bundle.toConfigJson().contains("closID"));
    }

    @Test
    void messagesAreOneLine() {
        InvalidBundleException refusal = assertThrows(
                InvalidBundleException.class,
                () -> Configs.parse(Configs.linux("\"sysctl\":{\"kernel.\\u001b[31m\\npanic\":\"1\"}")));
        assertTrue(
                refusal.getMessage().chars().noneMatch(Character::isISOControl),
                Arrays.stream(refusal.getMessage().split("")).collect(Collectors.joining(" ")));
    }
}
