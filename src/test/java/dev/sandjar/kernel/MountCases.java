package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Capability;
import dev.sandjar.DataSize;
import dev.sandjar.IdMapping;
import dev.sandjar.Mount;
import dev.sandjar.MountOption;
import dev.sandjar.ProcOption;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mounts of every kind, whichever system calls make them. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
abstract class MountCases {
    @TempDir
    Path directory;

    @BeforeEach
    void makeSource() throws Exception {
        Files.createDirectory(directory.resolve("source"));
        Files.writeString(directory.resolve("source/file"), "content");
        HostProgram.sh("chmod 755 " + directory + "; chmod 777 " + directory + "/source; chmod 666 " + directory
                + "/source/file");
    }

    private Path source() {
        return directory.resolve("source");
    }

    static SandboxBuilder view() {
        return Sandbox.builder().userNamespace().pidNamespace().rootfs(RootFs.hostReadOnly());
    }

    private static String options(Sandbox sandbox, String target) throws Exception {
        return "," + Guest.sh(sandbox, "awk -v t=" + target + " '$5 == t {o = $6} END {print o}' /proc/self/mountinfo")
                + ",";
    }

    @Test
    void readOnlyBind() throws Exception {
        Sandbox sandbox = view().bindReadOnly(source(), "/data").build();
        assertEquals("content", Guest.sh(sandbox, "cat /data/file"));
        assertEquals(
                "refused refused",
                Guest.sh(
                                sandbox,
                                "(echo x > /data/file) 2>/dev/null || echo refused; touch /data/new 2>/dev/null || echo refused")
                        .replace('\n', ' '));
        assertEquals("content", Files.readString(source().resolve("file")));
    }

    @Test
    void writableBind() throws Exception {
        Sandbox sandbox = view().bind(source(), "/data").build();
        Guest.sh(sandbox, "echo changed > /data/file");
        assertEquals("changed", Files.readString(source().resolve("file")).strip());
    }

    @Test
    void bindOfAFile() throws Exception {
        Sandbox sandbox =
                view().bindReadOnly(source().resolve("file"), "/etc/one").build();
        assertEquals("content", Guest.sh(sandbox, "cat /etc/one; (echo x > /etc/one) 2>/dev/null; true"));
    }

    /** Also of the third start, which is a clone of the second one's template where there are templates. */
    @Test
    void whatIsAskedForLiesBelowDevWhichIsReadOnlyAfterwards() throws Exception {
        Path lower = Files.createDirectories(directory.resolve("lower"));
        HostProgram.sh("chmod 755 \"$1\" && ln -s dev \"$1/links\"", lower.toString());
        List<RootFs> roots = new ArrayList<>(List.of(RootFs.hostReadOnly(), RootFs.empty()));
        if (Feature.OVERLAY.isPresent()) {
            roots.add(RootFs.overlay(lower));
        }
        for (RootFs root : roots) {
            Sandbox sandbox = Sandbox.untrusted()
                    .rootfs(root)
                    .hostPrograms()
                    .bind(Path.of("/dev/null"), "/dev/nothing", MountOption.DEV)
                    .bindReadOnly(source(), "/dev/source")
                    .file("/dev/note", "noted\n")
                    .symlink("/dev/log", "note")
                    .tmpfs("/dev/room", DataSize.mebibytes(1))
                    .bindReadOnly(source(), "/dev/room/source")
                    .bindReadOnly(source(), roots.indexOf(root) == 2 ? "/links/far" : "/dev/far")
                    .build();
            for (int start = 0; start < 3; start++) {
                assertEquals(
                        "noted\nnoted\ncontentcontentcontent0\nfile\nrefused",
                        Guest.sh(
                                sandbox,
                                "cd /dev; cat note log source/file room/source/file far/file; echo x > nothing; wc -c < nothing;"
                                        + " touch room/file && ls room | grep file; for n in /dev/new source/new nothing; do"
                                        + " touch -d @0 $n 2>/dev/null && echo changed $n; done; mkdir /dev/newer 2>/dev/null || echo refused"),
                        root + ", start " + start);
            }
        }
    }

    /** /dev/shm is a mount below /dev, which everybody may write to. */
    @Test
    @NeedsHost(Feature.SUBMOUNT)
    void readOnlyBindsAreReadOnlyAllTheWayDown() throws Exception {
        Path canary =
                Path.of("/dev/shm/sandjar-canary-" + ProcessHandle.current().pid());
        String write = "(echo x > /data/shm/" + canary.getFileName() + ") 2>/dev/null && echo written || echo refused";
        try {
            assertEquals(
                    "refused",
                    Guest.sh(view().bindReadOnly(Path.of("/dev"), "/data").build(), write));
            assertFalse(Files.exists(canary));
            assertEquals(
                    "written", Guest.sh(view().bind(Path.of("/dev"), "/data").build(), write));
            assertTrue(Files.exists(canary));
        } finally {
            Files.deleteIfExists(canary);
        }
    }

    @Test
    void optionalBindOfWhatIsNotThere() throws Exception {
        Sandbox optional = view().bind(directory.resolve("absent"), "/data", MountOption.OPTIONAL)
                .build();
        assertEquals("absent", Guest.sh(optional, "test -e /data || echo absent"));
        Sandbox needed = view().bind(directory.resolve("absent"), "/data").build();
        SandboxException e = assertThrows(SandboxException.class, () -> needed.run("true"));
        assertEquals("ENOENT", e.errnoName());
        assertTrue(e.getMessage().contains("absent"), e.getMessage());
    }

    @Test
    void mountsAreSafeUnlessToldOtherwise() throws Exception {
        Sandbox sandbox = view().bind(source(), "/data")
                .bind(source(), "/noexec", MountOption.NOEXEC)
                .bindReadOnly(source(), "/ro")
                .tmpfs("/scratch", DataSize.mebibytes(1))
                .tmpfs("/exec", DataSize.mebibytes(1), MountOption.EXEC)
                .build();
        String bind = options(sandbox, "/data");
        assertTrue(bind.contains(",rw,") && bind.contains(",nosuid,") && bind.contains(",nodev,"), bind);
        assertFalse(bind.contains("noexec"), bind);
        assertTrue(options(sandbox, "/noexec").contains(",noexec,"));
        assertTrue(options(sandbox, "/ro").contains(",ro,"));
        String scratch = options(sandbox, "/scratch");
        for (String option : List.of("rw", "nosuid", "nodev", "noexec")) {
            assertTrue(scratch.contains("," + option + ","), scratch);
        }
        assertFalse(options(sandbox, "/exec").contains("noexec"));
        for (String mount : List.of("/", "/usr", "/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/null")) {
            assertTrue(options(sandbox, mount).contains(",nosuid,"), mount);
        }
        assertTrue(options(sandbox, "/usr").contains(",ro,"));
        assertTrue(options(sandbox, "/").contains(",ro,"));
        assertTrue(options(sandbox, "/dev").contains(",ro,"));
    }

    @Test
    void noexecIsEnforced() throws Exception {
        Sandbox sandbox = view().tmpfs("/scratch", DataSize.mebibytes(1))
                .tmpfs("/exec", DataSize.mebibytes(1), MountOption.EXEC)
                .build();
        String script = "cp /bin/true $1/t && chmod +x $1/t && $1/t 2>/dev/null && echo ran || echo refused";
        assertEquals("refused", Guest.sh(sandbox, script, "/scratch"));
        assertEquals("ran", Guest.sh(sandbox, script, "/exec"));
    }

    @Test
    void tmpfsHasItsLimits() throws Exception {
        Sandbox sandbox = view().mounts(m -> m.tmpfs("/small", DataSize.kibibytes(64), 5, 0750))
                .tmpfs("/tmp", DataSize.mebibytes(1))
                .user(0, 0)
                .build();
        assertEquals("750", Guest.sh(sandbox, "stat -c %a /small"));
        assertEquals("1777", Guest.sh(sandbox, "stat -c %a /tmp"));
        assertEquals("full", Guest.sh(sandbox, "head -c 200000 /dev/zero > /small/a 2>/dev/null || echo full"));
        assertEquals(
                "4",
                Guest.sh(sandbox, "for i in 1 2 3 4 5 6; do touch /small/$i; done 2>/dev/null; ls /small | wc -l"));
    }

    @Test
    void filesLinksAndDirectories() throws Exception {
        byte[] bytes = new byte[70_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31);
        }
        Sandbox sandbox = view().process(p -> p.umask(077))
                .file("/opt/deep/data", bytes, 0640)
                .file("/opt/text", "Grüße\n")
                .symlink("/opt/link", "text")
                .mounts(m -> m.directory("/opt/dir", 02751))
                .build();
        assertArrayEquals(bytes, sandbox.run("cat", "/opt/deep/data").stdoutBytes());
        assertEquals(
                "640 644 755 2751",
                Guest.sh(sandbox, "echo $(stat -c %a /opt/deep/data /opt/text /opt/deep /opt/dir)"));
        assertEquals("text\nGrüße", Guest.sh(sandbox, "readlink /opt/link; cat /opt/link"));
    }

    @Test
    void maskedPlacesAreEmpty() throws Exception {
        Path inner = Files.createDirectory(source().resolve("inner"));
        Files.writeString(inner.resolve("secret"), "secret");
        HostProgram.sh("chmod -R go+rX " + source());
        SandboxBuilder builder = view().bind(source(), "/data");
        String look = "cat /data/file; ls /data/inner";
        assertEquals("contentsecret", Guest.sh(builder.build(), look));
        Sandbox masked = builder.mounts(m -> m.mask("/data/file", "/data/inner", "/data/absent"))
                .build();
        assertEquals("", Guest.sh(masked, look));
        SandboxBuilder before =
                view().mounts(m -> m.mask("/data/file", "/data/inner")).bind(source(), "/data");
        assertEquals("", Guest.sh(before.build(), look));
        assertEquals(
                "refused",
                Guest.sh(
                        masked,
                        "touch /data/inner/x 2>/dev/null || echo refused; echo x > /data/file; cat /data/file"));
        assertEquals("content", Files.readString(source().resolve("file")));
        assertFalse(Files.exists(source().resolve("absent")));
    }

    /** All orders of five calls. */
    @Test
    void theOrderOfTheCallsChangesNothing() throws Exception {
        Files.createDirectories(source().resolve("inner/deep"));
        Files.createDirectory(source().resolve("over"));
        Files.writeString(source().resolve("inner/deep/secret"), "secret");
        HostProgram.sh("chmod -R a+rwX " + source());
        List<UnaryOperator<SandboxBuilder>> calls = List.of(
                builder -> builder.bind(source(), "/data"),
                builder -> builder.tmpfs("/data/over", DataSize.mebibytes(1)),
                builder -> builder.file("/data/over/mark", "in memory"),
                builder -> builder.mounts(m -> m.mask("/data/inner/deep")),
                builder -> builder.mounts(m -> m.readOnlyPath("/data/inner")));
        String look =
                "cat /data/file /data/over/mark; ls /data/inner/deep; touch /data/inner/x 2>/dev/null || echo refused";
        Set<String> seen = new HashSet<>();
        for (List<Integer> order : orders(calls.size())) {
            SandboxBuilder builder = view();
            for (int i : order) {
                builder = calls.get(i).apply(builder);
            }
            seen.add(Guest.sh(builder.template(false).warm(0).build(), look));
        }
        assertEquals(Set.of("contentin memoryrefused"), seen);
        assertFalse(Files.exists(source().resolve("over/mark")));
    }

    private static List<List<Integer>> orders(int count) {
        if (count == 0) {
            return List.of(List.of());
        }
        List<List<Integer>> all = new ArrayList<>();
        for (List<Integer> shorter : orders(count - 1)) {
            for (int at = 0; at < count; at++) {
                List<Integer> longer = new ArrayList<>(shorter);
                longer.add(at, count - 1);
                all.add(longer);
            }
        }
        return all;
    }

    private static AppliedPolicy.Outcome outcome(List<AppliedPolicy.Entry> entries, String request) {
        return entries.stream()
                .filter(entry -> entry.request().equals(request))
                .findFirst()
                .orElseThrow()
                .outcome();
    }

    @Test
    void whatIsNotThereIsNotSaidToBeProtected() throws Exception {
        Files.createDirectory(source().resolve("inner"));
        Files.createSymbolicLink(source().resolve("link"), Path.of("/data/inner"));
        Files.createSymbolicLink(source().resolve("dangling"), Path.of("/data/none"));
        HostProgram.sh("chmod -R go+rX " + source());
        Sandbox sandbox = view().mounts(
                        m -> m.mask("/data/file", "/data/none", "/data/link", "/data/dangling", "/nowhere/at/all")
                                .readOnlyPath("/data/inner", "/data/inner/none", "/proc/none")
                                .mask("/proc/keys", "/usr/bin", "/tmpfs/x", "/dev/null", "/dev/hda"))
                .tmpfs("/tmpfs", DataSize.mebibytes(1))
                .bind(source(), "/data")
                .build();
        for (List<AppliedPolicy.Entry> entries : List.of(
                sandbox.explain().entries(),
                sandbox.run("/usr/sbin/nologin").report().applied().entries())) {
            for (String there : List.of(
                    "masked /data/file",
                    "masked /data/link",
                    "read-only /data/inner",
                    "masked /proc/keys",
                    "masked /usr/bin",
                    "masked /dev/null")) {
                assertEquals(AppliedPolicy.Outcome.ENFORCED, outcome(entries, there), there);
            }
            for (String absent : List.of(
                    "masked /data/none",
                    "masked /data/dangling",
                    "masked /nowhere/at/all",
                    "read-only /data/inner/none",
                    "read-only /proc/none",
                    "masked /tmpfs/x",
                    "masked /dev/hda")) {
                assertEquals(AppliedPolicy.Outcome.ABSENT, outcome(entries, absent), absent);
            }
        }
    }

    /** The program itself mounts them, after the set-up. */
    @Test
    @NeedsHost(Feature.CGROUP_PIDS)
    void masksOfItsOwnCgroupsHold() throws Exception {
        SandboxBuilder builder = view().cgroupNamespace()
                .accounting()
                .pidsLimit(50)
                .mount(Mount.fileSystem("cgroup2", "/sys/fs/cgroup").options("ro"));
        String look = "find /sys/fs/cgroup -name pids.max | head -n 1 | wc -l";
        assertEquals("1", Guest.sh(builder.build(), look));
        assertEquals(
                "0",
                Guest.sh(
                        builder.build().toBuilder()
                                .mounts(m -> m.mask("/sys/fs/cgroup"))
                                .build(),
                        look));
        String found = Guest.sh(builder.build(), "find /sys/fs/cgroup -name pids.max | head -n 1");
        assertEquals(
                "50 0",
                Guest.sh(builder.build(), "cat " + found) + " "
                        + Guest.sh(builder.mounts(m -> m.mask(found)).build(), "cat " + found + " | wc -c"));
    }

    /** The report tells what each start has found, whatever was there when the sandbox was first used. */
    @Test
    void theReportTellsWhatWasThere() throws Exception {
        Sandbox sandbox = view().bind(source(), "/data")
                .mounts(m -> m.mask("/data/file", "/data/late").readOnlyPath("/data/inner"))
                .build();
        List<AppliedPolicy.Entry> first = sandbox.run("true").report().applied().entries();
        assertEquals(AppliedPolicy.Outcome.ENFORCED, outcome(first, "masked /data/file"));
        assertEquals(AppliedPolicy.Outcome.ABSENT, outcome(first, "masked /data/late"));
        assertEquals(AppliedPolicy.Outcome.ABSENT, outcome(first, "read-only /data/inner"));
        Files.delete(source().resolve("file"));
        Files.writeString(source().resolve("late"), "");
        Files.createDirectory(source().resolve("inner"));
        Sandbox again = sandbox.toBuilder().template(false).warm(0).build();
        Sandbox same = view().bind(source(), "/data")
                .mounts(m -> m.mask("/data/file", "/data/late").readOnlyPath("/data/inner"))
                .template(false)
                .warm(0)
                .build();
        Files.delete(source().resolve("late"));
        same.run("true");
        Files.writeString(source().resolve("late"), "");
        for (Sandbox each : List.of(again, same)) {
            List<AppliedPolicy.Entry> then = each.run("true").report().applied().entries();
            assertEquals(AppliedPolicy.Outcome.ABSENT, outcome(then, "masked /data/file"));
            assertEquals(AppliedPolicy.Outcome.ENFORCED, outcome(then, "masked /data/late"));
            assertEquals(AppliedPolicy.Outcome.ENFORCED, outcome(then, "read-only /data/inner"));
        }
    }

    @Test
    void mountsWithAllOptionsKeepTheirOrder() throws Exception {
        Files.createDirectory(source().resolve("inner"));
        Files.writeString(source().resolve("inner/below"), "");
        Sandbox sandbox = view().mount(Mount.bind(source().resolve("inner"), "/data/inner"))
                .mount(Mount.fileSystem("tmpfs", "/data"))
                .build();
        assertEquals("", Guest.sh(sandbox, "ls /data"));
        assertEquals(
                AppliedPolicy.Outcome.ABSENT,
                outcome(sandbox.explain().entries(), "bind " + source().resolve("inner") + " on /data/inner"));
        Sandbox other = view().mount(Mount.fileSystem("tmpfs", "/data"))
                .mount(Mount.bind(source().resolve("inner"), "/data/inner"))
                .build();
        assertEquals("below", Guest.sh(other, "ls /data/inner"));
    }

    @Test
    void readOnlyPlaces() throws Exception {
        Files.createDirectory(source().resolve("inner"));
        HostProgram.sh("chmod 777 " + source() + "/inner");
        Sandbox sandbox = view().bind(source(), "/data")
                .mounts(m -> m.readOnlyPath("/data/inner", "/data/none"))
                .build();
        assertEquals("refused", Guest.sh(sandbox, "touch /data/inner/x 2>/dev/null || echo refused; touch /data/y"));
        Sandbox before = view().mounts(m -> m.readOnlyPath("/data/inner"))
                .bind(source(), "/data")
                .build();
        assertEquals("refused", Guest.sh(before, "touch /data/inner/x 2>/dev/null || echo refused"));
        assertTrue(Files.exists(source().resolve("y")));
    }

    @Test
    void laterMountsCoverEarlierOnes() throws Exception {
        Sandbox sandbox = view().bind(source(), "/data")
                .tmpfs("/data/over", DataSize.mebibytes(1))
                .file("/data/over/mark", "in memory")
                .build();
        assertEquals("in memory", Guest.sh(sandbox, "cat /data/over/mark"));
        assertFalse(Files.exists(source().resolve("over/mark")));
    }

    @Test
    void procHidesWhatItIsToldTo() throws Exception {
        String look =
                "test -e /proc/1 && echo init; test -e /proc/sys && echo sys; test -e /proc/self && echo self; true";
        assertEquals("init sys self", Guest.sh(view().user(0, 0).build(), look).replace('\n', ' '));
        assertEquals(
                "init self",
                Guest.sh(
                                view().user(0, 0)
                                        .mounts(m -> m.proc(ProcOption.SUBSET_PID))
                                        .build(),
                                look)
                        .replace('\n', ' '));
        assertEquals("absent", Guest.sh(view().mounts(m -> m.noProc()).build(), "test -e /proc/self || echo absent"));
        String mounts = Guest.sh(
                view().mounts(m -> m.proc(ProcOption.HIDE_PID)).build(), "grep ' /proc ' /proc/self/mountinfo");
        assertTrue(mounts.contains("hidepid=invisible"), mounts);
    }

    @Test
    @NeedsHost(Feature.ID_RANGE)
    void processesOfOthersAreHidden() throws Exception {
        String look = "test -e /proc/1 && echo seen || echo hidden";
        SandboxBuilder builder =
                view().userNamespace(dev.sandjar.IdMapping.range(2000)).user(1000, 1000);
        assertEquals("seen", Guest.sh(builder.build(), look));
        assertEquals(
                "hidden",
                Guest.sh(builder.mounts(m -> m.proc(ProcOption.HIDE_PID)).build(), look));
    }

    @Test
    void devHasTheUsualNodes() throws Exception {
        Sandbox sandbox = view().build();
        assertEquals(
                "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero",
                Guest.sh(sandbox, "echo $(ls /dev)"));
        assertEquals("4", Guest.sh(sandbox, "echo x > /dev/null; head -c 4 /dev/zero | wc -c"));
        assertEquals("full", Guest.sh(sandbox, "(echo x > /dev/full) 2>/dev/null || echo full"));
        assertEquals("ok", Guest.sh(sandbox, "echo ok > /dev/shm/x; cat /dev/shm/x"));
        assertNotEquals(0, Guest.trySh(sandbox, "touch /dev/new").exitValue());
        assertEquals("", Guest.sh(view().mounts(m -> m.noDev()).build(), "ls /dev 2>/dev/null || true"));
    }

    @Test
    @NeedsHost(Feature.MQUEUE)
    void messageQueues() throws Exception {
        Sandbox sandbox = view().ipcNamespace().mounts(m -> m.mqueue("/queues")).build();
        assertEquals("mqueue", Guest.sh(sandbox, "awk '$2 == \"/queues\" {print $3}' /proc/mounts"));
    }

    @Test
    void deviceFilesDontWork() throws Exception {
        Sandbox sandbox = view().user(0, 0)
                .tmpfs("/scratch", DataSize.mebibytes(1), MountOption.DEV)
                .keepCapabilities(Capability.MKNOD)
                .build();
        assertNotEquals(0, Guest.trySh(sandbox, "mknod /scratch/disk b 8 0").exitValue());
    }

    @Test
    void theMountsOfTheHostStayAsTheyAre() throws Exception {
        List<String> before = Files.readAllLines(Path.of("/proc/self/mountinfo"));
        Guest.sh(
                view().bind(source(), "/data")
                        .tmpfs("/scratch", DataSize.mebibytes(1))
                        .build(),
                "true");
        assertEquals(before, Files.readAllLines(Path.of("/proc/self/mountinfo")));
    }

    private static SandboxException refusal(SandboxBuilder builder) {
        SandboxException e =
                assertThrows(SandboxException.class, () -> builder.build().run("true"));
        assertFalse(e instanceof UnsupportedIsolationException, e.getMessage());
        return e;
    }

    @Test
    void aMistakeInAMountIsNoMissingFeature() throws Exception {
        SandboxException kind = refusal(view().bind(source(), "/etc/passwd"));
        assertTrue(kind.getMessage().contains("a directory is to be mounted"), kind.getMessage());
        assertEquals("/etc/passwd", kind.path().orElseThrow());
        SandboxException file = refusal(view().bind(source().resolve("file"), "/etc"));
        assertTrue(file.getMessage().contains("/etc/NAME"), file.getMessage());
        SandboxException tmpfs = refusal(view().tmpfs("/etc/passwd", DataSize.mebibytes(1)));
        assertEquals("ENOTDIR", tmpfs.errnoName());
        SandboxException root = refusal(
                Sandbox.builder().userNamespace().pidNamespace().rootfs(RootFs.directory(source().resolve("file"))));
        assertTrue(root.getMessage().contains("name the directory that is to be the root"), root.getMessage());
        SandboxException option =
                refusal(view().mount(Mount.fileSystem("tmpfs", "/data").options("size=65536q")));
        assertEquals("EINVAL", option.errnoName());
        assertTrue(option.getMessage().contains("correct the option"), option.getMessage());
        SandboxException nothing =
                refusal(view().mount(Mount.remount("/usr/share").options("ro")));
        assertEquals("EINVAL", nothing.errnoName());
        assertTrue(nothing.getMessage().contains("nothing is mounted at this place"), nothing.getMessage());
        SandboxException id = refusal(view().userNamespace(IdMapping.single())
                .mount(Mount.fileSystem("devpts", "/data").options("gid=54321")));
        assertTrue(id.getMessage().contains("id map"), id.getMessage());
    }

    @Test
    void aPlacedFileTakesNoHostsFilesPlace() throws Exception {
        Path root = RootFsIT.tree(Files.createDirectory(directory.resolve("tree")));
        HostProgram.sh("chmod 755 " + directory + "/tree; chmod -R go+w " + root);
        Sandbox hosts = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .bindReadOnly(Path.of("/usr"), "/usr")
                .rootfs(RootFs.directoryWritable(root))
                .build();
        assertEquals("placed", Guest.sh(hosts.toBuilder().file("/new", "placed").build(), "cat /new"));
        SandboxException e = refusal(hosts.toBuilder().file("/etc/mark", "placed"));
        assertTrue(e.getMessage().contains("RootFs.overlay"), e.getMessage());
        refusal(hosts.toBuilder().symlink("/etc/mark", "elsewhere"));
        assertEquals("original", Files.readString(root.resolve("etc/mark")).strip());
    }
}
