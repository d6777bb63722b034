package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Capability;
import dev.sandjar.IdMapping;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageStore;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the guide to images says of root in an image: when chown and su work. */
@KernelTest
@NeedsHost({Feature.BUSYBOX, Feature.OVERLAY})
class RootInsideIT {
    private static final Capability[] OF_ROOT = {
        Capability.CHOWN,
        Capability.DAC_OVERRIDE,
        Capability.FOWNER,
        Capability.FSETID,
        Capability.SETGID,
        Capability.SETUID
    };
    private static final String CHOWN = "echo x >/home/x && chown 1000:1000 /home/x && stat -c %u:%g /home/x";
    private static final String SU = "su worker -c 'id -u; touch /home/worker/f; stat -c %u:%g /home/worker/f'";

    @TempDir
    Path directory;

    private Image image;

    @BeforeEach
    void load() throws IOException {
        Tars tar = Tars.tar();
        List.of("bin", "etc", "tmp", "home").forEach(tar::directory);
        tar.entry("bin/busybox", TarEntry.Type.FILE, 0755, "", Files.readAllBytes(Path.of("/bin/busybox")), Map.of());
        for (String name : List.of("sh", "id", "stat", "chown", "su", "touch")) {
            tar.symlink("bin/" + name, "busybox");
        }
        tar.file("etc/passwd", "root:x:0:0::/:/bin/sh\nworker:x:1000:1000::/home/worker:/bin/sh\n")
                .file("etc/group", "root:x:0:\nworker:x:1000:\n")
                .file("etc/shadow", "root:*:1::::::\nworker:*:1::::::\n");
        tar.owner(1000, 1000).directory("home/worker");
        image = ImageStore.open(directory.resolve("store")).load(Tars.layout(directory.resolve("layout"), tar.bytes()));
    }

    private RunResult run(SandboxBuilder builder, String script) throws Exception {
        return builder.rootfs(RootFs.image(image)).build().run("/bin/sh", "-c", script);
    }

    /** It owns what is root's; it has nothing of what makes root of the others' files. */
    @Test
    void withoutCapabilitiesItIsAUserAsOthers() throws Exception {
        assertEquals(
                "0\n", run(Sandbox.untrusted(), "chown 0:0 /etc/group && id -u").stdout());
        for (String script : List.of(CHOWN, SU)) {
            RunResult result = run(Sandbox.untrusted(), script);
            assertNotEquals(0, result.report().exitValue(), script + ": " + result.stdout());
        }
    }

    @Test
    @NeedsHost(Feature.ID_RANGE)
    void withCapabilitiesAndARangeOfIdsItDoesWhatRootDoes() throws Exception {
        SandboxBuilder builder = Sandbox.untrusted().keepCapabilities(OF_ROOT);
        RunResult chown = run(builder, CHOWN);
        assertEquals("1000:1000\n", chown.stdout(), chown.stderr());
        RunResult su = run(builder, SU);
        assertEquals("1000\n1000:1000\n", su.stdout(), su.stderr());
    }

    /** Whatever it may: the kernel does not know the others. */
    @Test
    void withASingleIdThereIsNobodyElse() throws Exception {
        SandboxBuilder builder = Sandbox.untrusted().keepCapabilities(OF_ROOT).userNamespace(IdMapping.single());
        RunResult chown = run(builder, CHOWN);
        assertTrue(chown.stderr().contains("Invalid argument"), chown.stdout() + chown.stderr());
        assertNotEquals(0, run(builder, SU).report().exitValue());
    }
}
