package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest plants links in what the host makes a layer of: these come into the image as links, and nothing of the host's with them. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BUSYBOX, Feature.OVERLAY})
class PlantedLayerIT {
    private static final String SECRET = "SECRET-of-the-host";

    @TempDir
    Path directory;

    private ImageStore store;
    private Image image;
    private Path own;
    private Path key;

    @BeforeEach
    void imageAndSecret() throws IOException {
        HostProgram.sh("chmod 755 \"$1\"", directory.toString());
        store = ImageStore.open(directory.resolve("store"));
        own = Files.createDirectory(directory.resolve("own"));
        key = Files.writeString(own.resolve("key"), SECRET);
        Tars tar = Tars.tar();
        for (String name : List.of("bin", "etc", "home")) {
            tar.directory(name);
        }
        tar.entry("bin/busybox", TarEntry.Type.FILE, 0755, "", Files.readAllBytes(Path.of("/bin/busybox")), Map.of());
        for (String name : List.of("sh", "cat", "ls", "rm", "ln", "mkdir", "mkfifo", "stat", "readlink")) {
            tar.symlink("bin/" + name, "busybox");
        }
        byte[] layer =
                tar.file("etc/mark", "of the base").file("home/key", "old").bytes();
        image = store.load(Tars.layout(directory.resolve("layout"), List.of(layer), List.of(Digest.of(layer)), "{}"));
    }

    private static Sandbox sandbox(RootFs root) {
        return Sandbox.builder().userNamespace().pidNamespace().rootfs(root).build();
    }

    /** How many files of the store, and of a saved copy of the image, hold the text. */
    private long holding(Image made, String text) throws IOException {
        Path saved = directory.resolve("saved-" + System.nanoTime());
        store.save(made, saved);
        String all = HostProgram.sh(
                "find \"$1\" \"$2\" -type f -exec sh -c 'zcat -f \"$1\" | grep -q -a -F \"$2\" && echo \"$1\"' x {} \"$3\" \\;"
                        + " || true",
                store.directory().toString(),
                saved.toString(),
                text);
        return all.lines().count();
    }

    private Path upperBelow(Path kept) throws IOException {
        try (Stream<Path> found = Files.walk(kept)) {
            return found.filter(p -> p.endsWith("upper")).findFirst().orElseThrow();
        }
    }

    @Test
    void linksComeAsLinks() throws Exception {
        Path kept = Files.createDirectory(directory.resolve("kept"));
        String plant =
                "cd /etc; ln -s " + key + " absolute; ln -s ../../../../../../.." + key + " upwards; ln -s " + own
                        + " directory; ln -s nowhere dangling; mkfifo pipe; echo of the guest >file; ln file other;"
                        + " rm -r /home; ln -s " + own + " /home; ln -s /proc/self/root" + key + " through";
        try (SandboxProcess process =
                sandbox(RootFs.image(image).keepChanges(kept)).start("/bin/sh", "-ec", plant)) {
            assertEquals(0, process.waitForReport().exitCode().getAsInt());
            assertEquals(
                    SECRET,
                    Files.readString(upperBelow(kept).resolve("etc/absolute")),
                    "control: it leads there, if one follows it");
            Image made = assertTimeoutPreemptively(
                    Duration.ofSeconds(20), () -> store.commit(image, process, "made:1"), "the pipe was opened");
            assertEquals(0, holding(made, SECRET));
            assertTrue(holding(made, "of the guest") > 0, "control: the search finds what is in a layer");
            String look = "cd /etc; for n in absolute upwards directory dangling through /home; do readlink $n; done;"
                    + " stat -c %F pipe; stat -c %h file; cat other mark; ls";
            assertEquals(
                    List.of(
                            key.toString(),
                            "../../../../../../.." + key,
                            own.toString(),
                            "nowhere",
                            "/proc/self/root" + key,
                            own.toString(),
                            "fifo",
                            "2",
                            "of the guest",
                            "of the baseabsolute",
                            "dangling",
                            "directory",
                            "file",
                            "mark",
                            "other",
                            "pipe",
                            "through",
                            "upwards"),
                    Guest.sh(sandbox(RootFs.image(made)), look).lines().toList());
        }
        HostProgram.sh("chmod -R u+rwx \"$1\"; rm -rf \"$1\"", kept.toString());
    }

    private interface Plant {
        void in(Path kept, Path upper) throws Exception;
    }

    private static Plant replacing(String name, Path target) {
        return (kept, upper) -> {
            Files.move(upper.resolve(name), kept.resolve("away"));
            Files.createSymbolicLink(upper.resolve(name), target);
        };
    }

    /** By a later guest that the directory of kept changes is lent to. */
    private static Plant guest(String script) {
        return (kept, upper) -> Sandbox.untrusted()
                .bind(kept, "/kept")
                .build()
                .run("sh", "-ec", "cd /kept; umask 0; n=$(echo sandjar-*); mv $n away; " + script)
                .orThrow();
    }

    @Test
    void whatIsReplacedByALinkBeforeTheCommitIsNotRead() throws Exception {
        Files.copy(key, Files.createDirectory(own.resolve("upper")).resolve("key"));
        for (Plant plant : List.of(
                replacing("etc/file", key),
                replacing("etc", own),
                guest("ln -s " + own + " $n"),
                guest("mkdir $n; ln -s " + own + " $n/upper"),
                guest("mkdir -p $n/upper; ln -s " + key + " $n/upper/key; mkfifo $n/upper/pipe"))) {
            Path kept = Files.createDirectory(directory.resolve("kept"));
            Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rwxrwxrwx"));
            try (SandboxProcess process = sandbox(RootFs.image(image).keepChanges(kept))
                    .start("/bin/sh", "-ec", "echo of the guest >/etc/file; echo x >/etc/key")) {
                assertEquals(0, process.waitForReport().exitCode().getAsInt());
                plant.in(kept, upperBelow(kept));
                commit(process);
            }
            HostProgram.sh("chmod -R u+rwx \"$1\"; rm -rf \"$1\"", kept.toString());
        }
        assertEquals(SECRET, Files.readString(key));
    }

    /** Either there is an image without the secret, or there is none. */
    private void commit(SandboxProcess process) throws IOException {
        try {
            Image made = assertTimeoutPreemptively(
                    Duration.ofSeconds(20), () -> store.commit(image, process, "made:1"), "the pipe was opened");
            assertEquals(0, holding(made, SECRET));
            store.remove("made:1");
        } catch (SandboxException | ImageException e) {
            assertTrue(store.find("made:1").isEmpty(), e::getMessage);
        }
    }
}
