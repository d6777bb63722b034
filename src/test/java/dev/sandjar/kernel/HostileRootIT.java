package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import dev.sandjar.DataSize;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Roots and sources whose author wants the set-up to touch other files of the host. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class HostileRootIT {
    private static final int RACES = 60;
    private static final int EXCHANGED_STARTS = 60;
    private static final int AT_FDCWD = -100;
    private static final int RENAME_EXCHANGE = 2;
    private static final Duration ATTACK_LEAST = Duration.ofMillis(1500);
    private static final Duration ATTACK_MOST = Duration.ofSeconds(40);

    @TempDir
    Path directory;

    private Path root;
    private Path target;

    @BeforeEach
    void make() throws Exception {
        root = RootFsIT.tree(directory);
        target = Files.createDirectory(directory.resolve("target"));
        Files.writeString(target.resolve("canary"), "alive");
        HostProgram.sh("chmod 755 " + directory + "; chmod -R go+rwX " + target + " " + root);
    }

    @AfterEach
    void theHostIsUntouched() throws Exception {
        assertEquals("alive", Files.readString(target.resolve("canary")));
        try (Stream<Path> entries = Files.list(target)) {
            assertEquals(1, entries.count(), "something was made outside the root");
        }
    }

    private SandboxBuilder builder(RootFs rootfs) {
        return Sandbox.builder().userNamespace().pidNamespace().rootfs(rootfs).bindReadOnly(Path.of("/usr"), "/usr");
    }

    private void replaceByLink(String name, String text) throws IOException {
        Files.delete(root.resolve(name));
        Files.createSymbolicLink(root.resolve(name), Path.of(text));
    }

    /** An absolute link leads beneath the root, where nothing is, or is refused: never to the host. */
    private void startsInsideOrNotAtAll(SandboxBuilder builder, String look) throws Exception {
        try {
            RunResult result = Guest.trySh(builder.build(), look);
            assertFalse(result.stdout().contains("alive"), result.stdout());
        } catch (SandboxException e) {
            assertTrue(e.getMessage().contains("ELOOP") || e.getMessage().contains("ENOENT"), e.getMessage());
        }
    }

    /** Another sandbox, say, that has the same directory to write to. */
    @Test
    @NeedsHost(Feature.BOMB)
    void linksInPlaceOfWhatWasJustMade() throws Exception {
        // In memory, where names are exchanged fast enough to come in between.
        Path shared = Files.createTempDirectory(Path.of("/dev/shm"), "sandjar-test-");
        try {
            linksInPlaceOfWhatWasJustMade(shared);
        } finally {
            HostProgram.sh("rm -rf \"$1\"", shared.toString());
        }
    }

    private void linksInPlaceOfWhatWasJustMade(Path shared) throws Exception {
        Path secret = Files.writeString(target.resolve("canary"), "alive");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        HostProgram.sh("chmod 777 " + shared);
        SandboxBuilder builder = Sandbox.builder().mountNamespace().pidNamespace();
        if (!Feature.CAPABLE.isPresent()) {
            builder.userNamespace();
        }
        builder.rootfs(RootFs.directory(root))
                .bindReadOnly(Path.of("/usr"), "/usr")
                .bind(shared, "/shared")
                .template(false);
        Files.createDirectories(root.resolve("shared"));
        for (int i = 0; i < 40; i++) {
            String target = "/shared/x" + i + "/y";
            builder.mounts(m -> m.directory(target, 0755));
        }
        Sandbox sandbox = builder.warm(0).build();
        Process attacker = new ProcessBuilder(
                        System.getProperty("sandjar.test.bomb", "target/native/sandjar-bomb"),
                        "put-links",
                        shared.toString(),
                        secret.toString(),
                        Long.toString(ATTACK_MOST.toMillis()))
                .inheritIO()
                .start();
        // How long it takes until both have had their turns is a matter of the machine.
        long begin = System.nanoTime();
        int starts = 0;
        try {
            while (attacker.isAlive()
                    && (starts <= 10 || entries(shared) <= 10 || System.nanoTime() - begin < ATTACK_LEAST.toNanos())) {
                try {
                    sandbox.run("/usr/bin/true");
                } catch (SandboxException e) {
                    assertTrue(e.getMessage().contains("/shared/x"), e.getMessage());
                }
                starts++;
            }
            assertTrue(attacker.isAlive() || attacker.exitValue() == 0, "the attacker failed");
        } finally {
            attacker.destroyForcibly().waitFor();
        }
        assertTrue(starts > 10, starts + " starts");
        assertTrue(entries(shared) > 10, "no link was ever put in the place of a directory");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)));
    }

    /** Another sandbox, say, that has the same root to write to: the mount goes along with the directory that it is on. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDirectoryThatIsExchangedUnderItsMountTakesTheMasksAlong(boolean template) throws Exception {
        for (String name : List.of("proc2", "sys2")) {
            Files.createDirectories(root.resolve(name));
        }
        String look = "cat /proc/interrupts /proc2/interrupts 2>/dev/null; true";
        assertFalse(
                Guest.trySh(builder(RootFs.directory(root)).build(), look)
                        .stdout()
                        .isEmpty(),
                "the kernel tells nothing of interrupts here");
        Sandbox sandbox = Sandbox.untrusted()
                .rootfs(RootFs.directory(root))
                .bindReadOnly(Path.of("/usr"), "/usr")
                .warm(0)
                .template(template)
                .build();
        assertEquals("", Guest.trySh(sandbox, look).stdout());
        AtomicBoolean stop = new AtomicBoolean();
        FutureTask<Long> exchanging =
                new FutureTask<>(() -> exchange(root.resolve("proc"), root.resolve("proc2"), stop));
        Thread thread = new Thread(exchanging);
        thread.start();
        List<String> seen = new ArrayList<>();
        int refused = 0;
        try {
            for (int i = 0; i < EXCHANGED_STARTS; i++) {
                try {
                    seen.add(Guest.trySh(sandbox, look).stdout());
                } catch (SandboxException e) {
                    assertTrue(e.getMessage().contains("moved or exchanged meanwhile"), e.getMessage());
                    refused++;
                }
            }
        } finally {
            stop.set(true);
            thread.join();
        }
        assertTrue(exchanging.get() > EXCHANGED_STARTS, "the attacker had no turn");
        assertEquals(EXCHANGED_STARTS, refused + seen.size());
        assertEquals(List.of(), seen.stream().filter(text -> !text.isEmpty()).toList());
    }

    /** How often, by renameat2(2) with RENAME_EXCHANGE. */
    private static long exchange(Path one, Path other, AtomicBoolean stop) {
        Function rename = NativeLibrary.getInstance("c").getFunction("renameat2");
        long done = 0;
        while (!stop.get()) {
            Object[] arguments = {AT_FDCWD, one.toString(), AT_FDCWD, other.toString(), RENAME_EXCHANGE};
            assertEquals(0, rename.invokeInt(arguments));
            done++;
        }
        return done;
    }

    private static long entries(Path path) throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.count();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"proc", "dev", "mnt"})
    void mountPointsThatAreLinks(String name) throws Exception {
        replaceByLink(name, target.toString());
        for (RootFs rootfs : new RootFs[] {RootFs.directory(root), RootFs.directoryWritable(root)}) {
            startsInsideOrNotAtAll(
                    builder(rootfs).tmpfs("/mnt", DataSize.mebibytes(1)).mounts(m -> m.directory("/mnt/made", 0755)),
                    "cat /" + name + "/canary");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"proc", "dev", "mnt"})
    @NeedsHost(Feature.OVERLAY)
    void mountPointsThatAreLinksUnderAnOverlay(String name) throws Exception {
        replaceByLink(name, "../../../../../../../.." + target);
        startsInsideOrNotAtAll(
                builder(RootFs.overlay(root)).tmpfs("/mnt", DataSize.mebibytes(1)), "cat /" + name + "/canary");
    }

    @Test
    void targetsBehindALinkAreMadeInside() throws Exception {
        replaceByLink("mnt", target.toString());
        startsInsideOrNotAtAll(
                builder(RootFs.directoryWritable(root))
                        .tmpfs("/mnt/new", DataSize.mebibytes(1))
                        .file("/mnt/file", "planted")
                        .symlink("/mnt/link", "x")
                        .mounts(m -> m.directory("/mnt/dir", 0755)),
                "cat /mnt/canary");
        assertFalse(Files.exists(target.resolve("new")));
    }

    @Test
    void filesAreNotWrittenThroughLinks() throws Exception {
        Files.createSymbolicLink(root.resolve("etc/planted"), Path.of("../../target/canary"));
        Sandbox sandbox = builder(RootFs.directoryWritable(root))
                .file("/etc/planted", "overwritten")
                .build();
        assertThrows(SandboxException.class, () -> sandbox.run("true"));
    }

    @Test
    void aMaskThatIsALinkIsRefusedOrStaysInside() throws Exception {
        Files.createSymbolicLink(root.resolve("etc/masked"), target.resolve("canary"));
        startsInsideOrNotAtAll(builder(RootFs.directory(root)).mounts(m -> m.mask("/etc/masked")), "cat /etc/masked");
    }

    @Test
    void nullInTheRootIsNotWhatMasks() throws Exception {
        Files.createDirectories(root.resolve("dev"));
        Files.createSymbolicLink(root.resolve("dev/null"), Path.of("/etc/mark"));
        Sandbox sandbox = builder(RootFs.directory(root))
                .mounts(m -> m.noDev().mask("/etc/mark"))
                .build();
        assertEquals("", Guest.sh(sandbox, "cat /etc/mark"));
        assertEquals("original", Files.readString(root.resolve("etc/mark")).strip());
    }

    @Test
    void theWorkingDirectoryCantBeADescriptorOfTheLauncher() throws Exception {
        for (int fd = 0; fd < 40; fd++) {
            Sandbox sandbox = builder(RootFs.directory(root))
                    .workingDirectory("/proc/self/fd/" + fd)
                    .build();
            try {
                RunResult result =
                        Guest.trySh(sandbox, "cat canary ../canary ../../../../../../.." + target + "/canary");
                assertFalse(result.stdout().contains("alive"), "descriptor " + fd + " leads out");
            } catch (SandboxException e) {
                assertTrue(e.step().contains("directory") || e.getMessage().contains("fd/" + fd), e.getMessage());
            }
        }
    }

    @Test
    void aBindSourceThatBecomesALinkAfterTheFirstStart() throws Exception {
        Path source = Files.createDirectory(directory.resolve("source"));
        Files.writeString(source.resolve("mine"), "mine");
        HostProgram.sh("chmod -R go+rX " + source);
        Sandbox sandbox = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.hostReadOnly())
                .bindReadOnly(source, "/data")
                .build();
        assertEquals("mine", Guest.sh(sandbox, "cat /data/mine"));
        Files.move(source, directory.resolve("moved"));
        Files.createSymbolicLink(source, target);
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.run("cat", "/data/canary"));
        assertEquals("ELOOP", e.errnoName());
        assertEquals("alive", HostProgram.sh("cat " + source + "/canary"), "a program on the host does follow it");
    }

    @Test
    void aBindSourceThatIsSwappedAllTheTime() throws Exception {
        Path source = Files.createDirectory(directory.resolve("source"));
        Path spare = directory.resolve("spare");
        Files.createSymbolicLink(directory.resolve("link"), target);
        Sandbox sandbox = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.hostReadOnly())
                .bindReadOnly(source, "/data")
                .build();
        sandbox.run("true");
        AtomicBoolean end = new AtomicBoolean();
        CompletableFuture<Void> swapper = CompletableFuture.runAsync(() -> {
            try {
                while (!end.get()) {
                    Files.move(source, spare);
                    Files.move(directory.resolve("link"), source, StandardCopyOption.ATOMIC_MOVE);
                    Files.move(source, directory.resolve("link"), StandardCopyOption.ATOMIC_MOVE);
                    Files.move(spare, source, StandardCopyOption.ATOMIC_MOVE);
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        int started = 0;
        int refused = 0;
        int followed = 0;
        int rounds = 0;
        long begin = System.nanoTime();
        try {
            for (; rounds < RACES || followed == 0 && System.nanoTime() - begin < ATTACK_MOST.toNanos(); rounds++) {
                // The control: whoever goes by the name gets there.
                for (int k = 0; k < 200; k++) {
                    followed += Files.exists(source.resolve("canary")) ? 1 : 0;
                }
                try {
                    RunResult result = sandbox.run("cat", "/data/canary");
                    assertFalse(result.stdout().contains("alive"), "the link was followed");
                    started++;
                } catch (SandboxException e) {
                    refused++;
                }
            }
        } finally {
            end.set(true);
            swapper.join();
        }
        assertEquals(rounds, started + refused);
        assertTrue(followed > 0, "the link was never there");
    }
}
