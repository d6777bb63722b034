package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageStore;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Programs that run in images, and the store that these come from. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BUSYBOX})
class ImageRunIT {
    private static final String CONFIG =
            "{\"Entrypoint\":[\"/bin/sh\",\"-c\"],\"Cmd\":[\"echo usual\"],\"Env\":[\"PATH=/bin\",\"FROM=image\"],"
                    + "\"WorkingDir\":\"/work\",\"User\":\"worker\",\"Volumes\":{\"/data/store\":{}},\"StopSignal\":\"SIGINT\","
                    + "\"Labels\":{\"a\":\"b\"}}";

    @TempDir
    Path directory;

    private ImageStore store;

    @BeforeEach
    void openStore() throws IOException {
        HostProgram.sh("chmod 755 \"$1\"", directory.toString());
        store = ImageStore.open(directory.resolve("store"));
    }

    private static Tars base() throws IOException {
        Tars tar = Tars.tar();
        for (String name : List.of("bin", "etc", "tmp", "home")) {
            tar.directory(name);
        }
        tar.entry("bin/busybox", TarEntry.Type.FILE, 0755, "", Files.readAllBytes(Path.of("/bin/busybox")), Map.of());
        for (String name : List.of("sh", "cat", "id", "ls", "rm", "mkdir", "find", "stat", "env", "sleep")) {
            tar.symlink("bin/" + name, "busybox");
        }
        return tar.file("etc/mark", "base");
    }

    private static Tars withUsers(Tars tar) {
        return tar.file("etc/passwd", "root:x:0:0::/:/bin/sh\nworker:x:1000:1001::/home:/bin/sh\n")
                .file("etc/group", "root:x:0:\nworkers:x:1001:\nextra:x:1005:worker\n");
    }

    private Image load(String config, byte[]... layers) throws IOException {
        List<Digest> ids = Stream.of(layers).map(Digest::of).toList();
        return store.load(Tars.layout(directory.resolve("layout-" + System.nanoTime()), List.of(layers), ids, config));
    }

    private static Sandbox sandbox(RootFs root) {
        return Sandbox.builder().userNamespace().pidNamespace().rootfs(root).build();
    }

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

    /** As the official layout of busybox is made. */
    @Test
    @NeedsHost(Feature.OVERLAY)
    void aLayoutWhoseFilesAreLinksWithinIt() throws Exception {
        byte[] layer = base().bytes();
        Path layout = Tars.layout(directory.resolve("linked"), layer);
        String move = "cd \"$1\"; mkdir files; for b in blobs/sha256/*; do n=$(basename $b); mv $b files/$n;"
                + " ln -s ../../files/$n $b; done; mv index.json files/; ln -s files/index.json index.json; ls -l";
        HostProgram.sh(move, layout.toString());
        Image image = store.load(layout);
        assertEquals("base", Guest.sh(sandbox(RootFs.image(image)), "cat /etc/mark"));
        Path blob = layout.resolve("blobs").resolve(Digest.of(layer).path());
        Path other = Files.write(directory.resolve("layer"), layer);
        ImageStore empty = ImageStore.open(directory.resolve("empty"));
        for (String target : List.of(
                other.toString(),
                "../../../layer",
                layout.resolve("files").resolve(blob.getFileName()).toString(),
                "/proc/self/root" + other,
                blob.getFileName().toString())) {
            Files.delete(blob);
            Files.createSymbolicLink(blob, Path.of(target));
            ImageException e = assertThrows(ImageException.class, () -> empty.load(layout), target);
            assertTrue(e.getMessage().contains("is a link that leads"), e.getMessage());
        }
        Files.delete(blob);
        HostProgram.sh("mkfifo \"$1\"", blob.toString());
        assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertThrows(ImageException.class, () -> empty.load(layout)));
    }

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

    /** In a directory that a program could write to, saving and loading use no file that it has planted. */
    @Test
    void plantedLinksAreNeitherWrittenNorRead() throws Exception {
        Image image = load(CONFIG, base().bytes());
        Path results = Files.createDirectory(directory.resolve("results"));
        Path key = Files.writeString(directory.resolve("key"), "SECRET");
        Files.setPosixFilePermissions(results, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path honest = directory.resolve("honest.tar");
        store.save(image, honest);
        Files.copy(honest, results.resolve("other.tar"));
        String plant = "cd /results; for n in image.tar image; do ln -s " + key + " .$n.new; done; mkfifo pipe.tar;"
                + " ln -s " + honest + " link.tar; ln -s " + directory + " way";
        Sandbox.untrusted()
                .bind(results, "/results")
                .build()
                .run("sh", "-ec", plant)
                .orThrow();
        for (String name : List.of("image.tar", "image")) {
            store.save(image, results.resolve(name));
            assertEquals(image.id(), store.load(results.resolve(name)).id());
        }
        assertEquals("SECRET", Files.readString(key));
        assertEquals(image.id(), store.load(results.resolve("other.tar")).id());
        Path link = Files.createSymbolicLink(directory.resolve("latest.tar"), Path.of("honest.tar"));
        assertEquals(image.id(), store.load(link).id(), "the host's own links are");
        for (String name : List.of("pipe.tar", "link.tar", "way/honest.tar")) {
            assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () -> assertThrows(SandboxException.class, () -> store.load(results.resolve(name))),
                    name);
            assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () -> assertThrows(
                            SandboxException.class, () -> store.importRoot(results.resolve(name), "example/root:1")),
                    name);
        }
        assertThrows(SandboxException.class, () -> store.save(image, results.resolve("way/new.tar")));
        assertFalse(Files.exists(directory.resolve("new.tar")));
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
                sandbox.explain().toString().contains("2 layers"),
                sandbox.explain().toString());
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
                sandbox.explain().toString().contains("copy of image"),
                sandbox.explain().toString());
        assertEquals(
                "absent\nx", Guest.sh(sandbox, "test -e /etc/mark || echo absent; echo x > /etc/new; cat /etc/new"));
        assertEquals("absent", Guest.sh(sandbox, "test -e /etc/new || echo absent"));
        assertTrue(isEmpty(store.directory().resolve("copies")), "copies are removed");
        assertThrows(IllegalStateException.class, () -> sandbox.pool(1).close());
    }

    private static boolean isEmpty(Path path) {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.findAny().isEmpty();
        } catch (IOException e) {
            return false;
        }
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
    void layersAreSharedCountedAndRemoved() throws Exception {
        byte[] common = base().bytes();
        Image one = store.tag(load("{}", common, Tars.tar().file("one", "1").bytes()), "one");
        Image two = store.tag(load("{}", common, Tars.tar().file("two", "2").bytes()), "two");
        Guest.sh(sandbox(RootFs.image(one)), "cat /one");
        Guest.sh(sandbox(RootFs.image(two)), "cat /two");
        assertEquals(3, unpacked());
        assertTrue(store.size().toBytes() > 3L * common.length / 2, store.size().toString());
        assertTrue(store.remove("one"));
        assertFalse(store.remove("one"));
        assertTrue(store.remove(one.id()) || store.find(one.id()).isEmpty());
        Sandbox running = sandbox(RootFs.image(two));
        try (SandboxProcess process = running.start("/bin/sh", "-c", "echo ready; sleep 60; cat /two")) {
            assertEquals('r', process.getInputStream().read());
            assertTrue(store.remove("two"));
            store.remove(two.id());
            store.prune();
            assertTrue(unpacked() >= 2, "what runs keeps its layers");
            process.destroy();
            process.waitForReport();
        }
        assertThrows(ImageException.class, () -> store.get("two"));
        assertTrue(store.list().isEmpty(), store.list().toString());
    }

    private long unpacked() throws IOException {
        try (Stream<Path> entries = Files.walk(store.directory().resolve("layers"), 2)) {
            return entries.filter(p -> p.getNameCount() == store.directory().getNameCount() + 3)
                    .count();
        }
    }

    @Test
    void manyLoadersAtOnceMakeOneStore() throws Exception {
        byte[] layer = base().bytes();
        Path layout = Tars.layout(directory.resolve("layout"), layer);
        List<CompletableFuture<String>> all = Stream.generate(() -> CompletableFuture.supplyAsync(() -> {
                    try {
                        Store own = new Store(store.directory(), dev.sandjar.image.ImageLimits.defaults(), null);
                        StoredImage image = own.load(layout, null);
                        own.root(image.manifest().digest().toString(), Ownership.SQUASHED, "test")
                                .close();
                        return image.manifest().digest().toString();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }))
                .limit(8)
                .toList();
        assertEquals(1, all.stream().map(CompletableFuture::join).distinct().count());
        assertEquals(1, store.list().size());
        assertEquals(1, unpacked());
        store.prune();
        assertTrue(isEmpty(store.directory().resolve("work")));
    }

    private void leave() throws IOException {
        for (String place : List.of("work", "copies")) {
            Path left = Files.createDirectories(store.directory().resolve(place + "/1-0000000000000001/layer"));
            Files.write(left.resolve("half"), new byte[1000]);
        }
        Files.createDirectories(store.directory().resolve("downloads"));
        Files.write(store.directory().resolve("downloads/sha256-" + "0".repeat(64)), new byte[10_000]);
    }

    @Test
    void whatAKilledJvmLeavesIsRemoved() throws Exception {
        load("{}", base().bytes());
        long before = store.size().toBytes();
        leave();
        assertEquals(1, store.list().size());
        assertTrue(isEmpty(store.directory().resolve("work")), "by whoever comes next");
        assertTrue(isEmpty(store.directory().resolve("copies")));
        assertEquals(before + 10_000, store.size().toBytes(), "what a later pull continues is kept and counted");
        leave();
        assertEquals(12_000, store.prune().toBytes());
        assertTrue(isEmpty(store.directory().resolve("work")));
        assertTrue(isEmpty(store.directory().resolve("copies")));
        assertTrue(isEmpty(store.directory().resolve("downloads")));
        assertEquals(before, store.size().toBytes());
        assertEquals(1, store.list().size());
    }

    /** Its owner is alive, and in the middle of it. */
    @Test
    void whatIsInUseStaysAndIsCounted() throws Exception {
        Image image = load("{}", base().bytes());
        Sandbox sandbox = sandbox(RootFs.image(image).copied(true));
        sandbox.run("/bin/id").orThrow();
        long before = store.size().toBytes();
        try (SandboxProcess process = sandbox.start("/bin/sleep", "60")) {
            assertTrue(store.size().toBytes() > before, "a copy takes what it takes");
            store.prune();
            assertFalse(isEmpty(store.directory().resolve("copies")));
            assertTrue(process.isAlive());
        }
        assertEquals(before, store.size().toBytes());
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void rootArchivesAndAcisAreImported() throws Exception {
        Path archive = directory.resolve("root.tar.gz");
        Files.write(archive, Tars.gzip(base().bytes()));
        Image root = store.importRoot(archive, "rooted:3");
        assertEquals("base", Guest.sh(sandbox(RootFs.image(store.get("rooted:3"))), "cat /etc/mark"));
        assertEquals(1, root.layers().size());
        Tars aci = Tars.tar()
                .file(
                        "manifest",
                        "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"example.org/aci\","
                                + "\"labels\":[{\"name\":\"version\",\"value\":\"1.0\"}],\"app\":{\"exec\":[\"/bin/sh\",\"-c\",\"pwd; echo $V\"],"
                                + "\"user\":\"0\",\"group\":\"0\",\"workingDirectory\":\"/etc\",\"environment\":[{\"name\":\"V\",\"value\":\"w\"}]}}")
                .directory("rootfs")
                .directory("rootfs/bin")
                .directory("rootfs/etc")
                .entry(
                        "rootfs/bin/busybox",
                        TarEntry.Type.FILE,
                        0755,
                        "",
                        Files.readAllBytes(Path.of("/bin/busybox")),
                        Map.of())
                .hardLink("rootfs/bin/sh", "rootfs/bin/busybox");
        Path file = directory.resolve("image.aci");
        Files.write(file, Tars.gzip(aci.bytes()));
        Image image = store.load(file);
        assertEquals("example.org/aci:1.0", image.toString());
        assertEquals(
                "/etc\nw\n", sandbox(RootFs.image(image)).run(image.command()).stdout());
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
    void thePlatformIsChosen() throws Exception {
        Path layout = Tars.layout(directory.resolve("layout"), base().bytes());
        Descriptor mine = Manifests.index(Json.parse(Files.readAllBytes(layout.resolve("index.json")), "t"), "t")
                .get(0);
        byte[] config = "{\"architecture\":\"riscv64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[]}}".getBytes();
        Descriptor foreignConfig = Tars.blob(layout, MediaTypes.CONFIG, config);
        Descriptor foreign = Tars.blob(layout, MediaTypes.MANIFEST, Manifests.manifest(foreignConfig, List.of()));
        byte[] index = Manifests.index(List.of(
                with(foreign, new Platform("linux", "riscv64", "")),
                with(mine, Platform.host()),
                with(foreign, new Platform("unknown", "unknown", ""))));
        Descriptor nested = Tars.blob(layout, MediaTypes.INDEX, index);
        Files.write(layout.resolve("index.json"), Manifests.index(List.of(nested)));
        assertEquals(mine.digest().toString(), store.load(layout).id());
        assertEquals(
                foreign.digest().toString(),
                store.withPlatform("linux/riscv64").load(layout).id());
        ImageException e = assertThrows(
                ImageException.class, () -> store.withPlatform("linux/s390x").load(layout));
        assertTrue(e.getMessage().contains("riscv64"), e.getMessage());
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
    void whatIsAskedForIsWhatIsTaken() throws Exception {
        Image image = load("{}", base().bytes());
        Path saved = directory.resolve("saved.tar");
        store.save(store.tag(image, "example/tool:v7"), saved);
        ImageException e = assertThrows(ImageException.class, () -> store.importRoot(saved, "root"));
        assertTrue(e.getMessage().contains("ImageStore.load"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> store.save(image, directory.resolve("x.tar.gz")));
        assertThrows(IllegalArgumentException.class, () -> store.save(image, directory.resolve("x.tgz")));
        String missing = assertThrows(
                        NoSuchFileException.class, () -> store.save(image, directory.resolve("missing/x.tar")))
                .getMessage();
        assertTrue(missing.startsWith(directory.resolve("missing").toString() + ":"), missing);
        for (String name : List.of("v7", "tool", "tool:v7", "example/tool:v7")) {
            assertEquals(image.id(), store.load(saved, name).id(), name);
        }
        assertThrows(ImageException.class, () -> store.load(saved, "v8"));
        String platform = assertThrows(ImageException.class, () -> store.withPlatform("linux/s390x")
                        .load(saved))
                .getMessage();
        assertTrue(platform.contains("not for linux/s390x"), platform);
    }

    @Test
    void aStoreIsMadeOfNoOtherDirectory() throws Exception {
        Path other = Files.createDirectory(directory.resolve("documents"));
        Files.writeString(other.resolve("letter"), "dear");
        HostProgram.sh("chmod 700 \"$1\"", other.toString());
        ImageStore mistaken = ImageStore.open(other);
        for (Executable use : List.<Executable>of(
                mistaken::list,
                mistaken::prune,
                mistaken::size,
                () -> mistaken.find("debian"),
                () -> mistaken.load(other))) {
            ImageException e = assertThrows(ImageException.class, use);
            assertTrue(e.getMessage().contains("\"letter\""), e.getMessage());
        }
        try (Stream<Path> left = Files.list(other)) {
            assertEquals(List.of(other.resolve("letter")), left.toList());
        }
        Path none = directory.resolve("none");
        ImageStore asked = ImageStore.open(none);
        assertTrue(asked.list().isEmpty() && asked.find("debian").isEmpty());
        assertEquals(0, asked.size().toBytes() + asked.prune().toBytes());
        assertFalse(Files.exists(none), "asking makes nothing");
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

    /** Else whoever knows the DiffID of a layer could read it, and what an image says would not be what it is. */
    @Test
    @NeedsHost(Feature.OVERLAY)
    void aLayerIsForThoseWhoHaveItsContent() throws Exception {
        byte[] layer = base().file("etc/private", "others").bytes();
        assertEquals("others", Guest.sh(sandbox(RootFs.image(load("{}", layer))), "cat /etc/private"));
        byte[] content = base().file("etc/private", "its own").bytes();
        Image liar =
                store.load(Tars.layout(directory.resolve("liar"), List.of(content), List.of(Digest.of(layer)), "{}"));
        String message = assertThrows(
                        ImageException.class, () -> sandbox(RootFs.image(liar)).run("/bin/cat", "/etc/private"))
                .getMessage();
        assertTrue(message.contains("digest"), message);
        // The same content in another form is the same layer.
        Image packed = store.load(
                Tars.layout(directory.resolve("packed"), List.of(Tars.gzip(layer)), List.of(Digest.of(layer)), "{}"));
        assertEquals("others", Guest.sh(sandbox(RootFs.image(packed)), "cat /etc/private"));
        assertEquals(1, unpacked());
    }

    @Test
    void whatIsNoImageIsNamed() throws Exception {
        Path text = Files.writeString(directory.resolve("text"), "no archive\n");
        Path other = Files.createDirectory(directory.resolve("other"));
        refuses("it is not a tar archive", () -> store.load(text));
        refuses("it is not a tar archive", () -> store.importRoot(text, "x:1"));
        refuses("no file oci-layout", () -> store.load(other));
        refuses("it is a directory", () -> store.importRoot(other, "x:1"));
        assertTrue(isEmpty(store.directory().resolve("work")));
    }

    @Test
    void layoutsThatAreNotComplete() throws Exception {
        byte[] layer = base().bytes();
        Path layout = Tars.layout(directory.resolve("missing"), layer);
        Path blob = layout.resolve("blobs").resolve(Digest.of(layer).path());
        Files.write(blob, Arrays.copyOf(layer, layer.length - 1));
        refuses("bytes, and its descriptor says", () -> store.load(layout));
        Files.delete(blob);
        refuses("the layout is not complete: it has no blobs/sha256/", () -> store.load(layout));
        Path empty = Tars.layout(directory.resolve("empty"), layer);
        Files.write(empty.resolve("index.json"), Manifests.index(List.of()));
        refuses("its index lists no image", () -> store.load(empty));
    }

    @Test
    void imagesThatAreNotForLinux() throws Exception {
        Path layout = Tars.layout(directory.resolve("windows"), base().bytes());
        Descriptor config = Tars.blob(
                layout,
                MediaTypes.CONFIG,
                "{\"architecture\":\"amd64\",\"os\":\"windows\",\"rootfs\":{\"diff_ids\":[]}}".getBytes());
        Descriptor manifest = Tars.blob(layout, MediaTypes.MANIFEST, Manifests.manifest(config, List.of()));
        Files.write(layout.resolve("index.json"), Manifests.index(List.of(manifest)));
        refuses("it is for windows/amd64", () -> store.load(layout));
    }

    @Test
    void foreignLayersAreRefused() throws Exception {
        byte[] layer = base().bytes();
        for (String type : List.of(
                "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                "application/vnd.oci.image.layer.nondistributable.v1.tar")) {
            Path layout = Tars.layout(directory.resolve(type.substring(type.length() - 5)), layer);
            Descriptor config = Tars.blob(
                    layout,
                    MediaTypes.CONFIG,
                    ("{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"" + Digest.of(layer) + "\"]}}").getBytes());
            byte[] manifest = Manifests.manifest(config, List.of(Tars.blob(layout, type, layer)));
            Files.write(
                    layout.resolve("index.json"),
                    Manifests.index(List.of(Tars.blob(layout, MediaTypes.MANIFEST, manifest))));
            refuses("it is a foreign layer", () -> store.load(layout));
        }
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void anImageOfOtherMachines() throws Exception {
        Path layout = Tars.layout(directory.resolve("layout"));
        byte[] layer = base().entry(
                        "bin/theirs", TarEntry.Type.FILE, 0755, "", "\177ELF of another".getBytes(), Map.of())
                .bytes();
        Descriptor config = Tars.blob(
                layout,
                MediaTypes.CONFIG,
                ("{\"architecture\":\"s390x\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"" + Digest.of(layer)
                                + "\"]}}")
                        .getBytes());
        byte[] manifest = Manifests.manifest(config, List.of(Tars.blob(layout, MediaTypes.LAYER, layer)));
        Files.write(
                layout.resolve("index.json"),
                Manifests.index(List.of(Tars.blob(layout, MediaTypes.MANIFEST, manifest))));
        Sandbox sandbox = sandbox(RootFs.image(store.load(layout)));
        assertTrue(
                sandbox.explain().toString().contains("for linux/s390x"),
                sandbox.explain().toString());
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.run("/bin/theirs"));
        assertTrue(e.getMessage().contains("for linux/s390x, where this machine is linux/"), e.getMessage());
        assertEquals("", Guest.sh(sandbox, "true"));
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void theRootHasTheModeThatTheImageGivesIt() throws Exception {
        byte[] layer = base().entry("./", TarEntry.Type.DIRECTORY, 01751, "", new byte[0], Map.of())
                .bytes();
        RootFs root = RootFs.image(load("{}", layer));
        Sandbox keeping =
                sandbox(RootFs.image(load("{}", layer)).keepChanges(Files.createDirectory(directory.resolve("kept"))));
        assertEquals("1751", Guest.sh(keeping, "/bin/busybox stat -c %a /"));
        for (RootFs each : List.of(root, RootFs.image(load("{}", layer)).copied(true))) {
            Sandbox sandbox = sandbox(each);
            for (int i = 0; i < 3; i++) {
                assertEquals("1751", Guest.sh(sandbox, "/bin/busybox stat -c %a /"));
            }
        }
    }

    /** Where files have owners at all; the mode, of which a change of the owner takes nothing away, is the image's too. */
    @Test
    @NeedsHost(Feature.OVERLAY)
    void theRootHasTheOwnerThatTheImageGivesIt() throws Exception {
        Path kept = Files.createDirectory(directory.resolve("kept"));
        for (int mode : new int[] {03755, 03751}) {
            byte[] layer = base().owner(33, 44)
                    .entry("./", TarEntry.Type.DIRECTORY, mode, "", new byte[0], Map.of())
                    .file("theirs", "x")
                    .bytes();
            Image image = load("{}", layer);
            for (RootFs each : List.of(
                    RootFs.image(image),
                    RootFs.image(image).keepChanges(kept),
                    RootFs.image(image).copied(true))) {
                ownerOfRoot(sandbox(each), mode);
            }
        }
        // Directories of subordinate ids, which JUnit can't empty.
        try (HostTree all = HostTree.openWithSubordinates(directory)) {
            TreeRemoval.removeAll(all);
        }
    }

    private static void ownerOfRoot(Sandbox sandbox, int mode) throws Exception {
        for (int i = 0; i < 2; i++) {
            RunResult result = sandbox.run("/bin/busybox", "stat", "-c", "%u:%g %a", "/theirs", "/");
            List<String> lines = result.stdout().lines().toList();
            assertTrue(List.of("33:44 644", "0:0 644").contains(lines.get(0)), result.stdout());
            // One id is all that some have.
            assertEquals(lines.get(0).split(" ")[0] + " " + Integer.toOctalString(mode), lines.get(1));
            if (result.changes().isPresent()) {
                assertEquals(List.of(), result.changes().get().all());
                result.changes().get().discard();
            }
        }
    }

    /** Outside of a user namespace the numbers are the machine's. */
    @Test
    @NeedsHost({Feature.OVERLAY, Feature.ROOT})
    void theRootHasItsOwnerWithoutAUserNamespaceToo() throws Exception {
        byte[] layer = base().owner(33, 44)
                .entry("./", TarEntry.Type.DIRECTORY, 0715, "", new byte[0], Map.of())
                .bytes();
        Sandbox sandbox = Sandbox.builder()
                .mountNamespace()
                .pidNamespace()
                .rootfs(RootFs.image(load("{}", layer)))
                .build();
        assertEquals("33:44 715", Guest.sh(sandbox, "/bin/busybox stat -c '%u:%g %a' /"));
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

    private static void refuses(String why, Executable load) {
        String message = assertThrows(ImageException.class, load).getMessage();
        assertTrue(message.contains(why), message);
    }

    private static Descriptor with(Descriptor d, Platform platform) {
        return new Descriptor(d.mediaType(), d.digest(), d.size(), Map.of(), platform);
    }

    @Test
    @NeedsHost({Feature.OVERLAY, Feature.UNPRIVILEGED})
    void withoutPrivilegesOwnersAreSquashedAndDevicesLeftOut() throws Exception {
        Image image = load("{}", base().device("etc/null", 1, 3).bytes());
        Sandbox sandbox = sandbox(RootFs.image(image));
        assertEquals("0 0", Guest.sh(sandbox, "test -e /etc/null && echo there; stat -c '%u %g' /etc/mark"));
        assertTrue(sandbox.explain().toString().contains("1 attributes and devices left out"));
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
