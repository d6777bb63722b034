package dev.sandjar.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is copied of directories that a sandbox could write to. */
@KernelTest
@NeedsHost(Feature.USERNS)
@Timeout(120)
class OrderedCopiesIT {
    @TempDir
    Path directory;

    private Path lent;
    private Path secret;

    @BeforeEach
    void begin() throws Exception {
        lent = Files.createDirectory(directory.resolve("lent"));
        secret = Files.createDirectory(directory.resolve("secret"));
        Files.writeString(secret.resolve("key"), "SECRET\n");
        Files.createSymbolicLink(lent.resolve("link"), secret);
        Path data = Files.createDirectories(lent.resolve("data/inner"));
        Files.writeString(data.resolve("file"), "text\n");
        HostProgram.sh(
                "chmod 640 \"$1/file\" && touch -d 2001-02-03T04:05:06.7 \"$1/file\" && ln -s /etc \"$1/etc\"",
                data.toString());
    }

    @Test
    void aSourceIsNotReachedThroughALinkThatAGuestMayHaveMade() throws Exception {
        try (OrderedCopies copies = OrderedCopies.of(List.of(lent.resolve("link")), false)) {
            Path copy = copies.copies().get(lent.resolve("link"));
            assertEquals("SECRET\n", Files.readString(copy.resolve("key")), "the control: a link of the host's own is");
        }
        Sandbox.untrusted()
                .allowDegraded(Isolation.CGROUP_LIMITS)
                .bind(lent, "/lent")
                .build()
                .run("true")
                .orThrow();
        SandboxException refused =
                assertThrows(SandboxException.class, () -> OrderedCopies.of(List.of(lent.resolve("link")), false));
        assertTrue(refused.getMessage().contains("is not followed: a sandbox was allowed"), refused.getMessage());
        try (OrderedCopies copies = OrderedCopies.of(List.of(lent.resolve("data")), true)) {
            Path inner = copies.copies().get(lent.resolve("data")).resolve("inner");
            assertEquals("text\n", Files.readString(inner.resolve("file")));
            assertTrue(Files.isSymbolicLink(inner.resolve("etc")));
            for (String attribute : List.of("unix:mode", "unix:uid", "unix:gid", "lastModifiedTime")) {
                assertEquals(
                        Files.getAttribute(lent.resolve("data/inner/file"), attribute, LinkOption.NOFOLLOW_LINKS),
                        Files.getAttribute(inner.resolve("file"), attribute, LinkOption.NOFOLLOW_LINKS),
                        attribute);
            }
        }
    }

    @Test
    void aDirectoryWithAPipeIsNotCopied() throws Exception {
        HostProgram.sh("mkfifo \"$1/data/pipe\"", lent.toString());
        try (OrderedCopies copies = OrderedCopies.of(List.of(lent.resolve("data")), false)) {
            assertEquals(Map.of(), copies.copies());
            assertEquals(
                    Map.of(
                            lent.resolve("data"),
                            lent.resolve("data/pipe") + " is not a regular file, directory or link"),
                    copies.leftOut());
        }
    }

    @Test
    void aDirectoryThatTheCallerMayNotReadIsNotCopied() throws Exception {
        Path closed = lent.resolve("data/inner");
        Path beside = Files.createDirectory(directory.resolve("beside"));
        Files.setPosixFilePermissions(closed, Set.of());
        try (OrderedCopies copies = OrderedCopies.of(List.of(lent.resolve("data"), beside), false)) {
            assumeFalse(Files.isReadable(closed), "root may read everything");
            assertEquals(Set.of(beside), copies.copies().keySet());
            assertEquals(Map.of(lent.resolve("data"), "this process may not read " + closed), copies.leftOut());
        } finally {
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }
}
