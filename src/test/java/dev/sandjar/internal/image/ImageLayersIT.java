package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageStore;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the layers of an image show together, and what a program that writes makes of them. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BUSYBOX})
class ImageLayersIT extends ImageFixture {
    @Test
    @NeedsHost(Feature.OVERLAY)
    void anImageWithoutLayersIsAnEmptyRoot() throws Exception {
        Image image = load("{\"WorkingDir\":\"/work\"}");
        assertEquals(List.of(), image.layers());
        Sandbox sandbox = sandbox(RootFs.image(image)).toBuilder()
                .bindReadOnly(Path.of("/bin/busybox"), "/bin/busybox")
                .build();
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    "bin\ndev\nproc\nwork\n",
                    sandbox.run("/bin/busybox", "ls", "/").stdout());
        }
        Sandbox copied =
                sandbox.toBuilder().rootfs(RootFs.image(image).copied(true)).build();
        assertEquals(
                "bin\ndev\nproc\nwork\n", copied.run("/bin/busybox", "ls", "/").stdout());
        store.remove(image.id());
        store.prune();
        assertEquals(
                "bin\ndev\nproc\nwork\n",
                sandbox(RootFs.image(load("{\"WorkingDir\":\"/work\"}"))).toBuilder()
                        .bindReadOnly(Path.of("/bin/busybox"), "/bin/busybox")
                        .build()
                        .run("/bin/busybox", "ls", "/")
                        .stdout());
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void layersAreStackedAndNeverChanged() throws Exception {
        byte[] second = Tars.tar()
                .file("etc/.wh.mark", "")
                .file("etc/new", "second")
                .file("tmp/.wh..wh..opq", "")
                .file("tmp/mine", "m")
                .bytes();
        Image image = load("{}", base().file("tmp/old", "o").bytes(), second);
        Sandbox sandbox = sandbox(RootFs.image(image));
        String look = "cat /etc/mark 2>/dev/null; cat /etc/new; ls /tmp";
        assertEquals("secondmine", Guest.sh(sandbox, look));
        assertEquals(
                "changed", Guest.sh(sandbox, "echo changed > /etc/new && cat /etc/new && rm -r /tmp/mine /bin/id"));
        assertEquals("secondmine", Guest.sh(sandbox, look));
        assertTrue(
                sandbox.explain().entries().toString().contains("2 layers"),
                sandbox.explain().entries().toString());
    }

    @Test
    void aCopyTakesThePlaceOfAnOverlay() throws Exception {
        Image image = load(
                CONFIG,
                withUsers(base()).bytes(),
                Tars.tar().file("etc/.wh.mark", "").bytes());
        Sandbox sandbox =
                sandbox(RootFs.image(image).copied(true)).toBuilder().user(0, 0).build();
        assertTrue(
                sandbox.explain().entries().toString().contains("copy of image"),
                sandbox.explain().entries().toString());
        assertEquals(
                "absent\nx", Guest.sh(sandbox, "test -e /etc/mark || echo absent; echo x > /etc/new; cat /etc/new"));
        assertEquals("absent", Guest.sh(sandbox, "test -e /etc/new || echo absent"));
        assertTrue(isEmpty(store.directory().resolve("copies")), "copies are removed");
        assertThrows(IllegalStateException.class, () -> sandbox.pool(1).close());
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void changesBecomeALayer() throws Exception {
        Image image = load(
                "{}",
                base().file("etc/gone", "g").directory("d").file("d/x", "x").bytes());
        Path kept = Files.createDirectory(directory.resolve("kept"));
        Sandbox sandbox = sandbox(RootFs.image(image).keepChanges(kept));
        Image made;
        try (SandboxProcess process = sandbox.start(
                "/bin/sh", "-c", "rm /etc/gone; rm -r /d; mkdir /d; echo n > /d/new; echo c >> /etc/mark")) {
            assertEquals(0, process.waitForReport().exitCode().getAsInt());
            made = store.commit(image, process, "example.org/made:2");
        }
        assertEquals("example.org/made:2", made.toString());
        String look = "ls /d; cat /etc/mark; test -e /etc/gone || echo gone";
        assertEquals("new\nbasec\ngone", Guest.sh(sandbox(RootFs.image(made)), look));
        store.save(made, directory.resolve("saved.tar"));
        ImageStore other = ImageStore.open(directory.resolve("other"));
        assertEquals(
                "new\nbasec\ngone", Guest.sh(sandbox(RootFs.image(other.load(directory.resolve("saved.tar")))), look));
        assertEquals("x", Guest.sh(sandbox(RootFs.image(image)), "ls /d"));
        HostProgram.sh("chmod -R u+rwx \"$1\"; rm -rf \"$1\"", kept.toString());
        try (SandboxProcess process = sandbox(RootFs.image(image)).start("/bin/sh", "-c", "true")) {
            process.waitForReport();
            assertThrows(IllegalStateException.class, () -> store.commit(image, process, "x"));
        }
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void onlyWhatIsThereIsCommittedAndOnlyOnItsBase() throws Exception {
        Image image = load("{}", base().bytes());
        Image other = load("{}", base().file("etc/other", "o").bytes());
        Path kept = Files.createDirectory(directory.resolve("kept"));
        for (RootFs root : List.of(
                RootFs.image(image).keepChanges(kept), RootFs.image(image).captureChanges())) {
            SandboxProcess closed;
            try (SandboxProcess process = sandbox(root).start("/bin/sh", "-c", "echo n > /etc/new")) {
                closed = process;
                process.waitForReport();
                assertTrue(assertThrows(IllegalArgumentException.class, () -> store.commit(other, process, "x:1"))
                        .getMessage()
                        .contains("another than the base"));
                Image made = store.commit(image, process, "x:2");
                assertEquals("n", Guest.sh(sandbox(RootFs.image(made)), "cat /etc/new"));
                process.changes().discard();
                assertTrue(assertThrows(IllegalStateException.class, () -> store.commit(image, process, "x:3"))
                        .getMessage()
                        .contains("discarded"));
            }
            assertThrows(IllegalStateException.class, () -> store.commit(image, closed, "x:4"));
        }
        assertEquals(
                List.of("x:2"),
                store.list().stream()
                        .map(Image::toString)
                        .filter(n -> n.contains("x:"))
                        .map(n -> n.substring(n.indexOf("x:")))
                        .toList());
        HostProgram.sh("chmod -R u+rwx \"$1\"; rm -rf \"$1\"", kept.toString());
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void aClosedListOfKeptChangesIsNoReasonNotToCommit() throws Exception {
        Image image = load("{}", base().bytes());
        Path kept = Files.createDirectory(directory.resolve("kept"));
        try (SandboxProcess process =
                sandbox(RootFs.image(image).keepChanges(kept)).start("/bin/sh", "-c", "echo n > /etc/new")) {
            process.waitForReport();
            process.changes().close();
            Image made = store.commit(image, process, "x:2");
            assertEquals("n", Guest.sh(sandbox(RootFs.image(made)), "cat /etc/new"));
        }
        HostProgram.sh("chmod -R u+rwx \"$1\"; rm -rf \"$1\"", kept.toString());
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void anOpaqueRootHidesAllLayersBelow() throws Exception {
        byte[] first = base().directory("secret").file("secret/s", "hidden").bytes();
        byte[] second = base().file(".wh..wh..opq", "").file("new", "there").bytes();
        byte[] third = Tars.tar().file("last", "there").bytes();
        Image image = load("{}", first, second, third);
        String script = "echo $(ls /)";
        for (RootFs root : List.of(RootFs.image(image), RootFs.image(image).copied(true))) {
            String names = Guest.sh(sandbox(root), script);
            assertFalse(names.contains("secret"), names);
            assertTrue(names.contains("new") && names.contains("last") && names.contains("etc"), names);
        }
        assertTrue(Guest.sh(sandbox(RootFs.image(load("{}", first))), script).contains("secret"));
    }

    /** As overlayfs shows it: a directory is as the topmost layer says that has it. */
    @Test
    void aCopyHasTheAttributesOfTheTopmostLayer() throws Exception {
        byte[] lower = base().entry(
                        "both", TarEntry.Type.DIRECTORY, 0755, "", new byte[0], Map.of("user.low", new byte[] {1}))
                .entry("low", TarEntry.Type.DIRECTORY, 0755, "", new byte[0], Map.of("user.low", new byte[] {1}))
                .entry("gone", TarEntry.Type.DIRECTORY, 0755, "", new byte[0], Map.of("user.low", new byte[] {1}))
                .file("gone/f", "x")
                .bytes();
        byte[] upper = Tars.tar()
                .entry("both", TarEntry.Type.DIRECTORY, 0750, "", new byte[0], Map.of("user.high", new byte[] {2}))
                .file("both/f", "x")
                .file(".wh.gone", "")
                .bytes();
        byte[] top = Tars.tar().directory("gone").bytes();
        Image image = load("{}", lower, upper, top);
        Store own = new Store(store.directory(), ImageLimits.defaults(), null);
        try (ImageRoot root = own.root(image.id(), Ownership.SQUASHED, "test");
                ImageRoot.Copy copy = root.copy()) {
            assertEquals(Set.of("high"), attributes(copy.root().resolve("both")));
            assertEquals(Set.of("low"), attributes(copy.root().resolve("low")));
            assertEquals(Set.of(), attributes(copy.root().resolve("gone")));
            assertTrue(isEmpty(copy.root().resolve("gone")));
            assertEquals(
                    "rwxr-x---",
                    PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(copy.root().resolve("both"))));
        }
    }

    private static Set<String> attributes(Path file) throws IOException {
        return Set.copyOf(Files.getFileAttributeView(file, java.nio.file.attribute.UserDefinedFileAttributeView.class)
                .list());
    }

    /** Python as the host has it, since busybox doesn't list attributes. */
    @Test
    @NeedsHost({Feature.ROOT, Feature.OVERLAY, Feature.PYTHON})
    void marksOfOverlayfsAreNotSeenInside() throws Exception {
        byte[] lower = base().directory("hidden").file("hidden/f", "x").bytes();
        byte[] upper =
                Tars.tar().directory("hidden").file("hidden/.wh..wh..opq", "").bytes();
        Image image = load("{}", lower, upper);
        String look =
                "import os; print([(d, a) for d, _, _ in os.walk('/hidden') for a in os.listxattr(d)], os.listdir('/hidden'))";
        for (SandboxBuilder builder :
                List.of(Sandbox.builder(), Sandbox.builder().userNamespace())) {
            builder.pidNamespace().rootfs(RootFs.image(image)).bindReadOnly(Path.of("/usr"), "/usr");
            for (String lib : List.of("lib", "lib64")) {
                if (Files.isSymbolicLink(Path.of("/" + lib))) {
                    builder.bindReadOnly(Path.of("/usr/" + lib), "/" + lib);
                }
            }
            RunResult result = builder.build().run("/usr/bin/python3", "-c", look);
            assertEquals("[] []\n", result.stdout(), result.stderr());
        }
        // The control: the mark is what the kernel hides, or is not given.
        Store own = new Store(store.directory(), ImageLimits.defaults(), null);
        try (ImageRoot root = own.root(image.id(), Ownership.EXACT, "test")) {
            assertEquals(
                    Set.of("overlay.opaque"), attributes(root.lower().get(0).resolve("hidden")));
        }
    }

    /** Who closes may remove the directory that the store lies in, or count what it takes. */
    @Test
    void aCopyIsGoneWhenItsProcessIsClosed() throws Exception {
        Image image = load("{}", base().bytes());
        Sandbox sandbox = sandbox(RootFs.image(image).copied(true));
        Path copies = store.directory().resolve("copies");
        for (int i = 0; i < 10; i++) {
            try (SandboxProcess process = sandbox.start("/bin/sleep", "60")) {
                assertTrue(process.isAlive());
                assertFalse(isEmpty(copies));
            }
            assertTrue(isEmpty(copies));
        }
    }
}
