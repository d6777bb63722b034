package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.Signal;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Programs that run in images, as the configuration of these says. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BUSYBOX})
class ImageRunIT extends ImageFixture {
    @Test
    @NeedsHost(Feature.OVERLAY)
    void theConfigurationIsApplied() throws Exception {
        Image image = load(CONFIG, withUsers(base()).bytes());
        Sandbox sandbox = sandbox(RootFs.image(image));
        assertEquals("usual\n", sandbox.run(image.command()).stdout());
        RunResult result = sandbox.run(image.command("id -u; id -g; pwd; env; ls -d /data/store"));
        List<String> lines = result.stdout().lines().toList();
        assertEquals(List.of("1000", "1001", "/work"), lines.subList(0, 3), result.stdout() + result.stderr());
        assertTrue(lines.contains("FROM=image") && lines.contains("/data/store"), result.stdout());
        assertEquals(Signal.INT, image.stopSignal());
        assertEquals("b", image.config().labels().get("a"));
        Sandbox changed = sandbox.toBuilder()
                .user(7, 8)
                .env("FROM", "caller")
                .workingDirectory("/etc")
                .build();
        assertEquals(
                "7\n/etc\ncaller\n",
                changed.run(image.command("id -u; pwd; echo $FROM")).stdout());
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void directoriesOfTheConfigurationThatAreLinks() throws Exception {
        Tars linked = base().directory("srv")
                .directory("srv/real")
                .file("srv/real/here", "x")
                .symlink("app", "/srv/real")
                .symlink("data", "../../../srv/missing")
                .symlink("deep", "data");
        Image image = load(
                "{\"WorkingDir\":\"/app\",\"Volumes\":{\"/data\":{},\"/deep/er\":{},\"/app\":{}}}", linked.bytes());
        for (Sandbox sandbox : List.of(
                sandbox(RootFs.image(image)), sandbox(RootFs.image(image).copied(true)))) {
            assertEquals(
                    "/srv/real here er", Guest.sh(sandbox, "echo $(/bin/busybox pwd -P) $(ls) $(ls /srv/missing)"));
        }
        assertFalse(Files.exists(Path.of("/srv/missing")));
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void variablesThatAreNone() throws Exception {
        Image image = load("{\"Env\":[\"PATH=/bin\",\"NAME\",\"=x\",\"\",\"EMPTY=\",\"A=b=c\"]}", base().bytes());
        assertEquals(
                Map.of("PATH", "/bin", "EMPTY", "", "A", "b=c"), image.config().environment());
        assertEquals("b=c,", Guest.sh(sandbox(RootFs.image(image)), "echo $A,$NAME"));
    }

    @Test
    @NeedsHost({Feature.OVERLAY, Feature.ID_RANGE})
    void groupsOfTheImageCount() throws Exception {
        Image image = load(CONFIG, withUsers(base()).bytes());
        assertEquals(
                "1001 1005\n",
                sandbox(RootFs.image(image)).run(image.command("id -G")).stdout());
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void namesAreLookedUpInTheImageOnly() throws Exception {
        Tars linked = base().symlink("etc/passwd", "/etc/../../../../../../hidden/passwd")
                .file("hidden/passwd", "worker:x:4242:4243::/:/bin/sh\n");
        Image image = load(CONFIG, linked.bytes());
        assertEquals(
                "4242\n",
                sandbox(RootFs.image(image)).run(image.command("id -u")).stdout());
        for (Tars hostile : List.of(
                base().symlink("etc/passwd", directory + "/passwd"),
                base().symlink("etc/passwd", "passwd"),
                base().directory("etc/passwd"),
                base().entry("etc/passwd", TarEntry.Type.FIFO, 0644, "", new byte[0], Map.of()))) {
            Files.writeString(directory.resolve("passwd"), "worker:x:1:1::/:/bin/sh\n");
            Image bad = load(CONFIG, hostile.bytes());
            assertThrows(ImageException.class, () -> sandbox(RootFs.image(bad)).run("/bin/id"));
        }
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void itsStopSignalBeginsTheGrace() throws Exception {
        Image image = load("{\"StopSignal\":\"SIGINT\"}", base().bytes());
        SandboxBuilder builder = sandbox(RootFs.image(image)).toBuilder().bounds(b -> b.grace(Duration.ofSeconds(30)));
        assertEquals("ready\nint\n", trapped(builder));
        assertEquals("ready\nterm\n", trapped(builder.bounds(b -> b.stopSignal(Signal.TERM))));
        Image unknown = load("{\"StopSignal\":\"SIGNONE\"}", base().bytes());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> sandbox(RootFs.image(unknown)))
                .getMessage()
                .contains("SIGNONE"));
    }

    /** What a program says that is stopped by its timeout, which is later where its traps were not yet set. */
    private static String trapped(SandboxBuilder builder) throws Exception {
        String program = "trap 'echo int; exit 3' INT; trap 'echo term; exit 4' TERM; echo ready; "
                + "while :; do sleep 0.02; done";
        String said = "";
        for (int seconds = 2; seconds < 60 && !said.startsWith("ready"); seconds *= 3) {
            Sandbox sandbox = builder.timeout(Duration.ofSeconds(seconds)).build();
            said = sandbox.run("/bin/sh", "-c", program).stdout();
        }
        return said;
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void theHomeIsWhatItsPasswdSays() throws Exception {
        byte[] layer = withUsers(base()).bytes();
        String script = "echo $HOME";
        Image worker = load("{\"User\":\"worker\"}", layer);
        assertEquals("/home", Guest.sh(sandbox(RootFs.image(worker)), script));
        Image chosen = load("{\"User\":\"worker\",\"Env\":[\"HOME=/etc\"]}", layer);
        assertEquals("/etc", Guest.sh(sandbox(RootFs.image(chosen)), script));
        assertEquals("/", Guest.sh(sandbox(RootFs.image(load("{}", base().bytes()))), script), "no passwd");
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void theHomeOfAPresetIsNotTheImages() throws Exception {
        Image worker = load("{\"User\":\"worker\"}", withUsers(base()).bytes());
        String script = "echo $HOME";
        SandboxBuilder untrusted = Sandbox.untrusted().rootfs(RootFs.image(worker));
        assertEquals("/home", Guest.sh(untrusted.build(), script));
        assertEquals("/x", Guest.sh(untrusted.env("HOME", "/x").build(), script));
        assertEquals(
                "/y",
                Guest.sh(
                        Sandbox.untrusted()
                                .env("HOME", "/y")
                                .rootfs(RootFs.image(worker))
                                .build(),
                        script));
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void anImageCanBeHermetic() throws Exception {
        Image worker = load("{\"User\":\"1000:1000\"}", withUsers(base()).bytes());
        Sandbox sandbox =
                Sandbox.hermetic().rootfs(RootFs.image(worker).captureChanges()).build();
        for (int i = 0; i < 2; i++) {
            RunResult result =
                    sandbox.run("/bin/sh", "-c", "cat /etc/passwd; echo $HOME; echo new > /tmp/x; echo new > /work/x");
            result.orThrow();
            assertTrue(
                    result.stdout().contains("sandbox:x:1000")
                            && result.stdout().endsWith("/tmp\n"),
                    result.stdout());
            try (ChangeSet changes = result.changes().orElseThrow()) {
                assertEquals(
                        List.of("/work/x"),
                        changes.all().stream().map(ChangeSet.Change::path).toList(),
                        changes.toString());
            }
        }
        assertTrue(Guest.sh(sandbox(RootFs.image(worker)), "cat /etc/passwd").contains("worker"));
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void anotherRootTakesTheImagesConfigurationBack() throws Exception {
        Image image = load(CONFIG, withUsers(base()).bytes());
        Image other = load("{\"Env\":[\"OTHER=1\"]}", withUsers(base()).bytes());
        Sandbox plain = Sandbox.untrusted().build();
        SandboxBuilder changed = Sandbox.untrusted().rootfs(RootFs.image(image));
        assertEquals(plain, changed.rootfs(RootFs.hostReadOnly()).build());
        assertEquals(
                plain,
                Sandbox.untrusted().rootfs(RootFs.image(image)).build().toBuilder()
                        .rootfs(RootFs.hostReadOnly())
                        .build());
        assertEquals(
                Sandbox.untrusted().rootfs(RootFs.image(other)).build(),
                Sandbox.untrusted()
                        .rootfs(RootFs.image(image))
                        .rootfs(RootFs.image(other))
                        .build());
        Sandbox said = Sandbox.untrusted()
                .rootfs(RootFs.image(image))
                .user(5, 6)
                .workingDirectory("/etc")
                .env("FROM", "caller")
                .env("HOME", "/h")
                .rootfs(RootFs.hostReadOnly())
                .build();
        assertEquals(
                plain.toBuilder()
                        .user(5, 6)
                        .workingDirectory("/etc")
                        .env("FROM", "caller")
                        .env("HOME", "/h")
                        .build(),
                said);
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void usersThatAreNamedInPart() throws Exception {
        byte[] layer = withUsers(base()).bytes();
        for (String[] spec : new String[][] {{"worker:", "1000 1001"}, {":5", "0 5"}}) {
            Image image = load("{\"User\":\"" + spec[0] + "\"}", layer);
            assertEquals(
                    spec[1],
                    Guest.sh(sandbox(RootFs.image(image)), "echo $(/bin/busybox id -u) $(/bin/busybox id -g)"));
        }
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void aFileInTheWayOfTheWorkingDirectory() throws Exception {
        Image image =
                load("{\"WorkingDir\":\"/place\"}", base().file("place", "x").bytes());
        SandboxException e = assertThrows(
                SandboxException.class, () -> sandbox(RootFs.image(image)).run("/bin/busybox", "true"));
        assertTrue(e.getMessage().contains("VOLUME or its WorkingDir"), e.getMessage());
    }

    /** What engines give to an image that says nothing, whatever the preset has for the host's programs. */
    @Test
    @NeedsHost(Feature.OVERLAY)
    void anImageWithoutAPathHasTheUsualOne() throws Exception {
        String usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        Image image = load("{}", base().bytes());
        RootFs root = RootFs.image(image);
        assertEquals(usual, Guest.sh(sandbox(root), "echo $PATH"));
        assertEquals(usual, Guest.sh(Sandbox.untrusted().rootfs(root).build(), "echo $PATH"));
        Sandbox own = Sandbox.untrusted().env("PATH", "/bin").rootfs(root).build();
        assertEquals("/bin", Guest.sh(own, "echo $PATH"));
        Image said = load("{\"Env\":[\"PATH=/bin:/x\"]}", base().bytes());
        assertEquals(
                "/bin:/x",
                Guest.sh(Sandbox.untrusted().rootfs(RootFs.image(said)).build(), "echo $PATH"));
        Sandbox back =
                Sandbox.untrusted().rootfs(root).rootfs(RootFs.hostReadOnly()).build();
        assertEquals("/usr/local/bin:/usr/bin:/bin", Guest.sh(back, "echo $PATH"));
    }
}
