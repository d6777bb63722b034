package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageStore;
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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The store of images: what several processes do with it at once, what it keeps and what it removes. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BUSYBOX})
class ImageStoreIT extends ImageFixture {
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
}
