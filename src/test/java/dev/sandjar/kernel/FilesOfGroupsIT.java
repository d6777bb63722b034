package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a group may that the program does not have, explain() does not call enforced. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class FilesOfGroupsIT {
    /** Debian, Ubuntu: of root, and for the group shadow to read. */
    private static final Path OF_A_GROUP = Path.of("/etc/shadow");

    @TempDir
    Path directory;

    private static AppliedPolicy.Outcome outcome(Sandbox sandbox, String target) throws Exception {
        return sandbox.explain().entries().stream()
                .filter(entry -> entry.request().endsWith(" on " + target))
                .findFirst()
                .orElseThrow()
                .outcome();
    }

    @Test
    void ofAnotherGroup() throws Exception {
        assumeTrue(
                Files.exists(OF_A_GROUP)
                        && (int) Files.getAttribute(OF_A_GROUP, "unix:mode") % 01000 == 0640
                        && (int) Files.getAttribute(OF_A_GROUP, "unix:gid") != 0,
                OF_A_GROUP + " is not for a group of its own here");
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(OF_A_GROUP, "/shown").build();
        RunResult result = sandbox.run("cat", "/shown");
        assertTrue(result.stderr().contains("Permission denied"), result::toString);
        assertEquals(AppliedPolicy.Outcome.UNREACHABLE, outcome(sandbox, "/shown"));
    }

    @Test
    void ofTheCallersOwn() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "content");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(file, "/shown").build();
        assertEquals("content", sandbox.run("cat", "/shown").orThrow().stdout());
        assertEquals(AppliedPolicy.Outcome.ENFORCED, outcome(sandbox, "/shown"));
    }
}
