package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.ProcOption;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.CgroupTrees;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs that fit themselves to their limits find them at /sys/fs/cgroup, and nothing of anybody else's. */
@KernelTest
@NeedsHost({
    Feature.USERNS,
    Feature.PROC,
    Feature.CGROUP_MEMORY,
    Feature.CGROUP_CPU,
    Feature.CGROUP_PIDS,
    Feature.TWO_CPUS
})
@Timeout(value = 4, unit = TimeUnit.MINUTES) // JVMs, on emulated processors
class SeenLimitsIT {
    private static final Path JAVA = Path.of(System.getProperty("java.home"));
    private static final DataSize MEMORY = DataSize.mebibytes(96);
    /** What is in a group, but not of a sandbox's own. */
    private static final String FOREIGN =
            "find /sys/fs/cgroup -type d -name '[!.]*'; cat /sys/fs/cgroup/tasks /sys/fs/cgroup/*/tasks"
                    + " /sys/fs/cgroup/cgroup.procs 2>/dev/null | sort -u | wc -l";

    @TempDir
    static Path directory;

    /** In each the JVM would else take a quarter of the host's memory, and all processors. */
    private enum Box {
        UNTRUSTED(Sandbox::untrusted),
        UNTRUSTED_WITH_A_MASK(() -> Sandbox.untrusted().mounts(m -> m.mask("/sys/kernel"))),
        UNTRUSTED_WITH_SOMETHING_BESIDE(() -> Sandbox.untrusted().tmpfs("/sys/devices", DataSize.mebibytes(1))),
        HERMETIC(() -> Sandbox.hermetic().hostPrograms().process(p -> p.processors(2))),
        UNTRUSTED_WITH_PROCESSES_ONLY(() -> Sandbox.untrusted().mounts(m -> m.proc(ProcOption.SUBSET_PID))),
        HERMETIC_WITH_ALL_OF_PROC(() -> Sandbox.hermetic()
                .hostPrograms()
                .process(p -> p.processors(2))
                .mounts(m -> m.proc(ProcOption.HIDE_PID))),
        LAYERED(() ->
                Sandbox.untrusted().rootfs(RootFs.empty().captureChanges()).hostPrograms()),
        PLAIN(() -> Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .cgroupNamespace()
                .rootfs(RootFs.hostReadOnly())
                .tmpfs("/tmp", DataSize.mebibytes(64)));

        private final Supplier<SandboxBuilder> begin;

        Box(Supplier<SandboxBuilder> begin) {
            this.begin = begin;
        }

        SandboxBuilder builder() {
            return begin.get().memoryLimit(MEMORY).cpuLimit(1).pidsLimit(64);
        }
    }

    private static SandboxBuilder withJava(SandboxBuilder builder) {
        return builder.bindReadOnly(JAVA, "/java");
    }

    private static void assertSized(RunResult result) {
        String told = result.stdout() + result.stderr();
        // A quarter of the limit for the heap, of which the young generation's second survivor space does not count.
        assertTrue(told.matches("(?s).*Max\\. Heap Size \\(Estimated\\): (4[0-9]|5[0-9])\\.[0-9]+M.*"), told);
        assertTrue(told.contains("Effective CPU Count: 1\n"), told);
    }

    @ParameterizedTest
    @EnumSource
    void aJvmSizesItself(Box box) throws Exception {
        Sandbox sandbox = withJava(box.builder()).build();
        assertSized(sandbox.run(
                "/java/bin/java", "-XX:+UseSerialGC", "-XX:MaxRAMPercentage=50", "-XshowSettings:all", "-version"));
    }

    /** Control for {@link #aJvmSizesItself}: that JVM looks there, and nowhere else. */
    @Test
    void whereTheViewIsMaskedItDoesNot() throws Exception {
        Sandbox sandbox = withJava(Box.UNTRUSTED.builder().mounts(m -> m.mask("/sys/fs/cgroup")))
                .build();
        RunResult result = sandbox.run(
                "/java/bin/java",
                "-XX:+UseSerialGC",
                "-XX:MaxRAMPercentage=50",
                "-Xlog:disable",
                "-XshowSettings:vm",
                "-version");
        assertEquals(0, result.exitValue(), result::toString);
        assertFalse(result.stderr().matches("(?s).*Estimated\\): (4[0-9]|5[0-9])\\.[0-9]+M.*"), result.stderr());
        String explanation = sandbox.explain().entries().toString();
        assertFalse(explanation.contains("view of its own cgroups"), explanation);
    }

    /** The later of a pool were made before anybody asked for them; so are those ahead. */
    @Test
    void soDoThoseMadeAhead() throws Exception {
        String ask = "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; true";
        Sandbox sandbox = Box.UNTRUSTED.builder().warm(1).build();
        for (int i = 0; i < 4; i++) {
            assertEquals(Long.toString(MEMORY.toBytes()), Guest.sh(sandbox, ask));
        }
        try (SandboxPool pool = sandbox.pool(1);
                SandboxProcess process = pool.start("sh", "-c", ask)) {
            assertEquals(Long.toString(MEMORY.toBytes()), process.inputReader().readLine());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UNTRUSTED", "PLAIN"})
    void nothingOfOthersIsSeen(Box box) throws Exception {
        try (SandboxProcess other = Box.UNTRUSTED.builder().build().start("sleep", "60")) {
            assertTrue(other.isAlive());
            assertFalse(
                    CgroupTrees.leaves(ProcessHandle.current().pid()).isEmpty(),
                    "there is something that could be seen");
            assertOwn(Guest.sh(box.builder().build(), FOREIGN));
            // Where the sandbox has a limit of one kind, it has no group in v1's other hierarchies.
            SandboxBuilder one = Sandbox.builder()
                    .userNamespace()
                    .pidNamespace()
                    .cgroupNamespace()
                    .rootfs(RootFs.hostReadOnly());
            assertOwn(Guest.sh(one.memoryLimit(MEMORY).build(), FOREIGN));
        }
    }

    /** As many processes as find(1), cat(1), sort(1), wc(1) and a shell, and not one directory below a hierarchy's. */
    private static void assertOwn(String seen) {
        List<String> lines = seen.lines().toList();
        assertTrue(lines.contains("/sys/fs/cgroup"), seen);
        for (String line : lines.subList(0, lines.size() - 1)) {
            assertTrue(line.matches("/sys/fs/cgroup(/[a-z]+(,[a-z]+)*)?"), seen);
        }
        int members = Integer.parseInt(lines.get(lines.size() - 1).strip());
        assertTrue(members >= 1 && members <= 8, seen);
    }

    @Test
    void nothingOfItCanBeWritten() throws Exception {
        String script = "for f in $(find /sys/fs/cgroup -type f); do (: >>$f) 2>/dev/null && echo $f; done;"
                + " mkdir /sys/fs/cgroup/x /sys/fs/cgroup/*/x 2>/dev/null; find /sys/fs/cgroup -name x; echo end";
        assertEquals("end", Guest.sh(Box.UNTRUSTED.builder().build(), script));
        assertEquals("end", Guest.sh(Box.PLAIN.builder().build(), script));
    }

    /** Beside the processes a JVM finds the one file there that it asks, with nothing of the host's in it, and nothing else. */
    @ParameterizedTest
    @EnumSource(names = {"HERMETIC", "UNTRUSTED_WITH_PROCESSES_ONLY"})
    void ofTheRestOfProcNothingIsSeen(Box box) throws Exception {
        Sandbox sandbox = box.builder().build();
        String script =
                "ls /proc | grep -v '^[0-9]*$'; cat /proc/cgroups; for f in meminfo cpuinfo sys stat uptime version"
                        + " fs/nfsd sysrq-trigger; do test -e /proc/$f && echo $f; done; (echo x >> /proc/cgroups) 2>&1; umount /proc/cgroups 2>&1; true";
        for (int i = 0; i < 3; i++) { // made anew, from a template, ahead
            List<String> seen = Guest.sh(sandbox, script).lines().toList();
            assertEquals(List.of("self", "thread-self"), seen.subList(0, 2), seen::toString);
            assertEquals("#subsys_name\thierarchy\tnum_cgroups\tenabled", seen.get(2), seen::toString);
            List<String> table = seen.stream()
                    .filter(line -> line.matches("[a-z_]+\t[0-9]+\t1\t[01]"))
                    .toList();
            assertTrue(table.stream().anyMatch(line -> line.startsWith("memory\t")), seen::toString);
            List<String> rest = seen.subList(3 + table.size(), seen.size());
            assertEquals(2, rest.size(), seen::toString);
            assertTrue(rest.get(0).contains("cgroups") && rest.get(1).contains("umount"), rest::toString);
        }
    }

    /** What the caller has at that place stays. */
    @Test
    void itGivesWay() throws Exception {
        Files.writeString(Files.createDirectories(directory.resolve("mine")).resolve("file"), "mine");
        HostProgram.sh("chmod -R go+rX " + directory);
        Sandbox bound = Box.UNTRUSTED
                .builder()
                .bindReadOnly(directory.resolve("mine"), "/sys")
                .build();
        assertEquals("mine", Guest.sh(bound, "cd /sys; cat *"));
        Sandbox below = Box.UNTRUSTED
                .builder()
                .file("/sys/fs/cgroup/memory.max", "mine")
                .build();
        assertEquals("mine", Guest.sh(below, "cat /sys/fs/cgroup/*"));
    }

    @Test
    void itIsNoChange() throws Exception {
        RunResult result = Box.LAYERED.builder().build().run("true");
        assertEquals(List.of(), result.changes().orElseThrow().all());
    }

    /**
     * What Go's runtime does (src/internal/runtime/cgroup) for the processors, and libuv (src/unix/linux.c) for the memory: the group's
     * path by /proc/self/cgroup, where v1's controller comes first, and the mount by /proc/self/mountinfo, or at its usual place.
     */
    private static final String AS_GO_AND_LIBUV =
            """
            cpu1= all= memory1= mount=
            while IFS= read -r line; do
                names=${line#*:}; path=${names#*:}; names=${names%%:*}
                case ,$names, in *,cpu,*) cpu1=$path;; ,,) all=$path;; esac
                case ,$names, in *,memory,*) memory1=$path;; esac
            done </proc/self/cgroup
            type=cgroup2 path=$all
            test -z "$cpu1" || type=cgroup path=$cpu1
            while read -r id parent device root at rest; do
                set -- ${rest#* - }
                case $1 in
                    cgroup2) test $type = cgroup2 && mount=${mount:-$at};;
                    cgroup) case ,$3, in *,cpu,*) test $type = cgroup && mount=${mount:-$at};; esac;;
                esac
            done </proc/self/mountinfo
            if test $type = cgroup2; then cat "$mount$path/cpu.max"
            else echo "$(cat "$mount$path/cpu.cfs_quota_us") $(cat "$mount$path/cpu.cfs_period_us")"; fi
            if test -n "$memory1"; then cat "/sys/fs/cgroup/memory$memory1/memory.limit_in_bytes"
            else cat "/sys/fs/cgroup$all/memory.max"; fi
            """;

    @ParameterizedTest
    @EnumSource
    void goAndNodeFindThem(Box box) throws Exception {
        String[] told = Guest.sh(box.builder().build(), AS_GO_AND_LIBUV).split("\\s+");
        assertEquals(3, told.length, () -> List.of(told).toString());
        assertEquals(1.0, Double.parseDouble(told[0]) / Double.parseDouble(told[1]));
        assertEquals(Long.toString(MEMORY.toBytes()), told[2]);
    }

    @Test
    @NeedsHost(Feature.NODE)
    void node() throws Exception {
        RunResult result = Box.UNTRUSTED.builder().build().run("node", "-p", "process.constrainedMemory()");
        assertEquals(Long.toString(MEMORY.toBytes()), result.stdout().strip(), result::toString);
    }
}
