package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.internal.image.zstd.Frames;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Archives made to get out, to be taken for something else, or to cost more than they are worth. Each is refused or harmless; what lies
 * beside the store stays as it was, and of what was refused nothing is left.
 */
@KernelTest
@Tag("once")
class HostileLayersIT {
    private static final String BASE_FILE = "kept";

    @TempDir
    Path directory;

    private Path canary;
    private Path storePath;

    @BeforeEach
    void makeCanary() throws IOException {
        canary = Files.createDirectory(directory.resolve("canary"));
        Files.writeString(canary.resolve("secret"), "untouched");
        storePath = directory.resolve("store");
    }

    /** With the owners that this is about. */
    Tars tar() {
        return Tars.tar();
    }

    Ownership ownership() {
        return HostProgram.run("sh", "-c", "test $(id -u) = 0 && grep -q '^ *0 *0 *4294967295' /proc/self/uid_map")
                                .exit()
                        == 0
                ? Ownership.EXACT
                : Ownership.SQUASHED;
    }

    /** Loads and unpacks an image of such layers over a harmless one. */
    List<Path> unpack(ImageLimits limits, byte[]... layers) throws IOException {
        List<byte[]> all = new ArrayList<>(List.of(tar().file(BASE_FILE, "base")
                .directory("d")
                .file("d/below", "x")
                .bytes()));
        all.addAll(List.of(layers));
        Path layout = directory.resolve("layout-" + System.nanoTime());
        return unpack(limits, Tars.layout(layout, all.toArray(new byte[0][])));
    }

    private List<Path> unpack(ImageLimits limits, Path layout) throws IOException {
        Store store = new Store(storePath, limits, null);
        StoredImage image = store.load(layout, null);
        try (ImageRoot root = store.root(image.manifest().digest().toString(), ownership(), "test")) {
            return root.lower();
        }
    }

    private void nothingIsTouched() throws IOException {
        assertEquals("untouched", Files.readString(canary.resolve("secret")));
        try (Stream<Path> entries = Files.list(canary)) {
            assertEquals(1, entries.count(), "something new beside the store");
        }
        for (String place : List.of("work", "copies", "downloads")) {
            if (Files.exists(storePath.resolve(place))) {
                try (Stream<Path> entries = Files.list(storePath.resolve(place))) {
                    assertEquals(List.of(), entries.toList());
                }
            }
        }
    }

    private DynamicTest refused(String name, String why, Supplier<byte[]> layer) {
        return DynamicTest.dynamicTest(name, () -> {
            String before = layersThere();
            ImageException e = assertThrows(ImageException.class, () -> unpack(ImageLimits.defaults(), layer.get()));
            assertTrue(e.getMessage().contains(why), e.getMessage());
            nothingIsTouched();
            // The layer below is a good one and stays.
            assertTrue(
                    layersThere().lines().count() <= Math.max(1, before.lines().count()), layersThere());
        });
    }

    private String layersThere() throws IOException {
        Path layers = storePath.resolve("layers").resolve(ownership().directory());
        if (!Files.exists(layers)) {
            return "";
        }
        try (Stream<Path> entries = Files.list(layers)) {
            return String.join("\n", entries.map(Path::toString).toList());
        }
    }

    private interface Look {
        void at(Path root) throws IOException;
    }

    private DynamicTest harmless(String name, Supplier<byte[]> layer, Look look) {
        return DynamicTest.dynamicTest(name, () -> {
            List<Path> lower = unpack(ImageLimits.defaults(), layer.get());
            nothingIsTouched();
            look.at(lower.get(0));
        });
    }

    private static void holds(Path file, String content) throws IOException {
        assertEquals(content, Files.readString(file));
    }

    private String outside() {
        return canary.toString();
    }

    private String inside() {
        return outside().substring(1);
    }

    @TestFactory
    List<DynamicTest> namesThatLeadOut() {
        return List.of(
                refused("dotdot", "leads upwards", () -> tar().file("../canary/x", "x")
                        .bytes()),
                refused("dotdot further in", "leads upwards", () -> tar().file("a/b/../../../../canary/x", "x")
                        .bytes()),
                refused("dotdot directory", "leads upwards", () -> tar().directory("a/..")
                        .bytes()),
                refused("dotdot at the end", "leads upwards", () -> tar().directory("..")
                        .bytes()),
                harmless(
                        "absolute name",
                        () -> tar().file(outside() + "/secret", "mine").bytes(),
                        root -> holds(root.resolve(inside()).resolve("secret"), "mine")),
                harmless(
                        "many slashes",
                        () -> tar().file("//.//" + outside() + "//secret", "mine")
                                .bytes(),
                        root -> holds(root.resolve(inside()).resolve("secret"), "mine")),
                harmless(
                        "backslashes are no separators",
                        () -> tar().file("..\\..\\x", "x").bytes(),
                        root -> holds(root.resolve("..\\..\\x"), "x")),
                refused("too long a component", "more than 255", () -> tar().file("x".repeat(256), "x")
                        .bytes()),
                refused("too long a path", "4095", () -> tar().file("x/".repeat(2500) + "x", "x")
                        .bytes()),
                refused("a NUL in a name", "NUL", () -> tar().file("a\0b" + "x".repeat(100), "x")
                        .bytes()),
                refused("a file as root", "root of an image", () -> tar().symlink(".", outside())
                        .bytes()),
                refused("below a file", "not a directory", () -> tar().file("f", "x")
                        .file("f/x", "x")
                        .bytes()),
                refused("below a file of a lower layer", "not a directory", () -> tar().file(BASE_FILE + "/x", "x")
                        .bytes()));
    }

    @TestFactory
    List<DynamicTest> symbolicLinks() {
        return List.of(
                harmless(
                        "absolute link, written through",
                        () -> tar().symlink("l", outside())
                                .file("l/secret", "mine")
                                .bytes(),
                        root -> holds(root.resolve(inside()).resolve("secret"), "mine")),
                harmless(
                        "relative link upwards, written through",
                        () -> tar().symlink("l", "../../../../../../../../../.." + outside())
                                .file("l/secret", "mine")
                                .bytes(),
                        root -> holds(root.resolve(inside()).resolve("secret"), "mine")),
                harmless(
                        "chain of links",
                        () -> tar().symlink("a", "/b")
                                .symlink("b", "../c")
                                .symlink("c", outside())
                                .file("a/secret", "mine")
                                .bytes(),
                        root -> holds(root.resolve(inside()).resolve("secret"), "mine")),
                refused("link to itself", "too many symbolic links", () -> tar().symlink("l", "l")
                        .file("l/x", "x")
                        .bytes()),
                harmless(
                        "link replaced by a file",
                        () -> tar().symlink("l", outside() + "/secret")
                                .file("l", "mine")
                                .bytes(),
                        root -> {
                            holds(root.resolve("l"), "mine");
                            assertFalse(Files.isSymbolicLink(root.resolve("l")));
                        }),
                harmless(
                        "directory replaced by a link, then written through",
                        () -> tar().directory("x")
                                .file("x/a", "a")
                                .symlink("x", outside())
                                .file("x/secret", "mine")
                                .bytes(),
                        root -> holds(root.resolve(inside()).resolve("secret"), "mine")),
                harmless(
                        "link in the way of a directory",
                        () -> tar().symlink("x", outside())
                                .directory("x")
                                .file("x/a", "a")
                                .bytes(),
                        root -> holds(root.resolve("x/a"), "a")),
                harmless(
                        "permissions of a link's target",
                        () -> tar().symlink("l", outside())
                                .entry("l", TarEntry.Type.SYMLINK, 0, outside(), new byte[0], Map.of())
                                .bytes(),
                        root -> assertTrue(Files.isReadable(canary))),
                harmless(
                        "magic link of /proc",
                        () -> tar().symlink("l", "/proc/self/root" + outside())
                                .file("l/secret", "mine")
                                .bytes(),
                        root -> holds(
                                root.resolve("proc/self/root").resolve(inside()).resolve("secret"), "mine")));
    }

    @TestFactory
    List<DynamicTest> hardLinks() {
        return List.of(
                refused("out by dotdot", "leads upwards", () -> tar().hardLink("h", "../../canary/secret")
                        .bytes()),
                refused("out by an absolute name", "not there", () -> tar().hardLink("h", outside() + "/secret")
                        .bytes()),
                refused("out through a link", "not there", () -> tar().symlink("l", outside())
                        .hardLink("h", "l/secret")
                        .bytes()),
                harmless(
                        "to a link that leads out, then written",
                        () -> tar().symlink("l", outside() + "/secret")
                                .hardLink("h", "l")
                                .file("h", "mine")
                                .bytes(),
                        root -> holds(root.resolve("h"), "mine")),
                refused("to a directory", "hard link to a directory", () -> tar().hardLink("h", "d")
                        .bytes()),
                refused("to the root", "hard link to the root", () -> tar().hardLink("h", "/")
                        .bytes()),
                refused("to what comes later", "not there", () -> tar().hardLink("h", "f")
                        .file("f", "x")
                        .bytes()),
                harmless(
                        "to itself",
                        () -> tar().file("f", "x").hardLink("f", "f").bytes(),
                        root -> holds(root.resolve("f"), "x")),
                harmless(
                        "to a file of a lower layer, then changed",
                        () -> tar().hardLink("h", BASE_FILE)
                                .file(BASE_FILE, "new")
                                .bytes(),
                        root -> {
                            holds(root.resolve("h"), "base");
                            holds(root.resolve(BASE_FILE), "new");
                        }));
    }

    /** What is on the way by which a directory was reached, and what hides it before the way is gone again. */
    private DynamicTest hidden(String what, String way, Function<Tars, Tars> hiding, String place) {
        return DynamicTest.dynamicTest(what, () -> {
            String detours =
                    IntStream.range(0, 70).mapToObj(i -> "x" + i + "/../").collect(Collectors.joining());
            byte[] below = tar().directory("real/d")
                    .directory("other/d")
                    .symlink("link", "real")
                    .symlink("sibling", "other")
                    .symlink("by-link", "link")
                    .directory("holder")
                    .symlink("holder/link", "/real")
                    .symlink("by-holder", "holder/link")
                    .symlink("other/link", "/other")
                    .symlink("by-dots", "holder/../real")
                    .symlink("long", detours + "link")
                    .bytes();
            Tars layer = hiding.apply(tar().file(way + "/d/one", "one")).file(way + "/d/two", "two");
            Path root = unpack(ImageLimits.defaults(), below, layer.bytes()).get(0);
            nothingIsTouched();
            holds(root.resolve("real/d/one"), "one");
            assertFalse(Files.exists(root.resolve("real/d/two")), "it went the way of before");
            holds(root.resolve(place), "two");
        });
    }

    @TestFactory
    List<DynamicTest> waysThroughLowerLayers() {
        return List.of(
                hidden("a link by a directory", "by-link", tar -> tar.directory("link"), "link/d/two"),
                hidden("a link by another", "by-link", tar -> tar.symlink("link", "other"), "other/d/two"),
                hidden("a link by a hard link", "by-link", tar -> tar.hardLink("link", "sibling"), "other/d/two"),
                hidden("the first link", "by-link", tar -> tar.symlink("by-link", "other"), "other/d/two"),
                hidden("a link's directory", "by-holder", tar -> tar.symlink("holder", "other"), "other/d/two"),
                hidden("a directory left", "by-dots", tar -> tar.symlink("holder", "other/d"), "other/real/d/two"),
                hidden("a link on a long way", "long", tar -> tar.directory("link"), "link/d/two"));
    }

    @Test
    void lowerLayersAreNeverChanged() throws IOException {
        List<Path> lower = unpack(
                ImageLimits.defaults(),
                tar().hardLink("h", BASE_FILE)
                        .file("h", "written through the link")
                        .file("d/below", "changed")
                        .bytes());
        holds(lower.get(1).resolve(BASE_FILE), "base");
        holds(lower.get(1).resolve("d/below"), "x");
    }

    @TestFactory
    List<DynamicTest> whiteouts() {
        return List.of(
                refused("of the parent", "directory above", () -> tar().file(".wh...", "")
                        .bytes()),
                refused("of the directory itself", "directory above", () -> tar().file("d/.wh..", "")
                        .bytes()),
                refused("of nothing", "directory above", () -> tar().file("d/.wh.", "")
                        .bytes()),
                refused("by dotdot", "leads upwards", () -> tar().file("d/../../.wh.canary", "")
                        .bytes()),
                refused("as a directory", "beneath a whiteout", () -> tar().directory(".wh.d")
                        .file(".wh.d/x", "x")
                        .bytes()),
                harmless(
                        "through a link",
                        () -> tar().symlink("l", outside())
                                .file("l/.wh.secret", "")
                                .bytes(),
                        root -> assertTrue(Files.isSymbolicLink(root.resolve("l")))),
                harmless(
                        "opaque through a link",
                        () -> tar().symlink("l", outside())
                                .file("l/.wh..wh..opq", "")
                                .bytes(),
                        root -> assertTrue(Files.isSymbolicLink(root.resolve("l")))),
                harmless(
                        "of a link that leads out",
                        () -> tar().symlink("l", outside()).file(".wh.l", "").bytes(),
                        root -> assertTrue(Files.isSymbolicLink(root.resolve("l")))),
                harmless(
                        "of what is not there",
                        () -> tar().file(".wh.absent", "")
                                .file("no/.wh.absent", "")
                                .bytes(),
                        root -> assertFalse(Files.exists(root.resolve("absent"), LinkOption.NOFOLLOW_LINKS))),
                harmless(
                        "what aufs kept for itself",
                        () -> tar().directory(".wh..wh.plnk")
                                .file(".wh..wh.plnk/1.2", "x")
                                .bytes(),
                        root -> assertFalse(Files.exists(root.resolve(".wh..wh.plnk")))),
                DynamicTest.dynamicTest("overlayfs's own mark as a device", () -> {
                    byte[] layer = tar().device("etc", 0, 0).bytes();
                    if (ownership() == Ownership.EXACT) {
                        assertThrows(ImageException.class, () -> unpack(ImageLimits.defaults(), layer));
                    } else {
                        Path root = unpack(ImageLimits.defaults(), layer).get(0);
                        assertFalse(Files.exists(root.resolve("etc"), LinkOption.NOFOLLOW_LINKS));
                    }
                }));
    }

    @TestFactory
    List<DynamicTest> whatOverlayfsWouldBelieve() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String attribute : List.of(
                "trusted.overlay.opaque",
                "user.overlay.opaque",
                "trusted.overlay.redirect",
                "user.overlay.redirect",
                "user.overlay.whiteout",
                "trusted.overlay.metacopy",
                "security.selinux",
                "security.ima")) {
            tests.add(harmless(
                    attribute,
                    () -> tar().attribute("d", TarEntry.Type.DIRECTORY, attribute, "y")
                            .bytes(),
                    root -> assertEquals(
                            "",
                            HostProgram.sh("getfattr -hm - \"$1/d\" 2>/dev/null || true", root.toString())
                                    .replace("user.mark", ""))));
        }
        return tests;
    }

    @TestFactory
    List<DynamicTest> duplicates() {
        return List.of(
                harmless(
                        "the last of two files",
                        () -> tar().file("f", "first, and longer")
                                .file("f", "second")
                                .bytes(),
                        root -> holds(root.resolve("f"), "second")),
                harmless(
                        "a file, a directory, a file",
                        () -> tar().file("f", "1")
                                .directory("f")
                                .file("f/x", "x")
                                .file("f", "2")
                                .bytes(),
                        root -> holds(root.resolve("f"), "2")),
                harmless(
                        "a directory that becomes a file, between others of nearly its name",
                        () -> {
                            Tars tar = tar();
                            for (String name :
                                    List.of("a", "a/b", "a/b/c", "a!", "a!/b", "a-", "a0", "a0/b", "ab", "A")) {
                                tar.directory(name);
                            }
                            // What comes into them makes them new, and their times are set at the end.
                            for (String name :
                                    List.of("a/b/f", "a!/f", "a!/b/f", "a-/f", "a0/f", "a0/b/f", "ab/f", "A/f")) {
                                tar.file(name, "x");
                            }
                            return tar.file("a", "x").bytes();
                        },
                        root -> {
                            holds(root.resolve("a"), "x");
                            for (String name : List.of("a", "a!", "a!/b", "a-", "a0", "a0/b", "ab", "A")) {
                                assertEquals(
                                        Tars.TIME,
                                        Files.getLastModifiedTime(root.resolve(name))
                                                .to(TimeUnit.SECONDS),
                                        name);
                            }
                        }),
                harmless(
                        "two names of one place",
                        () -> tar().file("a/f", "1").file("./a//./f", "2").bytes(),
                        root -> holds(root.resolve("a/f"), "2")),
                harmless(
                        "a deleted file that comes again as a directory",
                        () -> tar().file(".wh.d", "")
                                .directory("d")
                                .file("d/new", "x")
                                .bytes(),
                        root -> holds(root.resolve("d/new"), "x")));
    }

    @TestFactory
    List<DynamicTest> malformedArchives() {
        byte[] good = tar().file("f", "content").bytes();
        return List.of(
                refused("cut within a file", "ends within", () -> java.util.Arrays.copyOf(good, 515)),
                refused("many extended headers", "extended headers", () -> {
                    byte[] one = Tars.join(Tars.header("p", 'x', "00000000015\0", Map.of()), pad("13 comment=1\n"));
                    byte[][] all = new byte[4001][];
                    java.util.Arrays.fill(all, one);
                    all[4000] = good;
                    return Tars.join(all);
                }),
                refused("many global headers", "more than 100 extended headers for all", () -> {
                    byte[][] all = new byte[103][];
                    java.util.Arrays.fill(
                            all,
                            Tars.join(
                                    Tars.header("p", 'g', "00000000015\0", Map.of()),
                                    pad("13 comment=1\n"),
                                    good.length > 1024 ? java.util.Arrays.copyOf(good, 1024) : good));
                    return Tars.join(all);
                }),
                refused("large global headers", "for all entries take more than", () -> {
                    String record = "90000 k=" + "v".repeat(90_000 - 9) + "\n";
                    return Tars.join(Tars.header("p", 'g', "00000257620\0", Map.of()), pad(record), good);
                }),
                refused("two extended headers", "two extended headers", () -> {
                    byte[] one = Tars.join(Tars.header("p", 'x', "00000000015\0", Map.of()), pad("13 comment=1\n"));
                    byte[] other = Tars.join(Tars.header("p", 'x', "00000000012\0", Map.of()), pad("10 path=p\n"));
                    return Tars.join(one, other, good);
                }),
                refused(
                        "content of a directory",
                        "is a directory and has content",
                        () -> Tars.join(
                                Tars.header("evil/", '\0', "00000001000\0", Map.of()),
                                Tars.header("smuggled", '0', "00000000000\0", Map.of()),
                                good)),
                refused("an owner beyond 32 bits", "there is no owner", () -> tar().owner(1L << 32, 0)
                        .file("f", "x")
                        .bytes()),
                harmless(
                        "an owner that is none is not root",
                        () -> tar().owner(0xffffffffL, 0xffffffffL)
                                .file("f", "x")
                                .bytes(),
                        root -> {
                            if (ownership() == Ownership.EXACT) {
                                assertEquals(65_534, Files.getAttribute(root.resolve("f"), "unix:uid"));
                                assertEquals(65_534, Files.getAttribute(root.resolve("f"), "unix:gid"));
                            }
                        }),
                refused("a device that is none", "there is no device", () -> tar().device("dev", 4096, 0)
                        .bytes()),
                refused("cut within the first header", "not a tar archive", () -> java.util.Arrays.copyOf(good, 300)),
                refused("cut within a header", "ends within", () -> java.util.Arrays.copyOf(good, 1024 + 300)),
                refused("a wrong checksum", "not a tar archive", () -> {
                    byte[] bad = good.clone();
                    bad[0] = 'g';
                    return bad;
                }),
                refused("noise", "not a tar archive", () -> {
                    byte[] noise = new byte[4096];
                    new java.util.Random(1).nextBytes(noise);
                    return noise;
                }),
                refused(
                        "a negative size",
                        "makes no sense",
                        () -> Tars.header(
                                "f", '0', "", Map.of(124, new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1
                                }))),
                refused("a size of letters", "makes no sense", () -> Tars.header("f", '0', "abcdefghijk\0", Map.of())),
                refused(
                        "an unknown type",
                        "unknown type",
                        () -> Tars.join(Tars.header("f", 'Z', "00000000000\0", Map.of()), new byte[1024])),
                refused(
                        "a huge extended header",
                        "extended header has",
                        () -> Tars.join(Tars.header("p", 'x', "00077777777\0", Map.of()), new byte[1 << 20])),
                refused(
                        "a huge long name",
                        "a name has",
                        () -> Tars.join(Tars.header("p", 'L', "00077777777\0", Map.of()), new byte[1 << 20])),
                refused(
                        "an extended header that lies",
                        "malformed",
                        () -> Tars.join(Tars.header("p", 'x', "00000000012\0", Map.of()), pad("99 path=x\n"))),
                refused(
                        "a size for all files",
                        "makes no sense",
                        () -> Tars.join(Tars.header("p", 'g', "00000000012\0", Map.of()), pad("10 size=5\n"))),
                refused(
                        "a link with content",
                        "can't have content",
                        () -> Tars.join(
                                Tars.header("p", 'x', "00000000012\0", Map.of()),
                                pad("10 size=5\n"),
                                Tars.header("l", '2', "00000000000\0", Map.of()))));
    }

    private static byte[] pad(String text) {
        int blocks = (text.length() + 511) / 512;
        return java.util.Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), 512 * blocks);
    }

    @TestFactory
    List<DynamicTest> bombs() {
        return List.of(
                refused("a deep tree", "deep", () -> tar().directory("x/".repeat(200) + "y")
                        .bytes()),
                refused(
                        "an attribute that no file can have",
                        "has room for",
                        () -> extended("SCHILY.xattr.user.large=" + "v".repeat(70_000))),
                refused("a file of almost 1 EiB", "more than", () -> extended("size=999999999999999999")),
                refused(
                        "a sparse file of 1 EiB",
                        "makes no sense",
                        () -> extended(
                                "GNU.sparse.major=0",
                                "GNU.sparse.minor=1",
                                "GNU.sparse.map=0,0",
                                "GNU.sparse.size=1152921504606846976")));
    }

    private static Path layout(Path directory, String type, byte[] layer) throws IOException {
        Tars.layout(directory, layer);
        byte[] config = ("{\"architecture\":\"" + Platform.host().architecture() + "\",\"os\":\"linux\","
                        + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + Digest.of(layer) + "\"]}}")
                .getBytes(StandardCharsets.UTF_8);
        byte[] manifest = Manifests.manifest(
                Tars.blob(directory, MediaTypes.CONFIG, config), List.of(Descriptor.of(type, layer)));
        Files.write(
                directory.resolve("index.json"),
                Manifests.index(List.of(Tars.blob(directory, MediaTypes.MANIFEST, manifest))));
        return directory;
    }

    /** Not first when it is started. */
    @Test
    void whatCantBeUnpackedIsRefusedWhenItComes() throws IOException {
        byte[] tar = tar().file("f", "x").bytes();
        byte[] large = Frames.window(28).stored(true, tar).done();
        byte[] small = Frames.window(20).stored(true, tar).done();
        Map<String, byte[]> layers = new TreeMap<>(Map.of(
                "a window of 256 MiB", large,
                "window of 256 MiB, allowed are 128", Tars.join(small, large),
                "with the dictionary 7",
                        Frames.raw().magic().bytes(1, 0, 7).stored(true, tar).done(),
                "zstd data is cut off", java.util.Arrays.copyOf(small, small.length - 1),
                "bzip2 or xz", "BZh91AY&SY".getBytes(StandardCharsets.US_ASCII),
                "not a tar archive", new byte[] {1, 2, 3},
                "it is not a tar", Tars.gzip(new byte[] {1, 2, 3}),
                "compressed data is cut off", java.util.Arrays.copyOf(Tars.gzip(tar), 15)));
        Store store = new Store(storePath, ImageLimits.defaults(), null);
        for (Map.Entry<String, byte[]> layer : layers.entrySet()) {
            Path layout = Tars.layout(directory.resolve("layout-" + System.nanoTime()), layer.getValue());
            for (int i = 0; i < 2; i++) {
                ImageException e = assertThrows(ImageException.class, () -> store.load(layout, null), layer.getKey());
                assertTrue(e.getMessage().contains(layer.getKey()), e.getMessage());
            }
        }
        Path encrypted = layout(directory.resolve("encrypted"), MediaTypes.LAYER + "+gzip+encrypted", tar);
        ImageException e = assertThrows(ImageException.class, () -> store.load(encrypted, null));
        assertTrue(e.getMessage().contains("it is encrypted"), e.getMessage());
        assertEquals(List.of(), store.list());
        store.load(layout(directory.resolve("plain"), MediaTypes.LAYER, tar), null);
        store.load(layout(directory.resolve("zstd"), MediaTypes.LAYER + "+gzip", small), null);
        assertEquals(2, store.list().size());
        nothingIsTouched();
    }

    @Test
    void anImageOfAnotherStoreGetsNoName() throws IOException {
        Store store = new Store(storePath, ImageLimits.defaults(), null);
        byte[] tar = tar().file(BASE_FILE, "base").bytes();
        StoredImage here = store.load(layout(directory.resolve("here"), MediaTypes.LAYER, tar), null);
        StoredImage elsewhere = new Store(directory.resolve("other"), ImageLimits.defaults(), null)
                .load(
                        layout(
                                directory.resolve("there"),
                                MediaTypes.LAYER,
                                tar().file("f", "x").bytes()),
                        null);
        assertThrows(IOException.class, () -> store.tag(elsewhere, "docker.io/library/lost:1"));
        assertEquals(1, store.list().size());
        assertEquals(
                "docker.io/library/found:1",
                store.tag(here, "docker.io/library/found:1")
                        .manifest()
                        .annotations()
                        .get(Descriptor.REF_NAME));
        assertNotNull(store.find("docker.io/library/found:1"));
    }

    /** Before what comes out is written, not once the file is complete: this one never is. */
    @Test
    void aFileThatGrowsTooMuchIsRefusedWhileItIsWritten() throws IOException {
        Frames bomb = Frames.window(17).stored(false, Tars.header("zeros", '0', "77777777777\0", Map.of()));
        for (int i = 0; i < 20_000; i++) {
            bomb.same(false, 1 << 17, 0);
        }
        byte[] packed = bomb.stored(true, new byte[0]).done();
        Path layout = Tars.layout(directory.resolve("bomb"), List.of(packed), List.of(Digest.of(new byte[] {1})), "{}");
        ImageException e = assertThrows(ImageException.class, () -> unpack(ImageLimits.defaults(), layout));
        assertTrue(e.getMessage().contains("times larger"), e.getMessage());
        nothingIsTouched();
        // The same in an archive of docker save, and in one of a root.
        Path archive = Files.write(directory.resolve("bomb.tar.zst"), packed);
        Store store = new Store(storePath, ImageLimits.defaults(), null);
        e = assertThrows(ImageException.class, () -> store.load(archive, null));
        assertTrue(e.getMessage().contains("times larger"), e.getMessage());
        e = assertThrows(ImageException.class, () -> store.importRoot(archive, "example/bomb:1"));
        assertTrue(e.getMessage().contains("times larger"), e.getMessage());
        nothingIsTouched();
    }

    /** An empty file of which an extended header says more. */
    private static byte[] extended(String... records) {
        StringBuilder text = new StringBuilder();
        for (String record : records) {
            int length = record.length() + 3;
            while (length != record.length() + 2 + Integer.toString(length).length()) {
                length++;
            }
            text.append(length).append(' ').append(record).append('\n');
        }
        return Tars.join(
                Tars.header("p", 'x', String.format("%011o\0", text.length()), Map.of()),
                pad(text.toString()),
                Tars.header("f", '0', "00000000000\0", Map.of()));
    }

    @Test
    void manyEntriesAreRefused() throws IOException {
        Tars many = tar();
        for (int i = 0; i < 101; i++) {
            many.file("f" + i, "");
        }
        byte[] layer = many.bytes();
        ImageException e = assertThrows(
                ImageException.class, () -> unpack(ImageLimits.defaults().withEntries(100), layer));
        assertTrue(e.getMessage().contains("more than 100 entries"), e.getMessage());
        nothingIsTouched();
        unpack(ImageLimits.defaults().withEntries(101), layer);
    }

    @Test
    void manyBytesAreRefused() throws IOException {
        byte[] layer = tar().file("f", "x".repeat(60_000))
                .file("g", "x".repeat(60_000))
                .bytes();
        ImageLimits limits = ImageLimits.defaults().withBytes(DataSize.bytes(100_000));
        Path layout =
                Tars.layout(directory.resolve("packed"), List.of(Tars.gzip(layer)), List.of(Digest.of(layer)), "{}");
        ImageException e = assertThrows(ImageException.class, () -> unpack(limits, layout));
        assertTrue(e.getMessage().contains("more than"), e.getMessage());
        nothingIsTouched();
        unpack(ImageLimits.defaults(), layout);
    }

    @Test
    void aLayerThatGrowsTooMuchIsRefused() throws IOException {
        byte[] plain = tar().entry("zeros", TarEntry.Type.FILE, 0644, "", new byte[100 << 20], Map.of())
                .bytes();
        byte[] packed = Tars.gzip(plain);
        assertTrue(packed.length * 250L < plain.length, "a bomb");
        Path layout = Tars.layout(directory.resolve("bomb"), List.of(packed), List.of(Digest.of(plain)), "{}");
        ImageException e = assertThrows(ImageException.class, () -> unpack(ImageLimits.defaults(), layout));
        assertTrue(e.getMessage().contains("times larger"), e.getMessage());
        nothingIsTouched();
    }

    @Test
    void digestsAndSizesAreVerified() throws IOException {
        byte[] layer = tar().file("f", "x").bytes();
        Path wrongContent = Tars.layout(directory.resolve("content"), layer);
        Path blob = wrongContent.resolve("blobs").resolve(Digest.of(layer).path());
        byte[] other = layer.clone();
        other[600] ^= 1;
        Files.write(blob, other);
        assertRefused(wrongContent, "digest");
        Files.write(blob, Tars.join(layer, new byte[1]));
        assertRefused(wrongContent, "longer");
        Files.write(blob, java.util.Arrays.copyOf(layer, 100));
        assertRefused(wrongContent, "100 bytes");
        Path wrongDiffId =
                Tars.layout(directory.resolve("diff"), List.of(layer), List.of(Digest.of(new byte[] {1})), "{}");
        assertRefused(wrongDiffId, "digest");
        Path index = wrongContent.resolve("index.json");
        Files.writeString(index, Files.readString(index).replaceAll("sha256:[0-9a-f]{8}", "sha256:../../.."));
        assertRefused(wrongContent, "not a digest");
    }

    private void assertRefused(Path layout, String why) throws IOException {
        ImageException e = assertThrows(ImageException.class, () -> unpack(ImageLimits.defaults(), layout));
        assertTrue(e.getMessage().contains(why), e.getMessage());
        nothingIsTouched();
    }

    @Test
    void whatAnArchiveSpellsIsKeptByteForByte() throws IOException {
        byte[] value = new byte[256];
        for (int i = 0; i < 256; i++) {
            value[i] = (byte) i;
        }
        String odd = new String(
                new byte[] {'n', (byte) 0xff, (byte) 0xe4, ' ', '\n', (byte) 0x80}, StandardCharsets.ISO_8859_1);
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        try (TarWriter writer = new TarWriter(out)) {
            writer.entry(new TarEntry(
                    odd, TarEntry.Type.FILE, 0644, 0, 0, 0, 5, 123456789, "", 0, 0, Map.of("user.v", value), false));
            writer.entry(new TarEntry("l", TarEntry.Type.SYMLINK, 0777, 0, 0, 0, 5, 0, odd, 0, 0, Map.of(), false));
        }
        Path root = unpack(ImageLimits.defaults(), out.toByteArray()).get(0);
        Map<String, byte[]> found = new TreeMap<>();
        try (var opened = dev.sandjar.internal.hostfs.HostTree.open(root)) {
            for (String name : opened.list()) {
                found.put(name, name.equals("l") ? new byte[0] : opened.xattr(name, "user.v"));
            }
            assertEquals(odd, opened.readlink("l"));
            assertEquals(123456789, opened.stat(odd).nanoseconds());
        }
        assertEquals(List.of("l", odd), List.copyOf(found.keySet()));
        org.junit.jupiter.api.Assertions.assertArrayEquals(value, found.get(odd));
    }

    /** The control: what all this guards against works where nobody guards. */
    @Test
    void aCarelessToolIsLedOut() throws IOException {
        Path archive = directory.resolve("out.tar");
        Files.write(archive, tar().file("../canary/secret", "reached").bytes());
        Path target = Files.createDirectory(directory.resolve("target"));
        HostProgram.sh("tar -P -xf \"$1\" -C \"$2\" --no-same-owner", archive.toString(), target.toString());
        assertEquals("reached", Files.readString(canary.resolve("secret")));
    }
}
