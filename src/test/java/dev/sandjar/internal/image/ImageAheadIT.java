package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.ExitReport;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageStore;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.verify.Attestation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sandboxes with an image for a root that are made before anybody asks for them. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BUSYBOX, Feature.OVERLAY})
@Tag("heavy")
class ImageAheadIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private ImageStore store;
    private Image image;

    @BeforeEach
    void load() throws IOException {
        HostProgram.sh("chmod 755 \"$1\"", directory.toString());
        store = ImageStore.open(directory.resolve("store"));
        Tars tar = Tars.tar().directory("bin").directory("etc").file("etc/mark", "of the image");
        tar.entry("bin/busybox", TarEntry.Type.FILE, 0755, "", Files.readAllBytes(Path.of("/bin/busybox")), Map.of());
        for (String name : List.of("sh", "cat", "ls", "rm", "true", "readlink", "grep")) {
            tar.symlink("bin/" + name, "busybox");
        }
        byte[] layer = tar.bytes();
        image = store.load(Tars.layout(
                directory.resolve("layout"), List.of(layer), List.of(Digest.of(layer)), "{\"Env\":[\"PATH=/bin\"]}"));
    }

    private static boolean wasMadeAhead(ExitReport report) {
        return report.steps().stream().noneMatch(step -> step.name().equals("mount the overlay"));
    }

    /** Until the next start finds one that waits. */
    private static void warm(Sandbox sandbox) {
        assertTrue(
                Await.within(PATIENCE, () -> {
                    try {
                        return wasMadeAhead(sandbox.run("true").report());
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }),
                "no start finds a sandbox that waits");
    }

    @Test
    void noneSeesWhatAnotherHasWritten() throws Exception {
        Sandbox sandbox =
                Sandbox.untrusted().user(0, 0).rootfs(RootFs.image(image)).build();
        warm(sandbox);
        Set<String> namespaces = new HashSet<>();
        int ahead = 0;
        // Where the processors have much else to do, what is used up is made again later.
        for (int i = 0; i < 25 || ahead <= 5 && i < 200; i++) {
            RunResult result = sandbox.run(
                    "sh",
                    "-c",
                    "ls -A / | grep left; cat /etc/mark; echo x > /left; rm /etc/mark; ls /left; readlink /proc/self/ns/mnt");
            List<String> lines = result.stdout().lines().toList();
            assertEquals(List.of("of the image/left"), lines.subList(0, 1), result::toString);
            namespaces.add(lines.get(1));
            ahead += wasMadeAhead(result.report()) ? 1 : 0;
        }
        assertTrue(ahead > 5, "made ahead: " + ahead);
        assertTrue(namespaces.size() > 10, namespaces::toString); // inode numbers come again, sandboxes don't
        try (SandboxProcess one = sandbox.start("sh", "-c", "echo x > /left; echo there; cat");
                SandboxProcess other = sandbox.start("sh", "-c", "cat; ls -A / | grep left; echo end")) {
            assertEquals("there", one.inputReader().readLine());
            other.getOutputStream().close();
            assertEquals("end\n", new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void attacksComeToWhatTheyComeToInOthers() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().rootfs(RootFs.image(image)).build();
        warm(sandbox);
        // The image's user is root inside, and may write to its own layer, which is nobody's afterwards.
        Set<String> exposed = Set.of("become-root", "set-id-file", "write-system");
        assertEquals(exposed, exposed(sandbox.verify()));
        assertEquals(
                exposed,
                exposed(sandbox.toBuilder().template(false).warm(0).build().verify()));
    }

    /** On a slow machine an attack may not come to its end; most do. */
    private static Set<String> exposed(Attestation attestation) {
        long contained = attestation.results().stream()
                .filter(result -> result.grade() == Attestation.Grade.CONTAINED)
                .count();
        assertTrue(contained > 60, attestation::toString);
        return attestation.results().stream()
                .filter(result -> result.grade() == Attestation.Grade.EXPOSED)
                .map(Attestation.Result::name)
                .collect(Collectors.toSet());
    }

    @Test
    void layersStayWhileSandboxesMayBeMadeOfThem() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().rootfs(RootFs.image(image)).build();
        warm(sandbox);
        assertTrue(store.remove(image.id()));
        store.prune();
        for (int i = 0; i < 6; i++) {
            assertEquals("of the image", sandbox.run("cat", "/etc/mark").stdout());
        }
    }

    @Test
    void aLayerThatStaysIsForOneAtATime() throws Exception {
        Path upper = Files.createDirectory(directory.resolve("upper"));
        Sandbox given = Sandbox.untrusted()
                .rootfs(RootFs.overlay(Path.of("/usr")).upper(upper, Files.createDirectory(directory.resolve("work"))))
                .build();
        assertThrows(IllegalStateException.class, () -> given.pool(1));
        Sandbox kept = Sandbox.untrusted()
                .rootfs(RootFs.image(image).keepChanges(directory))
                .build();
        assertThrows(IllegalStateException.class, () -> kept.pool(1));
        Sandbox discarded = Sandbox.untrusted().rootfs(RootFs.image(image)).build();
        try (SandboxPool pool = discarded.pool(2)) {
            assertTrue(Await.within(PATIENCE, () -> pool.ready() == 2));
            assertEquals("of the image", pool.run("cat", "/etc/mark").stdout());
        }
        assertFalse(wasMadeAhead(discarded.run("true").report()));
    }
}
