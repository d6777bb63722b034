package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.IdMapping;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Targets of mounts that are symbolic links in the root, as images have them. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
abstract class LinkCases {
    @TempDir
    Path directory;

    private Path root;
    private Path file;
    private Path outside;

    @BeforeEach
    void make() throws Exception {
        root = RootFsIT.tree(Files.createDirectory(directory.resolve("image")));
        outside = Files.createDirectory(directory.resolve("outside"));
        file = Files.writeString(directory.resolve("hosts.conf"), "nameserver 127.0.0.1");
        Files.createDirectories(root.resolve("run"));
        Files.createDirectories(root.resolve("var"));
        link("var/run", "../run");
        HostProgram.sh("chmod 755 " + directory + " " + directory + "/image; chmod -R go+rwX " + root + "; chmod 777 "
                + outside + "; chmod 644 " + file);
    }

    private void link(String name, String text) throws Exception {
        Files.deleteIfExists(root.resolve(name));
        Files.createSymbolicLink(root.resolve(name), Path.of(text));
    }

    private static SandboxBuilder builder(RootFs rootfs) {
        SandboxBuilder builder = Sandbox.builder().pidNamespace().rootfs(rootfs).bindReadOnly(Path.of("/usr"), "/usr");
        // mount(2) can't give the layers of an overlay the owners that private ids need.
        return Boolean.getBoolean("sandjar.classicMounts")
                ? builder.userNamespace(IdMapping.single())
                : builder.userNamespace();
    }

    private static String refusal(SandboxBuilder builder, String errno) {
        SandboxException e =
                assertThrows(SandboxException.class, () -> builder.build().run("true"));
        assertEquals(errno, e.errnoName(), e.getMessage());
        return e.getMessage();
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void aDanglingLinkIsFollowedAndWhatItNamesMade() throws Exception {
        link("etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf");
        Sandbox sandbox = builder(RootFs.overlay(root))
                .bindReadOnly(file, "/etc/resolv.conf")
                .bindReadOnly(file, "/var/run/x")
                .bindReadOnly(file, "/var/run/new/deep")
                .build();
        String conf = "nameserver 127.0.0.1";
        assertEquals(
                conf + conf + conf + conf,
                Guest.sh(sandbox, "cat /etc/resolv.conf /run/systemd/resolve/stub-resolv.conf /run/x /run/new/deep"));
        assertEquals("../run/systemd/resolve/stub-resolv.conf", Guest.sh(sandbox, "readlink /etc/resolv.conf"));
        assertFalse(Files.exists(root.resolve("run/x")));
    }

    /** Whatever the order of the calls: its name says nothing of where it lies. */
    @Test
    @NeedsHost(Feature.OVERLAY)
    void whatIsSaidByALinkIsNotCoveredByWhatTheLinkLeadsTo() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.writeString(tree.resolve("x"), "covers it");
        Files.createDirectory(tree.resolve("z"));
        HostProgram.sh("chmod -R go+rX " + tree);
        Files.createDirectory(root.resolve("data"));
        link("way", "data");
        UnaryOperator<SandboxBuilder> child = b -> b.bindReadOnly(file, "/way/x");
        UnaryOperator<SandboxBuilder> parent = b -> b.bindReadOnly(tree, "/data");
        for (List<UnaryOperator<SandboxBuilder>> calls : List.of(List.of(child, parent), List.of(parent, child))) {
            for (SandboxBuilder each : List.of(
                    builder(RootFs.overlay(root)),
                    builder(RootFs.overlay(root)).symlink("/other", "way").tmpfs("/other/z", DataSize.mebibytes(1)))) {
                SandboxBuilder all = each;
                for (UnaryOperator<SandboxBuilder> call : calls) {
                    all = call.apply(all);
                }
                assertEquals("nameserver 127.0.0.1", Guest.sh(all.build(), "cat /data/x"));
            }
        }
        Sandbox mounted = builder(RootFs.overlay(root))
                .symlink("/other", "way")
                .tmpfs("/other/z", DataSize.mebibytes(1))
                .bindReadOnly(tree, "/data")
                .build();
        assertEquals("1", Guest.sh(mounted, "grep -c '^[^ ]* /data/z tmpfs' /proc/mounts"));
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void ofTwoAtOnePlaceTheFirstIsToldToBeCovered() throws Exception {
        Files.createDirectory(root.resolve("data"));
        link("way", "data");
        Sandbox sandbox = builder(RootFs.overlay(root))
                .tmpfs("/way", DataSize.mebibytes(1))
                .bindReadOnly(outside, "/data")
                .build();
        AppliedPolicy applied = sandbox.run("true").orThrow().report().applied();
        assertEquals(
                "what is mounted on /data later covers it",
                applied.entries().stream()
                        .filter(entry -> entry.request().equals("tmpfs /way"))
                        .filter(entry -> entry.outcome() == AppliedPolicy.Outcome.ABSENT)
                        .map(AppliedPolicy.Entry::reason)
                        .findFirst()
                        .orElse(""),
                applied.toString());
    }

    /** For a link too, "/" is the sandbox's root, and nothing is above it. */
    @Test
    void linksThatPointOutLeadInside() throws Exception {
        Files.createDirectories(root.resolve(outside.toString().substring(1)));
        Files.writeString(root.resolve("etc/real"), "root's");
        link("etc/absolute", outside.toString());
        link("etc/up", "../../../../../../../../../../etc/real");
        HostProgram.sh("chmod -R go+rX " + root);
        Sandbox sandbox = builder(RootFs.directory(root))
                .tmpfs("/etc/absolute", DataSize.mebibytes(1))
                .bindReadOnly(file, "/etc/up")
                .build();
        Guest.sh(sandbox, "touch /etc/absolute/mine; test -e " + outside + "/mine");
        assertEquals("nameserver 127.0.0.1", Guest.sh(sandbox, "cat /etc/real"));
        try (Stream<Path> made = Files.list(outside)) {
            assertEquals(0, made.count());
        }
    }

    @Test
    void aMaskOnALinkCoversWhatTheLinkLeadsTo() throws Exception {
        Files.createDirectories(root.resolve("srv/keys"));
        Files.writeString(root.resolve("srv/keys/key"), "secret");
        Files.writeString(root.resolve("srv/token"), "secret");
        link("etc/keys", "/srv/keys");
        link("etc/token", "also");
        link("etc/also", "../srv/token");
        HostProgram.sh("chmod -R go+rX " + root);
        SandboxBuilder builder = builder(RootFs.directory(root));
        String look = "cat /etc/keys/key /etc/token /srv/keys/key /srv/token 2>/dev/null; true";
        assertEquals("secret".repeat(4), Guest.sh(builder.build(), look));
        assertEquals(
                "",
                Guest.sh(
                        builder.mounts(m -> m.mask("/etc/keys", "/etc/token", "/etc/absent"))
                                .build(),
                        look));
    }

    @Test
    void aReadOnlyPathThatIsALink() throws Exception {
        link("etc/data", "/srv/data/inner");
        Files.createDirectories(root.resolve("srv/data"));
        Files.createDirectory(outside.resolve("inner"));
        HostProgram.sh("chmod 777 " + outside + "/inner; chmod -R go+rX " + root);
        SandboxBuilder builder = builder(RootFs.directory(root)).bind(outside, "/srv/data");
        assertEquals("written", Guest.sh(builder.build(), "touch /etc/data/x && echo written"));
        Sandbox sandbox = builder.mounts(m -> m.readOnlyPath("/etc/data")).build();
        assertEquals(
                "refused", Guest.sh(sandbox, "touch /srv/data/inner/y 2>/dev/null || echo refused; touch /srv/data/z"));
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void volumesAndWorkingDirectoriesThatAreLinks() throws Exception {
        link("volume", "/var/lib/volume");
        link("work", "var/run");
        Sandbox sandbox = builder(RootFs.overlay(root))
                .mounts(m -> m.directory("/volume", 0711))
                .mounts(m -> m.directory("/work", 0755))
                .workingDirectory("/work")
                .build();
        assertEquals("711", Guest.sh(sandbox, "stat -c %a /var/lib/volume"));
        assertEquals("/run", sandbox.run(Command.of("pwd", "-P")).stdout().strip());
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void filesAndLinksTakeThePlaceOfALink() throws Exception {
        Files.writeString(root.resolve("etc/led"), "old");
        link("etc/one", "led");
        link("etc/two", "led");
        link("etc/three", "led");
        Sandbox sandbox = builder(RootFs.overlay(root))
                .file("/etc/one", "new")
                .symlink("/etc/two", "/elsewhere")
                .bindReadOnly(file, "/etc/three")
                .build();
        assertEquals(
                "new /elsewhere led nameserver 127.0.0.1",
                Guest.sh(sandbox, "echo $(cat /etc/one) $(readlink /etc/two) $(readlink /etc/three) $(cat /etc/led)"));
        assertEquals("old", Files.readString(root.resolve("etc/led")));
    }

    /** Naming the place itself makes it there, as ever: the caller has said so, and not the root's author. */
    @Test
    @NeedsHost(Feature.OVERLAY)
    void nothingIsMadeInTheHostsDirectoriesThroughALink() throws Exception {
        link("etc/trap", "/data/made");
        link("etc/traps", "/data");
        SandboxBuilder builder = builder(RootFs.overlay(root)).bind(outside, "/data");
        String message = refusal(builder.build().toBuilder().bindReadOnly(file, "/etc/trap"), "EXDEV");
        assertTrue(message.contains("link"), message);
        refusal(builder.build().toBuilder().tmpfs("/etc/traps/deep/er", DataSize.mebibytes(1)), "EXDEV");
        refusal(builder.build().toBuilder().file("/etc/traps/file", "planted"), "EXDEV");
        refusal(builder.build().toBuilder().mounts(m -> m.directory("/etc/trap", 0755)), "EXDEV");
        refusal(builder.build().toBuilder().symlink("/etc/traps/link", "x"), "EXDEV");
        try (Stream<Path> made = Files.list(outside)) {
            assertEquals(0, made.count());
        }
        Guest.sh(builder.build().toBuilder().bindReadOnly(file, "/data/made").build(), "true");
        assertTrue(Files.exists(outside.resolve("made")));
    }

    @Test
    void memoryOfItsOwnIsWrittenToBehindALinkOfAReadOnlyRoot() throws Exception {
        link("etc/resolv.conf", "../run/resolve/resolv.conf");
        SandboxBuilder builder = builder(RootFs.directory(root)).bindReadOnly(file, "/etc/resolv.conf");
        refusal(builder, "ENOENT");
        Sandbox sandbox = builder(RootFs.directory(root))
                .tmpfs("/run", DataSize.mebibytes(1))
                .bindReadOnly(file, "/etc/resolv.conf")
                .build();
        assertEquals("nameserver 127.0.0.1", Guest.sh(sandbox, "cat /etc/resolv.conf"));
    }

    @Test
    void whatTheKernelTellsIsMountedAtNoLink() throws Exception {
        Files.deleteIfExists(root.resolve("proc"));
        link("proc", "/run");
        String message = refusal(builder(RootFs.directory(root)), "ELOOP");
        assertTrue(message.contains("/proc"), message);
    }

    @Test
    void loopsEnd() throws Exception {
        link("etc/a", "b");
        link("etc/b", "a");
        assertTrue(refusal(builder(RootFs.directory(root)).bindReadOnly(file, "/etc/a"), "ELOOP")
                .contains("/etc/a"));
        refusal(builder(RootFs.directory(root)).mounts(m -> m.mask("/etc/a")), "ELOOP");
    }

    @Test
    void aLinkThatIsMovedWhileSandboxesStart() throws Exception {
        Files.writeString(outside.resolve("canary"), "alive");
        Files.writeString(root.resolve("etc/swapped"), "");
        Sandbox sandbox = builder(RootFs.directory(root))
                .bindReadOnly(file, "/etc/swapped")
                .mounts(m -> m.mask("/etc/swapped"))
                .template(false)
                .build();
        // A thread and no shell: what a killed shell has started goes on, and writes while the directory is deleted.
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger turns = new AtomicInteger();
        CompletableFuture<Void> swapper = CompletableFuture.runAsync(() -> swap(stop, turns));
        int refused = 0;
        int starts = 0;
        try {
            while (starts < 60 || turns.get() < 60) {
                assertFalse(swapper.isDone(), "the swapper has ended");
                starts++;
                try {
                    assertNotEquals("alive", sandbox.run("cat", "/etc/swapped").stdout());
                } catch (SandboxException e) {
                    refused++;
                }
            }
        } finally {
            stop.set(true);
            swapper.get(20, TimeUnit.SECONDS);
        }
        assertTrue(refused < starts, "none started");
        assertEquals("alive", Files.readString(outside.resolve("canary")));
        assertFalse(HostProgram.sh("cat /proc/self/mountinfo").contains(outside.toString()));
    }

    /** Puts a file, a link that stays in the root and one that leaves it at etc/swapped, in turn. */
    private void swap(AtomicBoolean stop, AtomicInteger turns) {
        Path etc = root.resolve("etc");
        Path swapped = etc.resolve("swapped");
        Path next = etc.resolve("next");
        String up = "../../../../../../../..";
        try {
            while (!stop.get()) {
                Files.createSymbolicLink(next, Path.of(up + "/run/made"));
                Files.move(next, swapped, StandardCopyOption.ATOMIC_MOVE);
                Files.createSymbolicLink(next, Path.of(up + outside + "/canary"));
                Files.move(next, swapped, StandardCopyOption.ATOMIC_MOVE);
                Files.createFile(next);
                Files.move(next, swapped, StandardCopyOption.ATOMIC_MOVE);
                turns.incrementAndGet();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
