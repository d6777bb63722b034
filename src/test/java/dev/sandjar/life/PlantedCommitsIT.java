package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One guest plants files in a directory; later the host commits another's changes to it, or keeps them there. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class PlantedCommitsIT {
    private static final String SECRET = "SECRET\n";

    @TempDir
    Path directory;

    private Path results;
    private Path own;
    private Path key;

    @BeforeEach
    void directories() throws IOException {
        results = Files.createDirectory(directory.resolve("results"));
        Files.setPosixFilePermissions(results, PosixFilePermissions.fromString("rwxrwxrwx"));
        own = Files.createDirectory(directory.resolve("own"));
        key = Files.writeString(own.resolve("key"), SECRET);
    }

    private void guest(String script) throws Exception {
        Sandbox.untrusted()
                .bind(results, "/results")
                .build()
                .run("sh", "-ec", "cd /results; umask 0; " + script)
                .orThrow();
    }

    /** What another program wrote. */
    private static ChangeSet changes(String script) throws Exception {
        return Sandbox.hermetic()
                .hostPrograms()
                .rootfs(RootFs.empty().captureChanges())
                .build()
                .run("sh", "-ec", script)
                .orThrow()
                .changes()
                .orElseThrow();
    }

    private void untouched() throws IOException {
        assertEquals(SECRET, Files.readString(key));
        try (Stream<Path> entries = Files.list(own)) {
            assertEquals(List.of(key), entries.toList());
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static SandboxException refused(Work work) {
        return assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertThrows(SandboxException.class, work::run));
    }

    @Test
    void aCommitReplacesWhatWasPlantedAtItsNames() throws Exception {
        Path kept = Files.writeString(results.resolve("kept"), SECRET);
        Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rw-rw-rw-"));
        guest("ln -s " + key + " a; ln -s " + own + "/new b; mkfifo c; ln kept d; ln -s " + own
                + " e; mkdir f; ln -s ../../own/key f/x");
        assertEquals(SECRET, Files.readString(results.resolve("a")), "it leads there, if one follows it");
        try (ChangeSet changes = changes("cd /; for n in a b c d e f; do echo of $n >$n; done")) {
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> changes.commit(results));
        }
        for (String name : List.of("a", "b", "c", "d", "e", "f")) {
            Path path = results.resolve(name);
            assertTrue(Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS), name);
            assertEquals("of " + name + "\n", Files.readString(path));
        }
        assertEquals(SECRET, Files.readString(kept), "another name of the file that was replaced");
        untouched();
    }

    @Test
    void aCommitGoesThroughNoPlantedDirectory() throws Exception {
        guest("ln -s " + own + " way; mkdir real; ln -s ../../own real/deeper; mkfifo pipe");
        for (String way : List.of("way", "real/deeper", "pipe")) {
            try (ChangeSet changes =
                    changes("mkdir -p /" + way + "; echo x >/" + way + "/key; echo x >/" + way + "/fresh")) {
                try {
                    changes.commit(results);
                } catch (SandboxException e) {
                    assertTrue(e.getMessage().contains(way.substring(way.indexOf('/') + 1)), e::getMessage);
                }
            }
            untouched();
        }
        // Deletions too.
        guest("ln -s " + own + " gone");
        try (ChangeSet changes = deletion()) {
            refused(() -> changes.commit(results));
        }
        untouched();
    }

    /** Of {@code /gone/key}. */
    private ChangeSet deletion() throws Exception {
        Path lower = Files.createDirectories(directory.resolve("lower/gone")).getParent();
        Files.writeString(lower.resolve("gone/key"), "x");
        new ProcessBuilder("chmod", "-R", "go+rX", directory.toString()).start().waitFor();
        return Sandbox.hermetic()
                .hostPrograms()
                .rootfs(RootFs.overlay(lower).captureChanges())
                .build()
                .run("rm", "/gone/key")
                .orThrow()
                .changes()
                .orElseThrow();
    }

    @Test
    void noCommitThroughALinkToTheDirectory() throws Exception {
        guest("ln -s " + own + " place; ln -s " + directory.resolve("nowhere")
                + " dangling; mkdir sub; ln -s ../../own sub/inner");
        try (ChangeSet changes = changes("echo x >/key")) {
            for (String name : List.of("place", "dangling", "sub/inner")) {
                refused(() -> changes.commit(results.resolve(name)));
            }
        }
        assertFalse(Files.exists(directory.resolve("nowhere")));
        untouched();
    }

    @Test
    void changesAreNotKeptBehindAPlantedLink() throws Exception {
        guest("ln -s " + own + " place");
        Sandbox keeping = Sandbox.hermetic()
                .hostPrograms()
                .rootfs(RootFs.empty().keepChanges(results.resolve("place")))
                .build();
        SandboxException e = refused(() -> keeping.run("true"));
        assertTrue(e.getMessage().contains("is not followed"), e::getMessage);
        untouched();
    }

    private static String read(ChangeSet changes, String path) throws IOException {
        try (InputStream content = changes.content(path)) {
            return new String(content.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Whoever may write beside a layer that was made for a start can exchange it: what has its name then is not what was written. */
    @Test
    void aLayerThatWasExchangedIsNotTheOneThatWasMade() throws Exception {
        for (boolean link : new boolean[] {true, false}) {
            Path place = Files.createDirectory(directory.resolve("place" + link));
            Sandbox keeping = Sandbox.hermetic()
                    .hostPrograms()
                    .rootfs(RootFs.empty().keepChanges(place))
                    .build();
            RunResult result =
                    keeping.run("sh", "-c", "echo of the program >/key").orThrow();
            RunResult known =
                    keeping.run("sh", "-c", "echo of the program >/key").orThrow();
            ChangeSet before = known.changes().orElseThrow();
            assertEquals("of the program\n", read(before, "/key"), "the control");
            try (Stream<Path> found = Files.walk(place)) {
                for (Path upper : found.filter(p -> p.endsWith("upper")).toList()) {
                    Files.move(upper, upper.resolveSibling("moved"));
                    if (link) {
                        Files.createSymbolicLink(upper, own);
                    } else {
                        Files.createDirectory(upper);
                        Files.writeString(upper.resolve("key"), SECRET);
                    }
                    assertEquals(SECRET, Files.readString(upper.resolve("key")), "what its name leads to");
                }
            }
            SandboxException e = refused(() -> result.changes());
            assertTrue(e.getMessage().contains("something else has its name"), e::getMessage);
            refused(() -> read(before, "/key"));
            refused(() -> before.commit(Files.createTempDirectory(directory, "target")));
            refused(before::discard);
            untouched();
        }
    }

    /** Kept changes that a later guest may write to: what the host reads of them is theirs, and nothing else. */
    @Test
    void whatIsReadOfKeptChangesIsNoLinksTarget() throws Exception {
        Sandbox keeping = Sandbox.hermetic()
                .hostPrograms()
                .rootfs(RootFs.empty().keepChanges(results))
                .build();
        try (ChangeSet changes = keeping.run("sh", "-c", "echo of the program >/file; mkdir /d; echo y >/d/file")
                .orThrow()
                .changes()
                .orElseThrow()) {
            assertEquals("of the program\n", read(changes, "/file"));
            try (Stream<Path> found = Files.walk(results)) {
                Path upper = found.filter(p -> p.endsWith("upper")).findFirst().orElseThrow();
                Files.delete(upper.resolve("file"));
                Files.createSymbolicLink(upper.resolve("file"), key);
                Files.delete(upper.resolve("d/file"));
                Files.delete(upper.resolve("d"));
                Files.createSymbolicLink(upper.resolve("d"), own);
                Files.createLink(own.resolve("file"), key);
            }
            refused(() -> read(changes, "/file"));
            refused(() -> read(changes, "/d/file"));
            Path target = Files.createDirectory(directory.resolve("target"));
            refused(() -> changes.commit(target));
            Files.delete(own.resolve("file"));
        }
        untouched();
    }
}
