package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.Landlock;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of the host is seen and reached inside, and what isn't: each word of the threat model about it. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class SeenOfHostIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** What a host lacks of these is missing inside. */
    private static final Set<String> ROOT = Set.of(
            "bin", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "proc", "root", "run", "sbin", "sys", "tmp",
            "usr", "var");

    private static final String LOCK =
            """
            import fcntl, sys
            f = open(sys.argv[1])
            try:
                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print('taken', flush=True)
                sys.exit(0)
            print('locked', flush=True)
            sys.stdin.read()
            """;
    private static final String WATCH =
            """
            import ctypes, os, sys
            c = ctypes.CDLL(None, use_errno=True)
            fd = c.inotify_init1(0o4000)
            assert c.inotify_add_watch(fd, sys.argv[1].encode(), 0x20) >= 0, ctypes.get_errno()
            print('ready', flush=True)
            sys.stdin.readline()
            try:
                print('seen' if os.read(fd, 4096) else 'nothing', flush=True)
            except BlockingIOError:
                print('nothing', flush=True)
            """;
    private static final String TAKE =
            """
            import os, sys
            print('ready', flush=True)
            sys.stdin.readline()
            found = 'nothing'
            for p in os.listdir('/proc'):
                if p.isdigit() and int(p) != os.getpid():
                    try:
                        for fd in os.listdir('/proc/%s/fd' % p):
                            if int(fd) > 2 and b'secret' in open('/proc/%s/fd/%s' % (p, fd), 'rb').read(1000):
                                found = 'taken'
                    except OSError:
                        pass
            print(found, flush=True)
            """;

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void aFileOfTheHost() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        file = Files.writeString(directory.resolve("f"), "text");
    }

    private SandboxBuilder bound() {
        return Sandbox.untrusted().bindReadOnly(directory, "/shared");
    }

    /** The same file, through overlayfs. */
    private SandboxBuilder stacked() {
        return Sandbox.untrusted().rootfs(RootFs.overlay(directory)).hostPrograms();
    }

    private static SandboxProcess python(Sandbox sandbox, String script, String argument) throws IOException {
        return sandbox.start("/usr/bin/python3", "-I", "-c", script, argument);
    }

    private static void go(SandboxProcess process) throws IOException {
        process.outputWriter().append("go\n").flush();
    }

    // ---------------------------------------------------------------- what there is

    @Test
    void ofFilesAndVariablesThereIsWhatIsNamed() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        Set<String> names = new TreeSet<>(List.of(Guest.sh(sandbox, "ls -A /").split("\n")));
        names.removeAll(ROOT);
        assertEquals(Set.of(), names);
        assertEquals("", Guest.sh(sandbox, "find /home /root /run /tmp /var ! -type d ! -path '/var/lib/*'"));
        assertEquals(
                "",
                Guest.sh(
                        sandbox,
                        "ls -A /var/lib 2>/dev/null"
                                + " | grep -vx -e aspell -e dictionaries-common -e ghc -e ghostscript -e libreoffice -e texmf || true"));
        assertEquals(
                "HOME LANG LOGNAME PATH USER", Guest.sh(sandbox, "env | cut -d= -f1 | grep -v PWD | sort | xargs"));
        assertTrue(Files.exists(Path.of("/etc/shadow")));
        assertEquals("", Guest.sh(sandbox, "ls /etc | grep -x -e shadow -e machine-id -e hostname || true"));
    }

    @Test
    void bootLineLocksAndDisksAreMasked() throws Exception {
        Sandbox shown = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.hostReadOnly())
                .build();
        assertEquals(Files.readString(Path.of("/proc/cmdline")).strip(), Guest.sh(shown, "cat /proc/cmdline"));
        assertNotEquals("", Guest.sh(shown, "cat /proc/diskstats"));
        assertEquals("", Guest.sh(Sandbox.untrusted().build(), "cat /proc/cmdline /proc/diskstats /proc/locks"));
    }

    /** As the threat model says: the kernel has no way to hide these. */
    @Test
    void theKernelTellsTheRest() throws Exception {
        Sandbox sandbox = bound().build();
        for (String script : List.of("uname -r", "grep -c ^processor /proc/cpuinfo", "grep MemTotal /proc/meminfo")) {
            assertEquals(HostProgram.sh(script).strip(), Guest.sh(sandbox, script), script);
        }
        String mounts = Guest.sh(sandbox, "grep ' /shared ' /proc/self/mountinfo");
        assertTrue(mounts.contains("/" + directory.getFileName() + " /shared "), mounts);
    }

    // ---------------------------------------------------------------- inodes that are shared

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC, Feature.PYTHON})
    void watchesOfABindSeeTheHost() throws Exception {
        assertEquals("seen", watched(bound().build(), "/shared/f"));
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC, Feature.PYTHON, Feature.OVERLAY})
    void watchesOfAnOverlaySeeTheirOwn() throws Exception {
        assertEquals("nothing", watched(stacked().build(), "/f"));
    }

    private String watched(Sandbox sandbox, String path) throws Exception {
        try (SandboxProcess process = python(sandbox, WATCH, path)) {
            assertEquals("ready", process.inputReader().readLine());
            assertEquals("text", Files.readString(file));
            go(process);
            return process.inputReader().readLine();
        }
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC, Feature.PYTHON})
    void locksOnABindAreTheHosts() throws Exception {
        assertFalse(freeForTheHost(bound().build(), "/shared/f"));
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC, Feature.PYTHON, Feature.OVERLAY})
    void locksOnAnOverlayAreItsOwn() throws Exception {
        assertTrue(freeForTheHost(stacked().build(), "/f"));
    }

    private boolean freeForTheHost(Sandbox sandbox, String path) throws Exception {
        try (SandboxProcess process = python(sandbox, LOCK, path)) {
            assertEquals("locked", process.inputReader().readLine());
            return new ProcessBuilder("flock", "--nonblock", file.toString(), "true")
                            .start()
                            .waitFor()
                    == 0;
        }
    }

    /** Of one Sandbox; others have nothing in common but what is the host's. */
    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC, Feature.PYTHON})
    void clonesOfATemplateShareReadOnlyFilesUnlessToldNotTo() throws Exception {
        SandboxBuilder tool = Sandbox.untrusted().file("/etc/tool.lock", "text");
        Sandbox together = tool.build();
        // The first start makes the template, and may go on for a moment without.
        assertTrue(Await.within(PATIENCE, () -> !separate(together)));
        assertTrue(separate(tool.template(false).build()));
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC, Feature.PYTHON, Feature.OVERLAY})
    void clonesWithLayersShareNoneOfTheirFiles() throws Exception {
        Sandbox own = Sandbox.untrusted()
                .rootfs(RootFs.empty())
                .hostPrograms()
                .file("/etc/tool.lock", "text")
                .build();
        for (int i = 0; i < 4; i++) {
            assertTrue(separate(own));
        }
    }

    private static boolean separate(Sandbox sandbox) {
        try (SandboxProcess one = python(sandbox, LOCK, "/etc/tool.lock")) {
            assertEquals("locked", one.inputReader().readLine());
            try (SandboxProcess other = python(sandbox, LOCK, "/etc/tool.lock")) {
                return "locked".equals(other.inputReader().readLine());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---------------------------------------------------------------- programs of one sandbox

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC, Feature.PYTHON, Feature.LANDLOCK})
    void descriptorsOfExecAreTakenUnlessLandlockIsThere() throws Exception {
        assertEquals("taken", beside(Sandbox.untrusted().build()));
        Landlock everything = Landlock.builder().readWrite("/").execute("/").build();
        assertEquals("nothing", beside(Sandbox.untrusted().landlock(everything).build()));
    }

    private String beside(Sandbox sandbox) throws Exception {
        Path secret = Files.writeString(directory.resolve("key"), "secret");
        try (SandboxProcess main = python(sandbox, TAKE, "")) {
            assertEquals("ready", main.inputReader().readLine());
            try (SandboxProcess more = main.exec(
                    Command.of("sh", "-c", "echo there; sleep 60").descriptor("key", Descriptor.readFrom(secret)))) {
                assertEquals("there", more.inputReader().readLine());
                go(main);
                String found = main.inputReader().readLine();
                return found == null ? main.errorReader().readLine() : found;
            }
        }
    }
}
