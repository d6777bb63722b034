package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Capability;
import dev.sandjar.IdMapping;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageStore;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.Jvm;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Owners of files of an image: the same for root and for a user with subordinate ids. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BUSYBOX, Feature.OVERLAY, Feature.ID_RANGE})
class OwnersIT {
    private static final String LOOK = "find / -xdev -exec stat -c '%n %u:%g %a %h %s %F' {} + | grep -v '^/[/ds]* '"
            + " | grep -v '^/\\(bin\\|proc\\|dev\\|sys\\)' | sort";

    @TempDir
    Path directory;

    private ImageStore store;

    @BeforeEach
    void openStore() throws IOException {
        HostProgram.sh("chmod 755 \"$1\"", directory.toString());
        store = ImageStore.open(directory.resolve("store"));
    }

    @AfterEach
    void removeWhatIsNotOurs() throws Exception {
        try (HostTree all = HostTree.openWithSubordinates(directory)) {
            TreeRemoval.removeAll(all);
        }
        Subordinates.noHelperIsLeft();
    }

    private static Tars base() throws IOException {
        Tars tar = Tars.tar().directory("bin").directory("etc");
        tar.entry("bin/busybox", TarEntry.Type.FILE, 0755, "", Files.readAllBytes(Path.of("/bin/busybox")), Map.of());
        for (String name :
                List.of("sh", "cat", "id", "rm", "find", "stat", "chown", "chmod", "grep", "sort", "mkdir")) {
            tar.symlink("bin/" + name, "busybox");
        }
        return tar.file("etc/mark", "base");
    }

    /** A home that only its owner may enter, programs with special bits, and what layers change in them. */
    private static byte[][] layers() throws IOException {
        byte[] empty = new byte[0];
        Tars first = base().owner(999, 998)
                .entry("home", TarEntry.Type.DIRECTORY, 0700, "", empty, Map.of())
                .file("home/kept", "kept")
                .file("home/gone", "gone")
                .entry("home/inner", TarEntry.Type.DIRECTORY, 0500, "", empty, Map.of())
                .file("home/inner/x", "x")
                .owner(7, 8)
                .entry("setuid", TarEntry.Type.FILE, 06755, "", empty, Map.of())
                .entry("setgid", TarEntry.Type.DIRECTORY, 02775, "", empty, Map.of())
                .file("setgid/in", "in")
                .owner(0, 8)
                .entry("group", TarEntry.Type.FILE, 02750, "", empty, Map.of())
                .entry("groups", TarEntry.Type.DIRECTORY, 03775, "", empty, Map.of())
                .owner(5, 6)
                .symlink("link", "etc/mark")
                .entry("pipe", TarEntry.Type.FIFO, 0640, "", empty, Map.of())
                .owner(65535, 65534)
                .entry("last", TarEntry.Type.FILE, 0, "", empty, Map.of());
        Tars second = Tars.tar()
                .owner(1000, 1001)
                .file("home/.wh.gone", "")
                .file("home/new", "new")
                .hardLink("home/second", "home/kept")
                .owner(0, 0)
                .file("home/inner/.wh..wh..opq", "")
                .file("home/inner/y", "y");
        return new byte[][] {first.bytes(), second.bytes()};
    }

    private static final String EXPECTED = String.join(
            "\n",
            "/etc 0:0 755 2 4096 directory",
            "/etc/mark 0:0 644 1 4 regular file",
            "/group 0:8 2750 1 0 regular empty file",
            "/groups 0:8 3775 2 4096 directory",
            "/home 999:998 700 1 4096 directory",
            "/home/inner 999:998 500 1 4096 directory",
            "/home/inner/y 0:0 644 1 1 regular file",
            "/home/kept 999:998 644 2 4 regular file",
            "/home/new 1000:1001 644 1 3 regular file",
            "/home/second 999:998 644 2 4 regular file",
            "/last 65535:65534 0 1 0 regular empty file",
            "/link 5:6 777 1 8 symbolic link",
            "/pipe 5:6 640 1 0 fifo",
            "/setgid 7:8 2775 2 4096 directory",
            "/setgid/in 7:8 644 1 2 regular file",
            "/setuid 7:8 6755 1 0 regular empty file");

    private Image load(byte[]... layers) throws IOException {
        return store.load(Tars.layout(directory.resolve("layout-" + System.nanoTime()), layers));
    }

    private static Sandbox sandbox(RootFs root) {
        return Sandbox.builder().userNamespace().pidNamespace().rootfs(root).build();
    }

    /** Sizes and link counts of directories are the file system's. */
    private static String comparable(String listing) {
        return listing.lines()
                .map(line ->
                        line.endsWith(" directory") ? line.replaceFirst(" \\d+ \\d+ directory", " directory") : line)
                .collect(Collectors.joining("\n"));
    }

    /** May read everything, as root inside without rights may not. */
    private static Sandbox looking(RootFs root) {
        return sandbox(root).toBuilder()
                .keepCapabilities(Capability.DAC_READ_SEARCH, Capability.DAC_OVERRIDE)
                .build();
    }

    @Test
    void ownersAreThoseOfTheImage() throws Exception {
        Image image = load(layers());
        assertEquals(comparable(EXPECTED), comparable(Guest.sh(looking(RootFs.image(image)), LOOK)));
        assertEquals(
                comparable(EXPECTED),
                comparable(Guest.sh(looking(RootFs.image(image).copied(true)), LOOK)),
                "in a copy");
        Path copies = store.directory().resolve("copies");
        assertTrue(Await.within(Duration.ofSeconds(20), () -> isEmpty(copies)), "copies are removed");
    }

    private static Ownership ownership() {
        return HostProgram.sh("id -u").equals("0") ? Ownership.EXACT : Subordinates.ownership();
    }

    private void unpack(Image image) throws IOException {
        new Store(store.directory(), ImageLimits.defaults(), null)
                .root(image.id(), ownership(), "test")
                .close();
    }

    @Test
    void nothingIsLeftOfWhatIsPruned() throws Exception {
        Image image = load(layers());
        unpack(image);
        assertEquals(2, unpacked().size());
        store.remove(image.id());
        store.prune();
        assertEquals(List.of(), unpacked());
        assertEquals(List.of(), list(store.directory().resolve("work")));
    }

    @Test
    void nothingIsLeftOfWhatFailed() throws Exception {
        Image image = load(
                layers()[0],
                Tars.tar()
                        .owner(999, 998)
                        .file("home/x", "x")
                        .file("home/x/y", "y")
                        .bytes());
        assertThrows(ImageException.class, () -> unpack(image));
        assertEquals(1, unpacked().size(), "the first layer is a good one");
        assertEquals(List.of(), list(store.directory().resolve("work")));
    }

    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    @Timeout(value = 3, unit = TimeUnit.MINUTES) // a further JVM, and that on a machine that has much else to do
    void nothingIsLeftOfAJvmThatIsKilledWhileItUnpacks() throws Exception {
        Tars tar = Tars.tar().owner(33, 34);
        for (int i = 0; i < 10_000; i++) {
            tar.file("f" + i, "content");
        }
        Image image = load(tar.bytes());
        Path output = directory.resolve("output");
        Process jvm = Jvm.builder(UnpackMain.class, List.of(), store.directory().toString(), image.id())
                .redirectOutput(output.toFile())
                .start();
        Path work = store.directory().resolve("work");
        boolean begun = Await.within(Duration.ofSeconds(90), () -> begun(work) || !jvm.isAlive());
        List<ProcessHandle> helpers = jvm.children().toList();
        jvm.destroyForcibly();
        assertEquals(137, jvm.waitFor());
        assertTrue(begun && helpers.size() == 1, helpers + Files.readString(output));
        assertTrue(Await.within(Duration.ofSeconds(60), () -> !helpers.get(0).isAlive()), "it ends with the JVM");
        assertEquals(1, list(work).size());
        store.prune();
        assertEquals(List.of(), list(work));
        assertEquals(List.of(), unpacked());
    }

    /** Whether there are files of others already. */
    private static boolean begun(Path work) {
        try (Stream<Path> files = Files.walk(work)) {
            return files.anyMatch(path -> path.endsWith("f100"));
        } catch (IOException | UncheckedIOException e) {
            return false; // it is being made at this moment
        }
    }

    @Test
    void whatAKilledJvmLeavesIsRemoved() throws Exception {
        Image image = load(layers());
        unpack(image);
        Path work = Files.createDirectories(store.directory().resolve("work/1-0000000000000001"));
        Files.move(unpacked().get(0), work.resolve("layer"));
        Files.move(unpacked().get(0), work.resolve("other"));
        store.prune();
        assertEquals(List.of(), list(store.directory().resolve("work")));
    }

    @Test
    void theProgramIsWhoItSays() throws Exception {
        Image image = load(layers());
        Sandbox sandbox =
                sandbox(RootFs.image(image)).toBuilder().user(999, 998).build();
        assertEquals("kept", Guest.sh(sandbox, "cat /home/kept; rm /home/kept; cat /home/kept 2>/dev/null || true"));
        Sandbox other =
                sandbox(RootFs.image(image)).toBuilder().user(1000, 1001).build();
        assertEquals("", Guest.sh(other, "cat /home/kept 2>/dev/null || true"));
        assertEquals("new", Guest.sh(sandbox, "cat /home/new"), "nothing is left of the other start");
    }

    private static boolean isEmpty(Path path) {
        try {
            return list(path).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    private static List<Path> list(Path path) throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.toList();
        }
    }

    private List<Path> unpacked() throws IOException {
        try (Stream<Path> entries = Files.walk(store.directory().resolve("layers"), 2)) {
            return entries.filter(p -> p.getNameCount() == store.directory().getNameCount() + 3)
                    .toList();
        }
    }

    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void eachMapHasLayersOfItsOwn() throws Exception {
        Image image = load(layers());
        Sandbox single = looking(RootFs.image(image)).toBuilder()
                .userNamespace(IdMapping.single())
                .user(0, 0)
                .build();
        assertEquals(
                "0:0",
                Guest.sh(single, "stat -c %u:%g /home /setuid /last | sort -u"),
                "squashed where there is one id");
        assertEquals(comparable(EXPECTED), comparable(Guest.sh(looking(RootFs.image(image)), LOOK)));
        assertTrue(
                single.explain().entries().toString().contains("one owner for all files"), single.explain()::toString);
        assertFalse(looking(RootFs.image(image)).explain().entries().toString().contains("one owner"));
        Sandbox few = looking(RootFs.image(image)).toBuilder()
                .userNamespace(IdMapping.range(999))
                .build();
        assertEquals(
                "65534:65534 7:8",
                Guest.sh(few, "echo $(stat -c %u:%g /last /setuid)"),
                "with fewer ids the same layers");
        assertTrue(
                few.explain().entries().toString().contains("files of owners from 999 on (up to "),
                few.explain()::toString);
        assertFalse(looking(RootFs.image(image)).explain().entries().toString().contains("files of owners"));
        assertEquals(4, unpacked().size(), "two layers in two ways");
    }

    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void ownersOutsideOfTheMapAreRootAndNoted() throws Exception {
        Image image = load(base().owner(4_000_000_000L, 3).file("far", "x").bytes());
        Sandbox sandbox = sandbox(RootFs.image(image));
        assertEquals("0:3", Guest.sh(sandbox, "stat -c %u:%g /far"));
        assertTrue(
                sandbox.explain()
                        .toString()
                        .contains("1 files of owners that are not among this user's subordinate ids are root's"),
                sandbox.explain().entries().toString());
    }

    @Test
    void manyAtOnceUnpackOnce() throws Exception {
        Path layout = Tars.layout(directory.resolve("layout"), layers());
        Ownership ownership = ownership();
        List<CompletableFuture<String>> all = Stream.generate(() -> CompletableFuture.supplyAsync(() -> {
                    try {
                        Store own = new Store(store.directory(), ImageLimits.defaults(), null);
                        String digest =
                                own.load(layout, null).manifest().digest().toString();
                        own.root(digest, ownership, "test").close();
                        return digest;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }))
                .limit(8)
                .toList();
        assertEquals(1, all.stream().map(CompletableFuture::join).distinct().count());
        assertEquals(2, unpacked().size());
        assertEquals(List.of(), list(store.directory().resolve("work")));
    }

    @Test
    void changesAreCommittedWithTheirOwners() throws Exception {
        Image image = load(layers());
        Path kept = Files.createDirectory(directory.resolve("kept"));
        Sandbox sandbox = looking(RootFs.image(image).keepChanges(kept)).toBuilder()
                .keepCapabilities(Capability.CHOWN, Capability.DAC_OVERRIDE, Capability.FOWNER)
                .build();
        Image made;
        String script = "cd /home && echo n >own && mkdir d && echo x >d/x && chmod 600 own && chmod 700 d"
                + " && chown -R 20:21 own d && rm second";
        try (SandboxProcess process = sandbox.start("/bin/sh", "-ec", script)) {
            assertEquals(0, process.waitForReport().exitCode().getAsInt());
            try (ChangeSet changes = process.changes()) {
                assertEquals("n\n", changes.text("/home/own"));
                assertEquals("x\n", changes.text("/home/d/x"));
                assertEquals(
                        ChangeSet.Kind.DELETED,
                        changes.find("/home/second").orElseThrow().kind());
                made = store.commit(image, process, "made:1");
                changes.discard();
            }
        }
        assertEquals("", HostProgram.sh("ls -A \"$1\"", kept.toString()));
        assertEquals(
                "20:21 20:21 20:21 999:998",
                Guest.sh(
                        looking(RootFs.image(made)),
                        "cd /home; test ! -e second; echo $(stat -c %u:%g own d d/x kept)"));
    }

    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void layersOfIdsThatAreGoneStayAndAreTold() throws Exception {
        Image image = load(layers());
        unpack(image);
        List<Path> layers = unpacked();
        Path info = layers.get(0).resolve("info.json");
        String uid = Integer.toString(Subordinates.uid(1));
        HostProgram.sh("chmod u+w \"$1\"; sed -i \"s/1 $2 /1 1$2 /\" \"$1\"", info.toString(), uid);
        store.remove(image.id());
        ImageException e = assertThrows(ImageException.class, store::prune);
        assertTrue(
                e.getMessage().contains("does not have any more")
                        && e.getMessage().contains("/etc/subuid"),
                e::getMessage);
        assertEquals(layers.subList(0, 1), unpacked(), "the other one is gone");
    }

    @Test
    @NeedsHost({Feature.UNPRIVILEGED, Feature.UMOCI, Feature.PYTHON})
    void ourRootIsUmocis() throws Exception {
        Path layout = Tars.layout(directory.resolve("layout"), layers());
        String index = Files.readString(layout.resolve("index.json"));
        Files.writeString(
                layout.resolve("index.json"),
                index.replaceFirst(
                        "\"size\"", "\"annotations\":{\"org.opencontainers.image.ref.name\":\"t\"},\"size\""));
        Image image = store.load(layout);
        try (ImageRoot root = new Store(store.directory(), ImageLimits.defaults(), null)
                .root(image.id(), Subordinates.ownership(), "test")) {
            String lower = root.lower().stream().map(Path::toString).collect(Collectors.joining(":"));
            Files.createDirectory(directory.resolve("merged"));
            String listing = asRootOfTheIds(
                    "umoci unpack --image layout:t theirs >&2 && /usr/bin/python3 -c \"$1\" theirs/rootfs && echo --"
                            + " && mount -t overlay o -o \"userxattr,lowerdir=$2\" merged"
                            + " && /usr/bin/python3 -c \"$1\" merged",
                    OtherToolsIT.LIST,
                    lower);
            String[] both = listing.split("--\n", 2);
            String theirs = both[0].lines().sorted().collect(Collectors.joining("\n"));
            assertTrue(
                    theirs.contains("b'home/kept' 100644 999:998")
                            && theirs.lines().count() > 25,
                    theirs);
            assertEquals(theirs, both[1].lines().sorted().collect(Collectors.joining("\n")));
        }
    }

    /** With the same ids as sandboxes have. */
    private String asRootOfTheIds(String script, String... arguments) {
        String ids = ",1,65535";
        List<String> words = new java.util.ArrayList<>(List.of(
                "unshare",
                "--map-root-user",
                "--map-users=" + Subordinates.uid(1) + ids,
                "--map-groups=" + Subordinates.gid(1) + ids,
                "--mount",
                "sh",
                "-ec",
                "cd \"$0\";" + script,
                directory.toString()));
        words.addAll(List.of(arguments));
        HostProgram.Result result = HostProgram.run(words.toArray(new String[0]));
        assertEquals(0, result.exit(), result.err());
        return result.out();
    }
}
