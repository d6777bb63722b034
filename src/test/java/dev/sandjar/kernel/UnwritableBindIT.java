package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy.Entry;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.MountOption;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Directories that are bound for writing: what is said of them is what a program finds. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class UnwritableBindIT {
    private Path directory;

    @BeforeEach
    void make() throws Exception {
        directory = Files.createTempDirectory("sandjar-unwritable");
    }

    @AfterEach
    void remove() {
        HostProgram.sh("rm -rf " + directory);
    }

    private Sandbox bound(MountOption... options) {
        return Sandbox.untrusted().bind(directory, "/x", options).build();
    }

    private static String reason(Sandbox sandbox) throws Exception {
        Entry entry = sandbox.explain().entries().stream()
                .filter(each ->
                        each.request().startsWith("bind ") && each.request().endsWith(" on /x"))
                .findFirst()
                .orElseThrow();
        assertEquals(Outcome.ENFORCED, entry.outcome());
        return entry.reason();
    }

    private void assertWritable(Sandbox sandbox) throws Exception {
        assertFalse(reason(sandbox).contains("may not write"), reason(sandbox));
        assertEquals("", Guest.sh(sandbox, "echo x > /x/new; rm /x/new"));
    }

    private void assertUnwritable(Sandbox sandbox, String... words) throws Exception {
        assertNotEquals(0, Guest.trySh(sandbox, "echo x > /x/new").exitValue());
        for (String word : words) {
            assertTrue(reason(sandbox).contains(word), reason(sandbox));
        }
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void whatIsRootsIsSaidToBeClosed() throws Exception {
        HostProgram.sh("chmod 755 " + directory);
        assertUnwritable(
                bound(),
                "read-write, but user 1000 may not write to",
                directory.toString(),
                "belongs to 0:0 and has mode 0755",
                "MountOption.IDMAPPED_ROOT");
        assertWritable(bound(MountOption.IDMAPPED_ROOT));
        HostProgram.sh("chmod 777 " + directory);
        assertWritable(bound());
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void whatIsAUsersCanBeMapped() throws Exception {
        HostProgram.sh("chmod 775 " + directory + "; chown 1234:1234 " + directory);
        assertUnwritable(bound(), "belongs to 1234:1234 and has mode 0775", "say MountOption.IDMAPPED,");
        assertWritable(bound(MountOption.IDMAPPED));
    }

    @Test
    void itsOwnerNeedsTheModeToo() throws Exception {
        HostProgram.sh("chmod 555 " + directory);
        assertUnwritable(bound(), "may not write to", "has mode 0555", "chmod u+w");
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void aMapDoesNotReplaceTheMode() throws Exception {
        HostProgram.sh("chmod 555 " + directory + "; chown 1234:1234 " + directory);
        assertUnwritable(
                bound(MountOption.IDMAPPED), "may not write to", "has mode 0555", "remedy: let its owner write");
        HostProgram.sh("chmod 755 " + directory);
        assertWritable(bound(MountOption.IDMAPPED));
    }

    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void theCallersOwnIsWritable() throws Exception {
        HostProgram.sh("chmod 755 " + directory);
        assertWritable(bound());
    }
}
