package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageStore;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Files and directories that are images, and those that are none. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BUSYBOX})
class ImageFormatsIT extends ImageFixture {
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
                sandbox.explain().entries().toString().contains("for linux/s390x"),
                sandbox.explain().entries().toString());
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.run("/bin/theirs"));
        assertTrue(e.getMessage().contains("for linux/s390x, where this machine is linux/"), e.getMessage());
        assertEquals("", Guest.sh(sandbox, "true"));
    }

    private static void refuses(String why, Executable load) {
        String message = assertThrows(ImageException.class, load).getMessage();
        assertTrue(message.contains(why), message);
    }

    private static Descriptor with(Descriptor d, Platform platform) {
        return new Descriptor(d.mediaType(), d.digest(), d.size(), Map.of(), platform);
    }
}
