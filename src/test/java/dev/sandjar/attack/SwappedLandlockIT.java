package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Without namespaces, while somebody puts a link in the place of what is bound: the rule is not for where that leads. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.LANDLOCK})
@Timeout(value = 4, unit = TimeUnit.MINUTES) // however busy the machine
class SwappedLandlockIT {
    private static final String SECRET = "SECRET\n";
    private static final int STARTS = 20;

    @TempDir
    Path directory;

    private String before;

    @BeforeEach
    void begin() throws Exception {
        before = System.getProperty("sandjar.withoutNamespaces");
        assumeFalse(
                Feature.MAPPED_ROOT.isPresent(),
                "SKIPPED: root of a user namespace may not become the user of the preset, as setgroups(2) is denied there");
        // The program may be another user than this one.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        // Links there are a guest's from now on.
        Sandbox.untrusted()
                .allowDegraded(Isolation.CGROUP_LIMITS)
                .bind(directory, "/lent")
                .build()
                .run("true")
                .orThrow();
        System.setProperty("sandjar.withoutNamespaces", "true");
    }

    @AfterEach
    void end() {
        if (before == null) {
            System.clearProperty("sandjar.withoutNamespaces");
        } else {
            System.setProperty("sandjar.withoutNamespaces", before);
        }
    }

    private static Sandbox sandbox(Path bound) {
        return Sandbox.untrusted()
                .allowDegraded(Isolation.values())
                .bind(bound, bound.toString())
                .workingDirectory("/")
                .build();
    }

    @Test
    void whatIsSwappedIsNotOpened() throws Exception {
        Path place = Files.createDirectory(directory.resolve("place"));
        Path aside = directory.resolve("aside");
        Path own = Files.createDirectory(directory.resolve("own"));
        Path key = Files.writeString(own.resolve("key"), SECRET);
        Files.writeString(place.resolve("given"), "given\n");
        Sandbox sandbox = sandbox(place);
        assertEquals("given\n", sandbox.run("cat", place + "/given").orThrow().stdout());
        assertEquals("", sandbox.run("cat", key.toString()).stdout(), "no rule lets it be read");
        assertEquals(
                SECRET, sandbox(own).run("cat", key.toString()).orThrow().stdout(), "the control: a rule for it does");

        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Integer> swaps = CompletableFuture.supplyAsync(() -> swap(place, aside, own, over));
        try {
            for (int i = 0; i < STARTS; i++) {
                String seen;
                try {
                    seen = sandbox.run("cat", key.toString()).stdout();
                } catch (SandboxException e) {
                    seen = e.getMessage();
                }
                assertFalse(seen.contains("SECRET"), "start " + i);
            }
        } finally {
            over.set(true);
            assertTrue(swaps.join() > 0);
        }
        assertTrue(Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS));
    }

    /** A directory, a link to another, and the directory again. */
    private static int swap(Path place, Path aside, Path own, AtomicBoolean over) {
        try {
            int times = 0;
            while (!over.get()) {
                Files.move(place, aside);
                Files.createSymbolicLink(place, own);
                Files.delete(place);
                Files.move(aside, place);
                times++;
            }
            return times;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
