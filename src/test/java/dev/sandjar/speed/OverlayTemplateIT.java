package dev.sandjar.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.Capability;
import dev.sandjar.ExitReport;
import dev.sandjar.IdMapping;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageStore;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.verify.Attestation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clones of templates whose root is an overlay: each has its own, and what the template holds is out of reach. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.OVERLAY})
@Tag("heavy")
class OverlayTemplateIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Set<Attestation.Grade> ATTEMPTED =
            Set.of(Attestation.Grade.CONTAINED, Attestation.Grade.EXPOSED);

    /** Whatever a program can find out; of an overlay's options only the names of its layers may differ. How many signals wait is chance. */
    private static final String LOOK =
            """
            id; grep -vE '^(Pid|NSpid|PPid|NStgid|NSpgid|NSsid|Tgid|Vm|Rss|voluntary|nonvol|HugetlbPages|Threads|x86|Mems|Cpus|Speculation|untag)' /proc/self/status | sed 's#^SigQ:.*/#SigQ: #';
            sort -u /proc/mounts | sed -E 's/inode64//; s/(lowerdir|upperdir|workdir)=[^,]*/\\1/g';
            ls -A / /dev /dev/shm /tmp /etc; stat -c '%n %u %g %a' / /etc /etc/* /tmp /in /in/deep; cat /in/deep/file /etc/mark /top;
            wc -c < /proc/keys; ls /proc/acpi | wc -l; set -- /proc/[0-9]*; echo $#; hostname;
            touch /new /etc/mark /in/x /dev/x; mount -t tmpfs none /tmp; umount /proc; umount -l /; echo x > /dev/null
            """;

    @TempDir
    Path directory;

    private Path lower;
    private Path bound;

    @BeforeEach
    void prepare() throws Exception {
        lower = Files.createDirectory(directory.resolve("lower"));
        bound = Files.createDirectories(directory.resolve("bound/deep")).getParent();
        Files.writeString(bound.resolve("deep/file"), "of the bind");
        HostProgram.sh(
                "cd \"$1\" && mkdir usr proc dev tmp mnt etc && echo original > etc/mark"
                        + " && for d in bin sbin lib lib64; do test -e /$d && ln -s usr/$d $d; done;"
                        + " chmod -R go+rX . ../bound; chmod 755 ..",
                lower.toString());
        Launcher.get().trim();
        assertTrue(Await.within(PATIENCE, OverlayTemplateIT::isEmpty));
    }

    private static boolean isEmpty() {
        try {
            return Templates.all().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SandboxBuilder builder() throws IOException {
        Path top = directory.resolve("upper-of-two");
        if (!Files.exists(top)) {
            Files.createDirectory(top);
            Files.writeString(top.resolve("top"), "topmost");
            HostProgram.sh("chmod -R go+rX \"$1\"", top.toString());
        }
        return Sandbox.untrusted()
                .namespaces(n -> n.hostname("same"))
                .user(0, 0)
                .rootfs(RootFs.overlay(top, lower))
                .bindReadOnly(Path.of("/usr"), "/usr")
                .bindReadOnly(bound, "/in")
                .warm(0);
    }

    private static boolean rootWasMade(ExitReport report) {
        return report.steps().stream().anyMatch(step -> step.name().equals("pivot_root"));
    }

    private static boolean overlayWasMade(ExitReport report) {
        return report.steps().stream().anyMatch(step -> step.name().equals("mount the overlay"));
    }

    /** From then on starts are clones, as long as nothing changes. */
    private static void cloned(Sandbox sandbox) {
        assertTrue(
                Await.within(PATIENCE, () -> {
                    try {
                        return !rootWasMade(sandbox.run("/bin/true").report());
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }),
                "no start is a clone of a template");
    }

    @Test
    void aCloneIsWhatAWholeStartIs() throws Exception {
        RunResult whole = builder().template(false).build().run("/bin/sh", "-c", LOOK);
        assertTrue(rootWasMade(whole.report()), whole.report()::toString);
        assertTrue(whole.stdout().contains("overlay / overlay"), whole::toString);
        Sandbox sandbox = builder().template(true).build();
        RunResult first = sandbox.run("/bin/sh", "-c", LOOK);
        assertTrue(rootWasMade(first.report()), first.report()::toString);
        assertEquals(owners(whole.stdout()), owners(first.stdout()));
        assertEquals(whole.stderr(), first.stderr());
        cloned(sandbox);
        RunResult clone = sandbox.run("/bin/sh", "-c", LOOK);
        assertFalse(rootWasMade(clone.report()), clone.report()::toString);
        assertTrue(overlayWasMade(clone.report()), clone.report()::toString);
        assertEquals(owners(whole.stdout()), owners(clone.stdout()));
        assertEquals(whole.stderr(), clone.stderr());
    }

    private static String owners(String text) {
        return text.replaceAll(",[ug]id=[0-9]+", "");
    }

    @Test
    void noneSeesWhatAnotherHasWritten() throws Exception {
        Sandbox sandbox = builder().build();
        cloned(sandbox);
        String write = "cat /etc/mark; for f in /left /etc/left /tmp/left /dev/shm/left; do"
                + " test -e $f && echo there $f; echo x > $f || exit 1; done; rm -r /etc; mkdir /etc; ls -A /etc";
        for (int i = 0; i < 40; i++) {
            RunResult result = sandbox.run("/bin/sh", "-c", write);
            assertEquals("original\n", result.stdout(), result::toString);
            assertFalse(rootWasMade(result.report()), result.report()::toString);
        }
        try (SandboxProcess one =
                        sandbox.start("/bin/sh", "-c", "echo mine > /left; echo done; read go; cat /left; ls /");
                SandboxProcess other =
                        sandbox.start("/bin/sh", "-c", "read go; ls /; echo other > /left; cat /left; echo done")) {
            assertEquals("done", one.inputReader().readLine());
            other.outputWriter().append("go\n").flush();
            List<String> others = other.inputReader().lines().toList();
            one.outputWriter().append("go\n").flush();
            List<String> ones = one.inputReader().lines().toList();
            assertEquals("mine", ones.get(0));
            assertTrue(ones.contains("left"), ones::toString);
            assertEquals(List.of("other", "done"), others.subList(others.size() - 2, others.size()));
            assertFalse(others.contains("left"), others::toString);
        }
        assertEquals("original", Files.readString(lower.resolve("etc/mark")).strip());
        assertFalse(Files.exists(lower.resolve("left")));
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void theStageIsOutOfReach() throws Exception {
        Sandbox sandbox = nesting()
                .keepCapabilities(
                        Capability.SYS_CHROOT,
                        Capability.DAC_OVERRIDE,
                        Capability.DAC_READ_SEARCH,
                        Capability.SYS_PTRACE)
                .build();
        cloned(sandbox);
        // The classic way out of a chroot, which leads from one made inside to the sandbox's own root and no further.
        String escape =
                """
                import os
                os.mkdir('/jail'); os.mkdir('/jail/deep')
                os.chdir('/jail'); os.chroot('deep')
                for i in range(20): os.chdir('..')
                os.chroot('.')
                print(sorted(n for n in os.listdir('/') if n in ('etc', 'jail', '.sandjar')))
                for path in ('/.sandjar', '/..//.sandjar', '/proc/1/root/.sandjar', '/proc/self/root/../.sandjar'):
                    if os.path.lexists(path): print(path)
                print(open('/etc/mark').read().strip())
                print([l for l in open('/proc/self/mountinfo') if '.sandjar' in l.split(' - ')[0]])
                """;
        for (Sandbox each : List.of(sandbox, sandbox.toBuilder().template(false).build())) {
            RunResult result = each.run("/usr/bin/python3", "-I", "-c", escape);
            assertEquals("['etc', 'jail']\noriginal\n[]\n", result.stdout(), result::toString);
        }
        // A user namespace further in has every right, and the mounts of this one are locked there.
        String further = "unshare -Urm /bin/sh -c 'echo in; umount -l / && echo gone; umount -l /usr && echo gone;"
                + " ls -d /.sandjar /../.sandjar; mount -t tmpfs none /mnt && echo mounted; umount /mnt && echo unmounted' 2>/dev/null; true";
        Sandbox nesting = nesting().user(1000, 1000).build();
        cloned(nesting);
        RunResult result = nesting.run("/bin/sh", "-c", further);
        assertEquals("in\nmounted\nunmounted\n", result.stdout(), result::toString);
    }

    /** Without what keeps programs from making namespaces of their own. */
    private SandboxBuilder nesting() {
        return Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .user(0, 0)
                .rootfs(RootFs.overlay(lower))
                .bindReadOnly(Path.of("/usr"), "/usr")
                .warm(0);
    }

    @Test
    void whatIsBoundLaterIsTheNewOne() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "old");
        Sandbox sandbox = builder().bindReadOnly(file, "/tmp/file").build();
        cloned(sandbox);
        assertEquals("old", Guest.sh(sandbox, "cat /tmp/file"));
        Path next = Files.writeString(directory.resolve("next"), "new");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        assertEquals("new", Guest.sh(sandbox, "cat /tmp/file"));
        cloned(sandbox);
        assertEquals("new", Guest.sh(sandbox, "cat /tmp/file"));
    }

    @Test
    void aLayerThatWasReplacedIsTheNewOne() throws Exception {
        Sandbox sandbox = builder().build();
        cloned(sandbox);
        HostProgram.sh(
                "cd \"$1\" && cp -a lower other && echo replaced > other/etc/mark && mv lower old && mv other lower",
                directory.toString());
        RunResult result = sandbox.run("/bin/cat", "/etc/mark");
        assertEquals("replaced\n", result.stdout());
        assertTrue(rootWasMade(result.report()));
        cloned(sandbox);
        assertEquals("replaced", Guest.sh(sandbox, "cat /etc/mark"));
    }

    @Test
    void whatIsKeptIsMadeAsAWhole() throws Exception {
        Path kept = Files.createDirectory(directory.resolve("kept"));
        Path upper = Files.createDirectory(directory.resolve("upper"));
        Path work = Files.createDirectory(directory.resolve("work"));
        try {
            for (SandboxBuilder each : List.of(
                    builder().rootfs(RootFs.overlay(lower).keepChanges(kept)),
                    builder().rootfs(RootFs.overlay(lower).upper(upper, work)),
                    builder().rootfs(RootFs.overlay(lower).captureChanges()),
                    builder().keepCapabilities(Capability.SYS_ADMIN),
                    builder().symlink("/.sandjar/l0", "/etc"))) {
                Sandbox sandbox = each.build();
                for (int i = 0; i < 4; i++) {
                    assertTrue(rootWasMade(sandbox.run("/bin/true").report()));
                }
                assertTrue(isEmpty());
            }
        } finally {
            HostProgram.sh("chmod -R u+rwx \"$@\"; rm -rf \"$@\"", kept.toString(), upper.toString(), work.toString());
        }
    }

    @Test
    void templatesThatAreKilledMeanwhileLoseNoStartUntold() throws Exception {
        Sandbox sandbox = builder().build();
        List<CompletableFuture<String>> ends = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            ends.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return sandbox.run("/bin/cat", "/etc/mark").stdout().strip();
                } catch (IOException e) {
                    return "told";
                } catch (InterruptedException e) {
                    return "interrupted";
                }
            }));
            if (i % 5 == 0) {
                Templates.all().forEach(ProcessHandle::destroyForcibly);
            }
        }
        for (CompletableFuture<String> end : ends) {
            String text = end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertTrue(text.equals("original") || text.equals("told"), text);
        }
    }

    private Image image(ImageStore store) throws IOException {
        Path tar = directory.resolve("root.tar");
        HostProgram.sh(
                "mkdir -p \"$1/tree/bin\" \"$1/tree/etc\" && cp /bin/busybox \"$1/tree/bin/\" && echo original > \"$1/tree/etc/mark\""
                        + " && for p in sh cat true; do ln -s busybox \"$1/tree/bin/$p\"; done"
                        + " && tar -C \"$1/tree\" --owner=0 --group=0 -cf \"$2\" .",
                directory.toString(),
                tar.toString());
        return store.importRoot(tar, "small:1");
    }

    private static boolean isTemplated(Sandbox sandbox) throws Exception {
        for (int i = 0; i < 20; i++) {
            if (!rootWasMade(sandbox.run("/bin/true").report())) {
                return true;
            }
        }
        return false;
    }

    /** An image has many ids where newuidmap can give them: then each start waits for that, and makes everything. */
    @Test
    @NeedsHost(Feature.BUSYBOX)
    void attacksInAnImageComeToTheSameWithAndWithout() throws Exception {
        Image image = image(ImageStore.open(directory.resolve("store")));
        for (SandboxBuilder each : List.of(
                Sandbox.untrusted().rootfs(RootFs.image(image)),
                Sandbox.untrusted().rootfs(RootFs.image(image)).userNamespace(IdMapping.single()))) {
            Sandbox whole = each.template(false).warm(0).build();
            Sandbox templated = each.template(true).warm(0).build();
            Sandbox ahead = each.template(true).warm(2).build();
            isTemplated(templated);
            isTemplated(ahead);
            Map<String, Attestation.Grade> grades = grades(whole.verify());
            assertTrue(grades.size() > 60, grades::toString);
            assertSame(grades, grades(templated.verify()));
            assertSame(grades, grades(ahead.verify()));
        }
    }

    /** Of what was attempted in both: on a slow machine an attack may not come to its end. */
    private static void assertSame(Map<String, Attestation.Grade> some, Map<String, Attestation.Grade> others) {
        assertEquals(some.keySet(), others.keySet());
        Map<String, Attestation.Grade> both = new TreeMap<>(some);
        both.keySet().removeIf(name -> !ATTEMPTED.contains(some.get(name)) || !ATTEMPTED.contains(others.get(name)));
        assertTrue(both.size() > 60, both::toString);
        both.forEach((name, grade) -> assertEquals(grade, others.get(name), name));
    }

    private static Map<String, Attestation.Grade> grades(Attestation attestation) {
        Map<String, Attestation.Grade> grades = new TreeMap<>();
        attestation.results().forEach(result -> grades.put(result.name(), result.grade()));
        return grades;
    }

    @Test
    @NeedsHost(Feature.BUSYBOX)
    void anImageThatIsRemovedTakesTheTemplateAlong() throws Exception {
        Path place = directory.resolve("store");
        ImageStore store = ImageStore.open(place);
        Image image = image(store);
        useAndForget(image);
        assertTrue(store.remove(image.id()));
        assertTrue(
                Await.within(PATIENCE, () -> {
                    System.gc();
                    return isEmpty();
                }),
                "the template is still there");
        assertTrue(
                Await.within(PATIENCE, () -> {
                    System.gc();
                    try {
                        store.prune();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    return HostProgram.sh("find \"$1\" -name mark", place.toString())
                            .isBlank();
                }),
                "its layers are still there");
    }

    private static void useAndForget(Image image) throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .rootfs(RootFs.image(image))
                .userNamespace(IdMapping.single())
                .warm(0)
                .build();
        assumeTrue(isTemplated(sandbox) || !isEmpty(), "SKIPPED: no templates on this host");
        assertFalse(isEmpty());
        assertEquals(
                "original",
                new String(
                                sandbox.start("/bin/cat", "/etc/mark")
                                        .getInputStream()
                                        .readAllBytes(),
                                StandardCharsets.UTF_8)
                        .strip());
        assertNotEquals(0, Templates.all().size());
    }
}
