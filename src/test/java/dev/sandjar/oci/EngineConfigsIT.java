package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What docker 26.1, podman 5.4, containerd 1.7 and its CRI write for a container runs, once its paths are put in place. */
@KernelTest
@Tag("slow")
@NeedsHost({Feature.ROOT, Feature.PROC, Feature.BUSYBOX, Feature.CGROUP_PIDS, Feature.CGROUP_CPU})
class EngineConfigsIT {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    @TempDir
    Path directory;

    private Bundles of(String engine) throws IOException {
        int number = NUMBERS.incrementAndGet();
        return Bundles.of(Files.createDirectory(directory.resolve(engine.replace("engines/", "") + number)), engine)
                .placed("/sandjar-it-" + ProcessHandle.current().pid() + "-oci" + number + "/leaf");
    }

    private static String run(Bundles bundle, String script) throws Exception {
        try (OciContainer container =
                OciContainer.create("engine", bundle.script(script).load())) {
            SandboxProcess process = container.start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitForReport().exitCode().orElse(-1), out + err);
            container.delete();
            return out.strip();
        }
    }

    @Test
    void docker() throws Exception {
        Bundles bundle = of("docker");
        Path log = directory.resolve("log");
        // Docker's own program, called by what it is to do.
        ObjectNode hook = (ObjectNode) bundle.config.at("/hooks/prestart/0");
        hook.put("path", "/bin/sh");
        hook.putArray("args")
                .add("libnetwork-setkey")
                .add("-c")
                .add("tr '\\0' ' ' < /proc/$$/cmdline > " + log + "; cat >> " + log
                        + "; grep CapPrm /proc/$$/status >> " + log);
        String out = run(
                bundle,
                "hostname; cat /etc/hostname; cat /proc/sys/net/ipv4/ping_group_range /proc/sys/net/ipv4/ip_unprivileged_port_start;"
                        + " grep CapEff /proc/self/status; (echo x > /proc/sysrq-trigger) 2>/dev/null || echo protected; touch /x && echo writable;"
                        + " echo > /dev/null; df -k /dev/shm | tail -1 | sed 's/  */ /g' | cut -d' ' -f2; cat /proc/keys | wc -c");
        assertEquals(
                "C0NT\nof hostname\n0\t2147483647\n0\nCapEff:\t00000000a80425fb\nprotected\nwritable\n65536\n0", out);
        String hooked = Files.readString(log);
        assertTrue(hooked.startsWith("libnetwork-setkey -c "), hooked);
        assertTrue(hooked.contains("\"status\""), hooked);
        assertTrue(
                hooked.contains(HostProgram.sh("grep CapPrm /proc/self/status").strip()), hooked);
    }

    @Test
    void podman() throws Exception {
        Bundles owner = of("containerd");
        try (OciContainer network =
                OciContainer.create("network", owner.script("echo up; cat").load())) {
            SandboxProcess process = network.start();
            assertEquals("up", process.inputReader().readLine());
            Bundles bundle = of("podman");
            ObjectNode namespace = namespace(bundle, "network");
            namespace.put("path", "/proc/" + process.pid() + "/ns/net");
            String out = run(
                    bundle,
                    "hostname; cat /proc/sys/net/ipv4/ping_group_range; cat /run/.containerenv; ls /sys/devices/virtual/powercap 2>/dev/null | wc -l;"
                            + " umask; ulimit -u; echo x > /dev/shm/x; readlink /proc/self/ns/net");
            String net = HostProgram.sh("readlink /proc/" + process.pid() + "/ns/net")
                    .strip();
            assertEquals("C0NT\n0\t0\nof .containerenv\n0\n0022\n1000\n" + net, out);
            assertFalse(
                    HostProgram.sh("cat /proc/sys/net/ipv4/ping_group_range").equals("0\t0\n"),
                    "the host's is another");
            // That of this process would be everybody's.
            namespace.put("path", "/proc/self/ns/net");
            OciBundle ours = bundle.load();
            UnsupportedIsolationException e =
                    assertThrows(UnsupportedIsolationException.class, () -> OciContainer.create("ours", ours));
            assertTrue(e.getMessage().contains("is that of this process"), e.getMessage());
        }
    }

    /** {@code podman run -v SOURCE:/over:O}, and {@code :O} with {@code --read-only}. */
    @Test
    void podmansOverlays() throws Exception {
        Path volume = Files.createDirectory(directory.resolve("a:volume"));
        Files.writeString(volume.resolve("f"), "below\n");
        for (String name : new String[] {"upper", "work", "lower", "merge"}) {
            Files.createDirectory(directory.resolve(name));
        }
        Bundles bundle = of("podman");
        namespace(bundle, "network").remove("path");
        String below = "lowerdir=" + volume.toString().replace(":", "\\:");
        String changes = "upperdir=" + directory.resolve("upper") + ",workdir=" + directory.resolve("work");
        bundle.mount(
                "/over",
                directory.resolve("merge").toString(),
                "overlay",
                (below + "," + changes + ",private").split(","));
        bundle.mount(
                "/fixed",
                directory.resolve("merge").toString(),
                "overlay",
                below + ":" + directory.resolve("lower"),
                "private");
        assertEquals(
                "below read-only new",
                run(
                                bundle,
                                "echo $(cat /over/f /fixed/f | sort -u) $( (echo x > /fixed/f) 2>/dev/null || echo read-only); echo new > /over/f; cat /over/f")
                        .replace('\n', ' '));
        assertEquals("below\n", Files.readString(volume.resolve("f")));
        assertEquals("new\n", Files.readString(directory.resolve("upper/f")));
        HostProgram.sh("rm -rf \"$1\"", directory.resolve("work/work").toString());
    }

    private static ObjectNode namespace(Bundles bundle, String type) {
        ArrayNode all = (ArrayNode) bundle.linux().get("namespaces");
        for (var namespace : all) {
            if (namespace.get("type").asText().equals(type)) {
                return (ObjectNode) namespace;
            }
        }
        return all.addObject().put("type", type);
    }

    @Test
    void containerd() throws Exception {
        assertEquals(
                "/\n1024\n/bin:/usr/bin\nsh\nyes",
                run(
                        of("containerd"),
                        "pwd; ulimit -n; echo $PATH; cat /proc/self/comm | sed 's/cat/sh/'; mknod /tmp/n c 1 1 2>/dev/null; cat /tmp/n 2>/dev/null || echo yes"));
    }

    /** A sandbox, whose shared memory is a mount of CRI's on that of the default list, and a container beside it. */
    @Test
    void aPod() throws Exception {
        Bundles sandbox = of("cri-sandbox");
        try (OciContainer pod = OciContainer.create(
                "pod",
                sandbox.script("cat /etc/resolv.conf; (echo x > /dev/shm/x) 2>/dev/null || echo read-only; cat")
                        .load())) {
            SandboxProcess process = pod.start();
            assertEquals("of resolv.conf", process.inputReader().readLine());
            assertEquals("read-only", process.inputReader().readLine());
            Bundles beside = of("containerd");
            for (String type : new String[] {"ipc", "network"}) {
                namespace(beside, type)
                        .put("path", "/proc/" + process.pid() + "/ns/" + (type.equals("ipc") ? "ipc" : "net"));
            }
            beside.linux().putObject("sysctl").put("kernel.shmmni", "77");
            assertEquals(
                    HostProgram.sh("readlink /proc/" + process.pid() + "/ns/ipc")
                                    .strip() + "\n77",
                    run(beside, "readlink /proc/self/ns/ipc; cat /proc/sys/kernel/shmmni"));
        }
    }

    /** Each has what its file says of the user, the directory and the processes, whatever else is in it. */
    @ParameterizedTest
    @MethodSource("dev.sandjar.oci.EngineVariants#rootful")
    void variants(String name) throws Exception {
        Bundles bundle = of("engines/" + name);
        String user = bundle.process().at("/user/uid").asText() + ":"
                + bundle.process().at("/user/gid").asText();
        String directory = bundle.process().get("cwd").asText();
        assertEquals(user + " " + directory, run(bundle, "echo $(id -u):$(id -g) $(pwd)"));
    }

    /** The ids of a plain user's map are given to root here, who has them all. */
    @ParameterizedTest
    @MethodSource("dev.sandjar.oci.EngineVariants#rootless")
    void rootlessVariants(String name) throws Exception {
        Bundles bundle = of("engines/" + name);
        HostProgram.sh("chown -R 1000:1000 \"$1\"", bundle.rootfs().toString());
        assertEquals("0 1000 100000", run(bundle, "echo $(id -u) $(awk '{print $2}' /proc/self/uid_map)"));
    }

    /** A profile that is not there confines nobody, so that nothing runs. */
    @Test
    void aProfileThatCannotBeHad() throws Exception {
        Bundles bundle = of("containerd");
        bundle.process().put("apparmorProfile", "sandjar-no-such-profile");
        OciBundle loaded = bundle.script("echo ran").load();
        IOException e = assertThrows(IOException.class, () -> {
            try (OciContainer container = OciContainer.create("profile", loaded)) {
                container.start();
            }
        });
        boolean enabled = Files.exists(Path.of("/sys/module/apparmor/parameters/enabled"))
                && Files.readString(Path.of("/sys/module/apparmor/parameters/enabled"))
                        .startsWith("Y");
        assertEquals(!enabled, e instanceof UnsupportedIsolationException, e.getMessage());
        assertTrue(e.getMessage().contains(enabled ? "ENOENT" : "this kernel has no AppArmor"), e.getMessage());
    }

    /** The word "unconfined" is one that AppArmor itself knows, as the kernel loads no profile of that name. */
    @Test
    void theProfileOfTheLauncherIsKept() throws Exception {
        Bundles bundle = of("containerd");
        bundle.process().put("apparmorProfile", "unconfined");
        assertEquals("ran", run(bundle, "echo ran"));
    }
}
