package dev.sandjar.hermetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.sandjar.ChangeSet;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/**
 * One hermetic run, whose changes are compared with recorded ones: whoever runs this test, wherever, compares with all others. When
 * the program, its limits or the preset are changed on purpose, the new numbers are in the message.
 */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.TIMENS, Feature.BOMB})
class SameEverywhereIT {
    private static final String CHANGES = "3b985a1ee8dbdfd15dd9075feafa2d723d02c59f128710181b528b26a0547d1a";
    private static final String TAR = "5f6a14747b4c0b8bb14f17774985446c6a87c6234f205154c61db57b0472e7d1";

    @Test
    void theSameBytesForEveryUserOnEveryMachine() throws Exception {
        // One of its files has set-id bits.
        SeccompProfile profile = SeccompProfile.standard().toBuilder()
                .allow("chmod", "fchmod", "fchmodat")
                .build();
        Sandbox sandbox = Sandbox.hermetic()
                .seccomp(profile)
                .bindReadOnly(Scribe.PROGRAM, "/bin/scribe")
                .build();
        RunResult result = sandbox.run("/bin/scribe").orThrow();
        assertEquals("written\n", result.stdout());
        try (ChangeSet changes = result.changes().orElseThrow()) {
            ByteArrayOutputStream tar = new ByteArrayOutputStream();
            changes.exportTar(tar);
            String digest = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(tar.toByteArray()));
            String seen = changes + "\n" + changes.text("/work/report");
            assertEquals(CHANGES, changes.digest(), seen);
            assertEquals(TAR, digest, seen);
        }
    }

    @Test
    void untrustedAloneIsNotTheSameEverywhere() throws Exception {
        Sandbox first = Sandbox.hermetic()
                .bindReadOnly(Scribe.PROGRAM, "/bin/scribe")
                .hostname("another")
                .build();
        try (ChangeSet changes = first.run("/bin/scribe").changes().orElseThrow()) {
            assertNotEquals(CHANGES, changes.digest());
        }
    }
}
