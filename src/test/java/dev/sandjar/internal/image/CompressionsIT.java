package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.image.Image;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageStore;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One root from each compression that skopeo writes, entry by entry, and it is the directory of which GNU tar made the layer: a part of
 * this host's files with what such a part lacks, or a whole Debian, see src/test/scripts/debian-roots.
 */
@KernelTest
@Tag("slow")
@Tag("once")
@NeedsHost({Feature.ROOT, Feature.UMOCI, Feature.SKOPEO, Feature.PYTHON})
class CompressionsIT {
    /** Lines are compared, so the first that differs is to be seen. */
    private static final int SHOWN = 10;

    private static final String MAKE = String.join(
            "\n",
            "cd \"$1\"; mkdir root; cd root",
            "tar -C / --one-file-system -cf - usr/share/zoneinfo usr/share/perl5 etc/alternatives etc/init.d bin lib64 | tar -xf -",
            "mkdir -p odd/a/b odd/empty && chmod 1777 odd/empty && chmod 2755 odd/a",
            "cp /bin/ls odd/set && chmod 6755 odd/set && ln odd/set odd/a/hard && ln odd/set odd/a/b/harder && chmod 4711 odd/set",
            "cp /bin/ls odd/caps && setfattr -n security.capability -v 0x0100000280fe00000000000000000000ff000000 odd/caps",
            "setfattr -n user.mark -v 0x00ff80fe0a41 odd/caps && setfattr -n user.dir -v d odd/a && setfattr -n trusted.t -v 1 odd/a/b",
            "mkfifo odd/fifo && mknod odd/null c 1 3 && mknod odd/loop b 7 300 && mknod odd/big c 4000 1000000",
            "truncate -s 30000000 odd/sparse && printf mid | dd of=odd/sparse bs=1 seek=20000000 conv=notrunc status=none",
            "n=$(printf 'x%.0s' $(seq 255)) && mkdir -p odd/$n/$n && echo long >odd/$n/$n/$n && ln -s /$n/$n/$n odd/longlink",
            "echo odd >\"odd/$(printf 'odd\\377\\344\\nname')\" && ln -s \"$(printf 'to\\377')\" odd/oddlink && ln -s nowhere odd/dangling",
            "ln odd/longlink odd/hardlink-to-a-link && : >odd/none",
            "chown 4000000000:3000000000 odd/none && chown -h 1234:1235 odd/oddlink && chown 12:34 odd/a",
            "touch -d '1969-01-01 00:00:00.25' odd/none && touch -d '2001-02-03 04:05:06.789' odd/a/b && touch -hd '2040-01-01' odd/dangling",
            "chmod 2751 . && touch -d '2011-11-11 11:11:11.5' .");

    /**
     * Without empty blocks beyond the two that end it, and holes as the zeros that they are: of both skopeo 1.9 makes a zstd:chunked layer
     * whose content has another digest than it says. SparseIT has the holes.
     */
    private static final String LAYER = String.join(
            "\n",
            "cd \"$1\"",
            "tar -b1 --format=posix --numeric-owner --xattrs --xattrs-include='*' -C root -cf layer.tar .",
            "umoci init --layout oci && umoci new --image oci:t && umoci raw add-layer --image oci:t layer.tar && rm layer.tar");

    private static final String LIST = String.join(
            "\n",
            "import os, sys, stat, hashlib",
            "root = sys.argv[1].encode(); first = {}",
            "def attributes(p):",
            "    names = [n for n in os.listxattr(p, follow_symlinks=False) if 'overlay' not in n]",
            "    return ' '.join(sorted(n + '=' + os.getxattr(p, n, follow_symlinks=False).hex() for n in names))",
            "paths = [root] + [os.path.join(d, n) for d, ds, fs in os.walk(root) for n in ds + fs]",
            "for p in sorted(paths):",
            "    s = os.lstat(p); what = ''; name = os.path.relpath(p, root)",
            "    if stat.S_ISREG(s.st_mode): what = hashlib.sha256(open(p, 'rb').read()).hexdigest() + ' %d' % s.st_size",
            "    elif stat.S_ISLNK(s.st_mode): what = repr(os.readlink(p))",
            "    elif stat.S_ISCHR(s.st_mode) or stat.S_ISBLK(s.st_mode): what = '%d:%d' % (os.major(s.st_rdev), os.minor(s.st_rdev))",
            "    same = '' if stat.S_ISDIR(s.st_mode) else repr(first.setdefault((s.st_dev, s.st_ino), name))",
            "    print(repr(name), '%o %d:%d %d' % (s.st_mode, s.st_uid, s.st_gid, s.st_mtime_ns), same, what, attributes(p))");

    @TempDir
    Path directory;

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES) // level 19 of a whole Debian
    void oneRootFromEachCompression() throws Exception {
        String archive = System.getProperty("sandjar.test.rootTar", "");
        if (archive.isEmpty()) {
            HostProgram.sh("set -e;" + MAKE, directory.toString());
        } else {
            HostProgram.sh(
                    "cd \"$1\" && mkdir root && tar --numeric-owner --xattrs --xattrs-include='*' -C root -xpf \"$2\"",
                    directory.toString(),
                    archive);
        }
        List<String> original = list(directory.resolve("root"));
        if (archive.isEmpty()) {
            kindsAreThere(original);
        }
        HostProgram.sh("set -e;" + LAYER, directory.toString());
        ImageStore store = ImageStore.open(directory.resolve("store"));
        List<String> gzip = overlay(store, load(store, "gzip --dest-compress-level 6"));
        same(original, gzip, "gzip, against what GNU tar has read");
        same(gzip, overlay(store, load(store, "zstd --dest-compress-level 19")), "zstd level 19");
        same(gzip, overlay(store, load(store, "zstd:chunked")), "zstd:chunked");
        System.out.println(gzip.size() + " entries are the same from gzip, zstd level 19 and zstd:chunked");
    }

    private static void kindsAreThere(List<String> entries) {
        Set<Integer> types = new TreeSet<>();
        for (String entry : entries) {
            types.add(Integer.parseInt(entry.replaceFirst("^.*?['\"] ([0-7]+) .*", "$1"), 8) >> 12);
        }
        // FIFO, character device, directory, block device, file, link.
        assertEquals(Set.of(1, 2, 4, 6, 8, 10), types);
        assertTrue(entries.size() > 1000, entries.size() + " entries");
    }

    private Image load(ImageStore store, String format) throws IOException {
        String name = format.replaceAll("[^a-z0-9]", "");
        HostProgram.sh(
                "cd \"$1\" && skopeo copy -q --dest-compress --dest-compress-format " + format + " oci:oci:t oci:"
                        + name + ":t",
                directory.toString());
        Image image = store.load(directory.resolve(name));
        // Else all three might be the same bytes.
        String manifest = HostProgram.sh(
                "cat \"$1/blobs/sha256/$(sed 's/.*\"digest\":\"sha256:\\([0-9a-f]*\\)\".*/\\1/' \"$1/index.json\")\"",
                directory.resolve(name).toString());
        boolean zstd = format.startsWith("zstd");
        assertTrue(manifest.contains(zstd ? ".tar+zstd\"" : ".tar+gzip\""), manifest);
        assertEquals(format.equals("zstd:chunked"), manifest.contains("zstd-chunked.manifest-checksum"), manifest);
        return image;
    }

    private static List<String> list(Path root) {
        HostProgram.Result listed = HostProgram.run("/usr/bin/python3", "-c", LIST, root.toString());
        assertEquals(0, listed.exit(), listed.err());
        return listed.out().lines().toList();
    }

    /** As the kernel's overlayfs shows it. */
    private List<String> overlay(ImageStore store, Image image) throws IOException {
        Path merged = Files.createDirectories(directory.resolve("merged"));
        Path empty = Files.createDirectories(directory.resolve("empty"));
        try (ImageRoot root = new Store(store.directory(), ImageLimits.defaults(), null)
                .root(image.id(), Ownership.TRUSTED, "test")) {
            String lower = root.lower().stream().map(Path::toString).collect(Collectors.joining(":"));
            HostProgram.Result listed = HostProgram.run(
                    "unshare",
                    "--mount",
                    "sh",
                    "-c",
                    "mount -t overlay o -o \"lowerdir=$1\" \"$2\" && exec /usr/bin/python3 -c \"$3\" \"$2\"",
                    "sh",
                    lower + ":" + empty,
                    merged.toString(),
                    LIST);
            assertEquals(0, listed.exit(), listed.err());
            return listed.out().lines().toList();
        }
    }

    private static void same(List<String> expected, List<String> found, String what) {
        List<String> differences = new ArrayList<>();
        Set<String> left = new TreeSet<>(found);
        for (String line : expected) {
            if (!left.remove(line)) {
                differences.add("- " + line);
            }
        }
        left.forEach(line -> differences.add("+ " + line));
        assertEquals(
                "",
                differences.stream()
                        .sorted((a, b) -> a.substring(2).compareTo(b.substring(2)))
                        .limit(SHOWN)
                        .collect(Collectors.joining("\n")),
                what);
        assertEquals(expected.size(), found.size(), what);
    }
}
