package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Capability;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
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
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of umoci, skopeo and buildah: our roots are theirs, entry by entry, and they take what we write. */
@KernelTest
@Tag("slow")
@NeedsHost({Feature.ROOT, Feature.UMOCI, Feature.BUSYBOX, Feature.PYTHON})
class OtherToolsIT {
    /** Two layers with everything that a layer can have. */
    private static final String MAKE = String.join(
            "\n",
            "cd \"$1\"",
            "umoci init --layout oci && umoci new --image oci:t && umoci unpack --image oci:t b",
            "cd b/rootfs && mkdir -p bin etc tmp deep/a/b opaque/x swap home/u lower && chmod 1777 tmp",
            "cp /bin/busybox bin/busybox && ln bin/busybox bin/hard && for x in sh ls cat id; do ln -s busybox bin/$x; done",
            "echo 'root:x:0:0::/root:/bin/sh' > etc/passwd && echo 'u:x:1234:1235::/home/u:/bin/sh' >> etc/passwd",
            "chown 1234:1235 home/u && chmod 4755 bin/hard && cp /bin/busybox bin/caps",
            "setfattr -n security.capability -v 0x0100000280fe00000000000000000000ff000000 bin/caps",
            "setfattr -n user.mark -v 0x00ff80fe0a41 etc/passwd && setfattr -n user.dir -v d deep",
            "truncate -s 5000000 etc/sparse && printf end >> etc/sparse && mkfifo etc/fifo && mknod etc/null c 1 3",
            "n=$(printf 'x%.0s' $(seq 200)) && mkdir -p $n/$n && echo long > $n/$n/$n && ln -s $n/$n/$n etc/long",
            "echo odd > \"$(printf 'odd\\377\\344\\nname')\" && ln -s \"$(printf 'to\\377')\" etc/oddlink",
            "touch -d '2001-02-03 04:05:06.789' etc/old && touch -d '1969-01-01' etc/older",
            "echo 1 > opaque/1 && echo 2 > opaque/x/2 && echo f > swap/file && mkdir swap/dir && echo i > swap/dir/in",
            "ln -s dir swap/link && echo low > lower/one && chown 4000000000:3000000000 lower/one && echo 8 > deep/a/b/8",
            "cd ../.. && umoci repack --image oci:t b && rm -rf b && umoci unpack --image oci:t b && cd b/rootfs",
            "rm bin/id && rm -rf opaque && mkdir -m 750 opaque && echo new > opaque/new && rm -rf swap/file swap/dir",
            "mkdir swap/file && echo in > swap/file/in && echo file > swap/dir && rm swap/link && mkdir swap/link",
            "ln lower/one lower/two && echo 9 > deep/a/b/9 && rm deep/a/b/8 && chmod 700 home/u && rm -rf tmp && mkdir -m 1777 tmp",
            "echo more >> etc/passwd && chmod 711 deep/a",
            "cd ../.. && umoci repack --image oci:t b && rm -rf b",
            "umoci config --image oci:t --config.cmd /bin/sh --config.env A=B");

    static final String LIST = String.join(
            "\n",
            "import os, sys, stat, hashlib",
            "root = sys.argv[1].encode()",
            "def attributes(p):",
            "    names = [n for n in os.listxattr(p, follow_symlinks=False) if 'overlay' not in n]",
            "    return ' '.join(sorted(n + '=' + os.getxattr(p, n, follow_symlinks=False).hex() for n in names))",
            "for d, ds, fs in os.walk(root):",
            "    for n in ds + fs:",
            "        p = os.path.join(d, n); s = os.lstat(p); what = ''",
            "        if stat.S_ISREG(s.st_mode): what = hashlib.sha256(open(p, 'rb').read()).hexdigest() + ' %d' % s.st_size",
            "        elif stat.S_ISLNK(s.st_mode): what = repr(os.readlink(p))",
            "        elif stat.S_ISCHR(s.st_mode): what = '%d' % s.st_rdev",
            "        time = '' if stat.S_ISDIR(s.st_mode) else ' %d' % int(s.st_mtime)",
            "        print(repr(os.path.relpath(p, root)), '%o %d:%d' % (s.st_mode, s.st_uid, s.st_gid), what, attributes(p), time)");

    @TempDir
    Path directory;

    private ImageStore store;

    @BeforeEach
    void make() {
        HostProgram.sh("chmod 755 \"$1\"; set -e;" + MAKE, directory.toString());
        store = ImageStore.open(directory.resolve("store"));
    }

    private static String sorted(String lines) {
        return lines.lines().sorted().collect(Collectors.joining("\n"));
    }

    private String umoci(String image) {
        HostProgram.sh("cd \"$1\" && rm -rf theirs && umoci unpack --image \"$2\" theirs", directory.toString(), image);
        HostProgram.Result listed = HostProgram.run(
                "/usr/bin/python3",
                "-c",
                LIST,
                directory.resolve("theirs/rootfs").toString());
        assertEquals(0, listed.exit(), listed.err());
        HostProgram.sh("rm -rf \"$1\"", directory.resolve("theirs").toString());
        return sorted(listed.out());
    }

    /** As the kernel's overlayfs shows it. */
    private String overlay(Image image) throws IOException {
        Path merged = Files.createDirectories(directory.resolve("merged"));
        try (ImageRoot root = root(image)) {
            String lower = root.lower().stream().map(Path::toString).collect(Collectors.joining(":"));
            HostProgram.Result listed = HostProgram.run(
                    "unshare",
                    "--mount",
                    "sh",
                    "-c",
                    "mount -t overlay o -o \"lowerdir=$1\" \"$2\" && exec /usr/bin/python3 -c \"$3\" \"$2\"",
                    "sh",
                    lower + ":" + Files.createDirectories(directory.resolve("empty")),
                    merged.toString(),
                    LIST);
            assertEquals(0, listed.exit(), listed.err());
            return sorted(listed.out());
        }
    }

    private String copy(Image image) throws IOException {
        try (ImageRoot root = root(image);
                ImageRoot.Copy copy = root.copy()) {
            HostProgram.Result listed =
                    HostProgram.run("/usr/bin/python3", "-c", LIST, copy.root().toString());
            assertEquals(0, listed.exit(), listed.err());
            return sorted(listed.out());
        }
    }

    private ImageRoot root(Image image) throws IOException {
        return new Store(store.directory(), ImageLimits.defaults(), null).root(image.id(), Ownership.TRUSTED, "test");
    }

    @Test
    void ourRootIsUmocis() throws Exception {
        String theirs = umoci("oci:t");
        assertTrue(theirs.lines().count() > 30 && theirs.contains("user.mark=00ff80fe0a41"), theirs);
        assertTrue(theirs.contains("security.capability=") && theirs.contains("4000000000:3000000000"), theirs);
        Image image = store.load(directory.resolve("oci"));
        assertEquals(2, image.layers().size());
        assertEquals(theirs, overlay(image));
        assertEquals(theirs, copy(image));
        // A file with several names is one file.
        try (ImageRoot root = root(image)) {
            assertEquals(2, Files.getAttribute(root.lower().get(0).resolve("lower/one"), "unix:nlink"));
        }
    }

    @Test
    @NeedsHost(Feature.SKOPEO)
    void whatSkopeoMakesOfItIsTheSame() throws Exception {
        String theirs = umoci("oci:t");
        HostProgram.sh(
                "cd \"$1\" && skopeo copy -q oci:oci:t docker-archive:docker.tar:some/name:1"
                        + " && skopeo copy -q oci:oci:t oci-archive:oci.tar:some/name:2"
                        + " && skopeo copy -q --dest-compress-format zstd --dest-compress oci:oci:t dir:zstd"
                        + " && skopeo copy -q --dest-decompress oci:oci:t dir:plain && gzip -k docker.tar",
                directory.toString());
        for (String file : new String[] {"docker.tar", "docker.tar.gz", "oci.tar"}) {
            Image image = store.load(directory.resolve(file));
            assertEquals("docker.io", image.name().orElseThrow().registry());
            assertEquals("some/name", image.name().orElseThrow().repository());
            assertEquals(theirs, overlay(image), file);
        }
        assertEquals("B", store.get("some/name:1").config().environment().get("A"));
    }

    @Test
    @NeedsHost(Feature.SKOPEO)
    void zstdLayersAreUnpacked() throws Exception {
        HostProgram.sh(
                "cd \"$1\" && skopeo copy -q --dest-compress-format zstd --dest-compress-level 3 oci:oci:t oci:zstd:t",
                directory.toString());
        Image image = store.load(directory.resolve("zstd"));
        assertEquals(umoci("oci:t"), overlay(image));
    }

    @Test
    @NeedsHost(Feature.BUILDAH)
    void whatBuildahMakesRuns() throws Exception {
        HostProgram.sh(
                "cd \"$1\" && mkdir -p context/bin && cp /bin/busybox context/bin && ln -s busybox context/bin/sh"
                        + " && b=\"buildah --root $1/br --runroot $1/bw --storage-driver vfs\" && c=$($b from scratch)"
                        + " && $b copy -q $c context / && $b config --cmd '[\"/bin/sh\",\"-c\",\"echo $X\"]' --env X=built $c"
                        + " && $b commit -q $c oci:$1/built:t && $b rm $c && rm -rf \"$1/br\" \"$1/bw\"",
                directory.toString());
        Image image = store.load(directory.resolve("built"));
        assertEquals(umoci("built:t"), overlay(image));
        Sandbox sandbox = Sandbox.untrusted().rootfs(RootFs.image(image)).build();
        assertEquals("built\n", sandbox.run(image.command()).stdout());
    }

    @Test
    @NeedsHost(Feature.SKOPEO)
    void theyTakeWhatIsCommitted() throws Exception {
        Image image = store.load(directory.resolve("oci"));
        Path kept = Files.createDirectory(directory.resolve("kept"));
        Sandbox sandbox = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.image(image).keepChanges(kept))
                .keepCapabilities(Capability.CHOWN)
                .build();
        Image made;
        try (SandboxProcess process = sandbox.start(
                "/bin/sh",
                "-c",
                "echo new > /etc/new && cd /bin && ./busybox rm cat && ./busybox rm -r /opaque && ./busybox mkdir /opaque"
                        + " && echo o > /opaque/o && ./busybox ln /etc/new /etc/same && ./busybox chown 5:6 /etc/new")) {
            assertEquals(0, process.waitForReport().exitCode().getAsInt());
            made = store.commit(image, process, "made:1");
        }
        assertEquals(3, made.layers().size());
        assertEquals(2, store.get("localhost/oci:t").layers().size());
        store.save(made, directory.resolve("saved"));
        store.save(made, directory.resolve("saved.tar"));
        String theirs = umoci("saved:1");
        assertEquals(theirs, overlay(made));
        assertTrue(theirs.contains("b'etc/new' 100644 5:6"), theirs);
        assertTrue(
                !theirs.contains("b'bin/cat'") && theirs.contains("b'opaque/o'") && !theirs.contains("opaque/new"),
                theirs);
        assertTrue(HostProgram.sh(
                        "skopeo inspect oci-archive:\"$1\":1",
                        directory.resolve("saved.tar").toString())
                .contains(made.layers().get(2).digest()));
        HostProgram.sh("rm -rf \"$1\"", kept.toString());
        assertEquals(
                "absent",
                Guest.sh(
                        Sandbox.builder()
                                .userNamespace()
                                .pidNamespace()
                                .rootfs(RootFs.image(made))
                                .build(),
                        "test -e /bin/cat || echo absent"));
    }
}
