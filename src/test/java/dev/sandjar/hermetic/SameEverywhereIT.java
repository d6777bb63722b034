package dev.sandjar.hermetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.seccomp.SeccompProfile;
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
    private static final String CHANGES = "0a6ec724756bb2a2633cbf5135ff5b778d397f3105ac3583a1a40cfd42e999bb";
    private static final String TAR = "61f58604f23a960ba1d3379e53788ddf1463c8aac3c4828fae75d381387e5d04";

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
                .namespaces(n -> n.hostname("another"))
                .build();
        try (ChangeSet changes = first.run("/bin/scribe").changes().orElseThrow()) {
            assertNotEquals(CHANGES, changes.digest());
        }
    }
}
