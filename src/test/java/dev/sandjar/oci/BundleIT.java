package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.Capability;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a configuration asks for is what its program finds. */
@KernelTest
@Tag("slow")
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BUSYBOX})
class BundleIT {
    @TempDir
    Path directory;

    @Test
    void theConfigurationThatRuncWrites() throws Exception {
        Bundles bundle = Bundles.of(directory);
        String out = bundle.run(
                "hostname; id -u; pwd; echo $PATH; cat /proc/1/comm; ls /proc | grep -c '^[0-9]';"
                        + " for d in null zero full random urandom tty; do test -c /dev/$d || echo no $d; done;"
                        + " test -c /dev/ptmx && readlink /dev/fd; ls -d /dev/shm /dev/mqueue /sys/class /proc/self;"
                        + " (echo x > /x) 2>/dev/null || echo read-only;"
                        + " (echo x > /proc/sysrq-trigger) 2>/dev/null || echo protected; cat /proc/keys /proc/timer_list 2>/dev/null | wc -c; ls /sys/firmware 2>/dev/null | wc -l");
        String expected = "runc\n0\n/\n/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nsandjar-init\n";
        assertTrue(out.startsWith(expected), out);
        assertTrue(
                out.endsWith(
                        "/proc/self/fd\n/dev/mqueue\n/dev/shm\n/proc/self\n/sys/class\nread-only\nprotected\n0\n0"),
                out);
        assertTrue(Files.isDirectory(bundle.rootfs().resolve("proc")), "missing mount points are made");
        assertFalse(Files.exists(bundle.rootfs().resolve("x")));
    }

    @Test
    void theSetsOfCapabilities() throws Exception {
        Bundles bundle = Bundles.of(directory);
        ObjectNode sets = bundle.process().putObject("capabilities");
        sets.putArray("bounding").add("CAP_CHOWN").add("CAP_KILL").add("CAP_SYS_ADMIN");
        sets.putArray("permitted").add("CAP_CHOWN").add("CAP_KILL");
        sets.putArray("effective").add("CAP_CHOWN");
        sets.putArray("inheritable").add("CAP_KILL").add("CAP_SYS_ADMIN");
        sets.putArray("ambient").add("CAP_KILL");
        String out = bundle.run("grep Cap /proc/self/status; grep NoNew /proc/self/status");
        assertTrue(out.contains("CapBnd:\t0000000000200021"), out);
        assertTrue(out.contains("CapInh:\t0000000000200020"), out);
        assertTrue(out.contains("CapAmb:\t0000000000000020") || out.contains("CapPrm:\t0000000000000021"), out);
        assertTrue(out.contains("NoNewPrivs:\t1"), out);
    }

    @Test
    void aWorkingDirectoryThatIsMissingIsMade() throws Exception {
        Bundles bundle = Bundles.of(directory);
        ((ObjectNode) bundle.config.get("root")).put("readonly", false);
        HostProgram.sh("ln -s /tmp " + bundle.rootfs() + "/link");
        bundle.process().put("cwd", "/link/deep/er");
        assertEquals("/tmp/deep/er 755 0:0", bundle.run("echo $(pwd -P) $(stat -c '%a %u:%g' .)"));
        assertFalse(Files.exists(Path.of("/tmp/deep/er")));
    }

    @Test
    void limitsAndPriorities() throws Exception {
        Bundles bundle = Bundles.of(directory);
        ArrayNode limits = bundle.process().putArray("rlimits");
        limits.addObject().put("type", "RLIMIT_NOFILE").put("soft", 100).put("hard", 200);
        ((ObjectNode) bundle.process().get("user")).put("umask", 027);
        bundle.process().put("oomScoreAdj", 300);
        bundle.process().putObject("scheduler").put("policy", "SCHED_BATCH").put("nice", 5);
        assertEquals(
                "100\n200\n0027\n300\nSCHED_BATCH? 3 nice 5",
                bundle.run("ulimit -Sn; ulimit -Hn; umask; cat /proc/self/oom_score_adj;"
                        + " set -- $(sed 's/.*) //' /proc/self/stat); shift 16; echo \"SCHED_BATCH? ${23} nice $1\""));
    }

    @Test
    void parametersOfItsOwn() throws Exception {
        Bundles bundle = Bundles.of(directory);
        bundle.linux().putObject("sysctl").put("kernel.shmmni", "77").put("net.ipv4.ip_default_ttl", "33");
        if (bundle.linux().path("namespaces").toString().contains("network")) {
            assertEquals("77\n33", bundle.run("cat /proc/sys/kernel/shmmni /proc/sys/net/ipv4/ip_default_ttl"));
        } else {
            bundle.linux().putObject("sysctl").put("kernel.shmmni", "77");
            assertEquals("77", bundle.run("cat /proc/sys/kernel/shmmni"));
        }
        assertFalse(HostProgram.sh("cat /proc/sys/kernel/shmmni").strip().equals("77"), "nobody else has it");
    }

    /** The specification: mounts in the listed order, and what is masked or read-only after them. */
    @Test
    void mountsKeepTheListedOrder() throws Exception {
        Path data = Files.createDirectories(directory.resolve("data/inner"));
        Files.writeString(data.resolve("file"), "content");
        HostProgram.sh("chmod -R go+rX " + directory + "/data");
        Bundles covered = Bundles.of(Files.createDirectory(directory.resolve("one")));
        covered.mount("/data/inner", data.toString(), "none", "bind", "ro");
        covered.mount("/data", "tmpfs", "tmpfs", "mode=755");
        assertEquals("0", covered.run("ls /data | wc -l"));
        Bundles seen = Bundles.of(Files.createDirectory(directory.resolve("two")));
        seen.linux().putArray("maskedPaths").add("/data/inner/file").add("/data/none");
        seen.mount("/data", "tmpfs", "tmpfs", "mode=755");
        seen.mount("/data/inner", data.toString(), "none", "bind", "ro");
        assertEquals("file\n0", seen.run("ls /data/inner; cat /data/inner/file | wc -c"));
    }

    @Test
    void optionsOfMounts() throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        Files.writeString(data.resolve("file"), "content");
        HostProgram.sh("chmod -R go+rX " + data);
        Bundles bundle = Bundles.of(directory);
        // In a user namespace access times of the host's mounts are locked.
        String atime = Feature.ROOT.isPresent() ? "noatime" : "relatime";
        if (Feature.ROOT.isPresent()) {
            bundle.mount("/times", data.toString(), "none", "rbind", "noatime", "nodiratime");
        }
        bundle.mount("/data", data.toString(), "none", "rbind", "ro", "nosuid", "nodev", "noexec", "nosymfollow");
        bundle.mount("/plain", data.toString(), "bind", "bind");
        bundle.mount(
                "/mem", "memory", "tmpfs", "mode=711", "size=1m", "nr_inodes=50", "strictatime", "nosuid", "shared");
        bundle.mount("/again", "memory", "tmpfs");
        bundle.mount("/again", "memory", "none", "remount", "ro", "nodev");
        String out = bundle.run(
                "cat /data/file; (echo x > /data/y) 2>/dev/null || echo read-only; echo x > /plain/z;"
                        + " grep -E ' /(data|plain|mem|again|times) ' /proc/self/mountinfo | cut -d' ' -f5-; stat -c %a /mem; df -k /mem | tail -1");
        assertTrue(out.startsWith("contentread-only\n"), out);
        assertTrue(out.matches("(?s).*/data ro,nosuid,nodev,noexec,relatime,nosymfollow .*"), out);
        assertTrue(atime.equals("relatime") || out.matches("(?s).*/times rw,[^ ]*noatime,nodiratime.*"), out);
        assertTrue(out.matches("(?s).*/plain rw,.*relatime.*"), out);
        assertFalse(out.matches("(?s).*/plain [^ ]*nosuid.*"), "nothing is added: " + out);
        assertTrue(out.matches("(?s).*/mem rw,nosuid[^ ]* shared:[0-9]+ - tmpfs memory .*size=1024k.*"), out);
        assertTrue(out.matches("(?s).*/again ro,nodev.*"), out);
        assertTrue(out.contains("\n711\n"), out);
        assertEquals("x", Files.readString(data.resolve("z")).strip());
    }

    /** What podman says of each tmpfs: it begins as the directory that it covers. */
    @Test
    void aTmpfsBeginsAsWhatItCovers() throws Exception {
        Bundles bundle = Bundles.of(directory);
        HostProgram.sh(
                "cd $1 && mkdir -p run/lock/deep && echo text > run/lock/deep/file && chmod 640 run/lock/deep/file && chmod 711 run/lock"
                        + " && ln -s lock/deep/file run/link && ln -s /etc/passwd run/host && mkfifo run/pipe && chmod 751 run"
                        + " && touch -d @1000000000 run/lock/deep/file && mkdir -p plain && chmod 700 plain && touch plain/hidden",
                bundle.rootfs().toString());
        bundle.mount("/run", "tmpfs", "tmpfs", "rw", "rprivate", "nosuid", "nodev", "tmpcopyup", "");
        bundle.mount("/plain", "tmpfs", "tmpfs", "nosuid");
        bundle.mount("/other", "tmpfs", "tmpfs", "tmpcopyup", "mode=1700", "ro");
        String out = bundle.run(
                "stat -c '%n %a %F' /run /run/lock /run/lock/deep/file /plain /other; stat -c %Y /run/lock/deep/file;"
                        + " cat /run/link; readlink /run/host; ls /run /plain; echo new > /run/lock/deep/file; echo x > /run/x;"
                        + " (echo x > /other/x) 2>/dev/null || echo read-only");
        assertEquals(
                "/run 751 directory\n/run/lock 711 directory\n/run/lock/deep/file 640 regular file\n/plain 700 directory\n"
                        + "/other 1700 directory\n1000000000\ntext\n/etc/passwd\n/plain:\n\n/run:\nhost\nlink\nlock\nread-only",
                out.replace("\n/run:\nhost\nlink\nlock\n\n/plain:\n", "\n/plain:\n\n/run:\nhost\nlink\nlock\n"));
        assertEquals("text\n", Files.readString(bundle.rootfs().resolve("run/lock/deep/file")));
        assertFalse(Files.exists(bundle.rootfs().resolve("run/x")));
    }

    @Test
    void pipesAndTheRootsPropagation() throws Exception {
        Bundles bundle = Bundles.of(directory);
        bundle.linux().put("rootfsPropagation", "unbindable");
        bundle.linux()
                .putArray("devices")
                .addObject()
                .put("type", "p")
                .put("path", "/dev/pipe")
                .put("fileMode", 0640);
        assertEquals(
                "fifo 640\nunbindable",
                bundle.run(
                        "stat -c '%F %a' /dev/pipe; grep ' / / ' /proc/self/mountinfo | grep -q unbindable && echo unbindable"
                                + " || grep -E ' / [a-z,]+ unbindable' /proc/self/mountinfo | head -1 | sed 's/.*/unbindable/'"));
    }

    @Test
    void aSharedRoot() throws Exception {
        Bundles bundle = Bundles.of(directory);
        bundle.linux().put("rootfsPropagation", "shared");
        assertEquals(
                "shared",
                bundle.run(
                        "grep -qE '^[0-9]+ [0-9]+ [^ ]+ [^ ]+ / [^ ]+ shared:' /proc/self/mountinfo && echo shared || cat /proc/self/mountinfo"));
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void devices() throws Exception {
        Bundles bundle = Bundles.of(directory);
        ArrayNode devices = bundle.linux().putArray("devices");
        devices.addObject()
                .put("type", "c")
                .put("path", "/dev/nothing")
                .put("major", 1)
                .put("minor", 3)
                .put("fileMode", 0602)
                .put("uid", 5)
                .put("gid", 6);
        assertEquals(
                "character special file 602 5:6 1:3\nworks",
                bundle.run("stat -c '%F %a %u:%g %t:%T' /dev/nothing; echo x > /dev/nothing && echo works"));
    }

    @Test
    @NeedsHost({Feature.ROOT, Feature.CGROUP_MEMORY, Feature.CGROUP_PIDS})
    void resources() throws Exception {
        Bundles bundle = Bundles.of(directory);
        ObjectNode resources = bundle.linux().putObject("resources");
        resources.putObject("memory").put("limit", 67108864);
        resources.putObject("pids").put("limit", 50);
        String out = bundle.run(
                "cat /sys/fs/cgroup/memory*/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null;"
                        + " cat /sys/fs/cgroup/*pids*/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; grep -c cgroup /proc/mounts >/dev/null");
        assertEquals("67108864\n50", out);
    }

    @Test
    @NeedsHost({Feature.ROOT, Feature.CGROUP_MEMORY, Feature.CGROUP_PIDS})
    void cgroupsWhereTheConfigurationWantsThem() throws Exception {
        Bundles bundle = Bundles.of(directory);
        String parent = "/sandjar-bundle-" + ProcessHandle.current().pid();
        bundle.linux().put("cgroupsPath", parent + "/id");
        bundle.linux().putObject("resources").putObject("pids").put("limit", 50);
        OciBundle loaded = bundle.script(
                        "read x; cat /sys/fs/cgroup/*pids*/pids.max /sys/fs/cgroup/pids.max 2>/dev/null")
                .load();
        List<Path> places = HostProgram.sh("awk '$(NF-2) ~ /^cgroup2?$/ && !/name=/ {print $5}' /proc/self/mountinfo")
                .lines()
                .map(mount -> Path.of(mount + parent))
                .toList();
        try (OciContainer container = OciContainer.create("placed", loaded)) {
            SandboxProcess process = container.start();
            List<String> limits = new ArrayList<>();
            for (Path place : places) {
                if (Files.exists(place.resolve("id/pids.max"))) {
                    limits.add(Files.readString(place.resolve("id/pids.max")).strip());
                    assertFalse(
                            Files.readString(place.resolve("id/cgroup.procs")).isBlank());
                }
            }
            assertEquals(List.of("50"), limits);
            process.outputWriter().append("\n").close();
            assertEquals("50", process.inputReader().readLine());
            process.waitForReport();
            container.delete();
        }
        // Its name is free again at once.
        try (OciContainer again = OciContainer.create("placed", loaded)) {
            again.kill(Signal.KILL);
            again.delete();
        }
        assertTrue(Await.within(Duration.ofSeconds(60), () -> places.stream().noneMatch(Files::exists)));
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void idMaps() throws Exception {
        Bundles bundle = Bundles.of(directory);
        bundle.linux().withArray("namespaces").addObject().put("type", "user");
        for (String field : new String[] {"uidMappings", "gidMappings"}) {
            bundle.linux()
                    .putArray(field)
                    .addObject()
                    .put("containerID", 0)
                    .put("hostID", 500000)
                    .put("size", 1000);
        }
        // A user namespace may mount only what the host shows as a whole.
        bundle.without("/sys").without("/sys/fs/cgroup");
        HostProgram.sh("chown -R 500000:500000 " + bundle.rootfs());
        ((ObjectNode) bundle.config.get("root")).put("readonly", false);
        assertEquals("0 500000 1000", bundle.run("echo made > /made; tr -s ' ' < /proc/self/uid_map | sed 's/^ //'"));
        assertEquals(
                "500000",
                HostProgram.sh("stat -c %u " + bundle.rootfs().resolve("made")).strip());
    }

    @Test
    @NeedsHost(Feature.NO_CGROUPS)
    void whoCannotMakeCgroupsLearnsWhatToLeaveOut() throws Exception {
        Bundles bundle = Bundles.of(directory).script("echo done").without("/sys/fs/cgroup");
        bundle.mount("/sys/fs/cgroup", "cgroup", "cgroup", "ro", "nosuid", "noexec", "nodev");
        bundle.linux().putObject("resources").putObject("pids").put("limit", 20);
        OciBundle loaded = bundle.load();
        UnsupportedIsolationException e =
                assertThrows(UnsupportedIsolationException.class, () -> OciContainer.create("without", loaded));
        Matcher call = Pattern.compile("loadIgnoring\\(directory, (.*)\\)").matcher(e.remedy());
        assertTrue(call.find(), e.getMessage());
        String[] pointers = call.group(1).replace("\"", "").split(", ");
        assertEquals(2, pointers.length, e.getMessage());
        OciBundle without = OciBundle.loadIgnoring(bundle.rootfs().getParent(), pointers);
        try (OciContainer container = OciContainer.create("without", without)) {
            SandboxProcess process = container.start();
            assertEquals("done\n", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** The other limits are not to be lost for one that this host can't keep. */
    @Test
    @NeedsHost(Feature.CGROUP_PIDS)
    void whoCannotHaveOneLimitLearnsWhichFieldToLeaveOut() throws Exception {
        Bundles bundle = Bundles.of(directory).script("cat /proc/self/cgroup; echo done");
        ObjectNode resources = bundle.linux().putObject("resources");
        resources.putObject("pids").put("limit", 20);
        resources
                .putObject("blockIO")
                .put("leafWeight", 0)
                .putArray("weightDevice")
                .addObject()
                .put("major", 4095)
                .put("minor", 1)
                .put("weight", 100);
        OciBundle loaded = bundle.load();
        UnsupportedIsolationException e =
                assertThrows(UnsupportedIsolationException.class, () -> OciContainer.create("one", loaded));
        assertTrue(
                e.remedy()
                        .endsWith("; or, if it may do without, OciBundle.loadIgnoring(directory,"
                                + " \"/linux/resources/blockIO/weightDevice\")"),
                e.getMessage());
        OciBundle without =
                OciBundle.loadIgnoring(bundle.rootfs().getParent(), "/linux/resources/blockIO/weightDevice");
        assertEquals(
                loaded.sandbox().limits().pids(), without.sandbox().limits().pids());
        try (OciContainer container = OciContainer.create("one", without)) {
            SandboxProcess process = container.start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(out.endsWith("done\n"), out);
        }
    }

    @Test
    void mountsOfTheBundlesOwnDirectory() throws Exception {
        Bundles bundle = Bundles.of(directory);
        HostProgram.sh(
                "mkdir $1/../shared && echo inside > $1/../shared/file && chmod -R go+rX $1/../shared",
                bundle.rootfs().toString());
        bundle.mount("shared", "shared", "bind", "bind", "ro");
        assertEquals("inside", bundle.run("cat /shared/file"));
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void namespacesThatAreThere() throws Exception {
        Bundles first = Bundles.of(Files.createDirectory(directory.resolve("first")));
        first.config.put("hostname", "first");
        Bundles second = Bundles.of(Files.createDirectory(directory.resolve("second")));
        second.config.remove("hostname");
        try (OciContainer container =
                OciContainer.create("first", first.script("true").load())) {
            String path = "/proc/" + container.state().pid().orElseThrow() + "/ns/";
            for (com.fasterxml.jackson.databind.JsonNode namespace :
                    second.linux().get("namespaces")) {
                String type = namespace.get("type").asText();
                if (type.equals("uts") || type.equals("ipc") || type.equals("network")) {
                    ((ObjectNode) namespace).put("path", path + (type.equals("network") ? "net" : type));
                }
            }
            String expected =
                    HostProgram.sh("readlink " + path + "net " + path + "ipc").strip();
            assertEquals(
                    "first\n" + expected,
                    second.run("hostname; readlink /proc/self/ns/net; readlink /proc/self/ns/ipc"));
        }
        Bundles wrong = Bundles.of(Files.createDirectory(directory.resolve("wrong")));
        wrong.config.remove("hostname");
        ((ObjectNode) wrong.linux().get("namespaces").get(3)).put("path", "/proc/self/ns/net");
        assertEquals("uts", wrong.linux().get("namespaces").get(3).get("type").asText());
        OciBundle loaded = wrong.script("true").load();
        assertThrows(
                SandboxException.class,
                () -> loaded.sandbox().run(loaded.command().orElseThrow()),
                "a namespace of another type is refused");
    }

    /** Others are in it, so that nothing of it is changed. */
    @Test
    @NeedsHost(Feature.ROOT)
    void aMountNamespaceThatIsThere() throws Exception {
        Bundles bundle = Bundles.of(directory);
        Bundles holder = Bundles.of(Files.createDirectory(directory.resolve("holder")));
        OciBundle held = holder.script(
                        "mount -t tmpfs none /tmp && echo here > /tmp/mark && cp /proc/self/mounts /tmp/before"
                                + " && echo up && cat && cat /proc/self/mounts | cmp - /tmp/before && ls /")
                .load();
        try (SandboxProcess other = held.customized(b -> b.keepCapabilities(Capability.SYS_ADMIN))
                .sandbox()
                .start(held.command().orElseThrow())) {
            assertEquals("up", other.inputReader().readLine());
            Path namespace = Path.of("/proc/" + other.pid() + "/ns/mnt");
            for (JsonNode n : bundle.linux().withArray("namespaces")) {
                if (n.get("type").asText().equals("mount")) {
                    ((ObjectNode) n).put("path", namespace.toString());
                }
            }
            bundle.config.remove("root");
            bundle.config.remove("mounts");
            bundle.linux().remove(List.of("maskedPaths", "readonlyPaths"));
            String link = HostProgram.sh("readlink " + namespace).strip();
            assertNotEquals(HostProgram.sh("readlink /proc/self/ns/mnt").strip(), link);
            assertEquals("here", bundle.run("cat /tmp/mark"));
            bundle.hook("startContainer", "echo hook >> /tmp/mark").hook("prestart", "test -d /proc/$PPID");
            OciBundle loaded = bundle.script("cat /tmp/mark; readlink /proc/self/cwd; exec sleep 1000")
                    .load();
            assertTrue(loaded.notes().stream().anyMatch(note -> note.contains("/proc")), "its PID namespace is new");
            try (OciContainer container = OciContainer.create("joined", loaded)) {
                assertEquals(
                        link,
                        HostProgram.sh("readlink /proc/"
                                        + container.state().pid().orElseThrow() + "/ns/mnt")
                                .strip());
                SandboxProcess process = container.start();
                assertEquals("here", process.inputReader().readLine());
                assertEquals("hook", process.inputReader().readLine());
                assertEquals(
                        link,
                        HostProgram.sh("readlink /proc/" + process.pid() + "/ns/mnt")
                                .strip());
            }
            other.outputWriter().close();
            assertEquals(
                    List.of("bin", "dev", "etc", "proc", "sys", "tmp"),
                    other.inputReader().lines().toList());
            assertEquals(0, other.waitForReport().exitCode().orElseThrow());
        }
        for (JsonNode n : bundle.linux().withArray("namespaces")) {
            if (n.get("type").asText().equals("mount")) {
                ((ObjectNode) n).put("path", "/etc/hostname");
            }
        }
        OciBundle none = bundle.script("true").load();
        SandboxException e = assertThrows(
                SandboxException.class, () -> none.sandbox().run(none.command().orElseThrow()));
        assertTrue(e.getMessage().contains("/etc/hostname"), e::getMessage);
    }

    @Test
    @NeedsHost({Feature.TIMENS, Feature.ROOT})
    void clocks() throws Exception {
        Bundles bundle = Bundles.of(directory);
        bundle.linux().withArray("namespaces").addObject().put("type", "time");
        bundle.linux().putObject("timeOffsets").putObject("boottime").put("secs", 86_400_000);
        long up = Long.parseLong(bundle.run("cut -d. -f1 /proc/uptime"));
        assertTrue(up > 86_400_000, "up for " + up);
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void mountsOfTheHostReachASlave() throws Exception {
        // In a mount namespace of its own, where something is shared whatever the host does.
        Bundles bundle = Bundles.of(directory);
        Path source = Files.createDirectory(directory.resolve("source"));
        HostProgram.sh(
                "mount -t tmpfs -o size=1m sandjar-test $1 && mount --make-shared $1 && mkdir $1/later",
                source.toString());
        try {
            bundle.mount("/slave", source.toString(), "bind", "rbind", "rslave");
            bundle.mount("/private", source.toString(), "bind", "rbind");
            OciBundle loaded = bundle.script(
                            "read x; for p in slave private; do test -e /$p/later/mark && echo $p; done; true")
                    .load();
            try (SandboxProcess process =
                    loaded.sandbox().start(loaded.command().orElseThrow())) {
                HostProgram.sh(
                        "mount -t tmpfs -o size=1m sandjar-test $1/later && touch $1/later/mark", source.toString());
                process.outputWriter().append("\n").close();
                assertEquals("slave", process.inputReader().readLine());
                process.waitForReport();
            }
        } finally {
            HostProgram.sh("umount -l $1", source.toString());
        }
    }
}
