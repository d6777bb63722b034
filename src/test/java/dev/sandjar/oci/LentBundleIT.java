package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Bundles in a directory that a sandbox could write to, with what a guest may have planted there. */
@KernelTest
@NeedsHost(Feature.USERNS)
@Timeout(120)
class LentBundleIT {
    @TempDir
    Path directory;

    private Path lent;
    private Path secret;

    @BeforeEach
    void begin() throws Exception {
        lent = Files.createDirectory(directory.resolve("lent"));
        secret = Files.createDirectory(directory.resolve("secret"));
        Files.write(
                secret.resolve("config.json"),
                getClass().getResourceAsStream("/oci/configs/runc.json").readAllBytes());
        Files.createSymbolicLink(lent.resolve("link"), secret);
        Files.createLink(
                Files.createDirectory(lent.resolve("named")).resolve("config.json"), secret.resolve("config.json"));
        HostProgram.sh("mkdir \"$1/pipe\" && mkfifo \"$1/pipe/config.json\"", lent.toString());
        Files.createDirectory(lent.resolve("linked"));
        Files.createSymbolicLink(lent.resolve("linked/config.json"), secret.resolve("config.json"));
        Files.createDirectory(lent.resolve("own"));
        Files.copy(secret.resolve("config.json"), lent.resolve("own/config.json"));
    }

    private void lend() throws Exception {
        Sandbox.untrusted()
                .allowDegraded(Isolation.CGROUP_LIMITS)
                .bind(lent, "/lent")
                .build()
                .run("true")
                .orThrow();
    }

    @Test
    void linksToADirectoryAreFollowedUntilAGuestMayHaveMadeThem() throws Exception {
        assertEquals(secret.toRealPath(), OciBundle.load(lent.resolve("link")).directory());
        lend();
        SandboxException refused = assertThrows(SandboxException.class, () -> OciBundle.load(lent.resolve("link")));
        assertTrue(refused.getMessage().contains("is not followed: a sandbox was allowed"), refused.getMessage());
        assertEquals(
                lent.toRealPath().resolve("own"),
                OciBundle.load(lent.resolve("own")).directory());
    }

    @Test
    void aFurtherNameOfAFileIsNotReadWhereAGuestMayHaveGivenIt() throws Exception {
        OciBundle.load(lent.resolve("named"));
        lend();
        SandboxException refused = assertThrows(SandboxException.class, () -> OciBundle.load(lent.resolve("named")));
        assertTrue(refused.getMessage().contains("it has 2 names"), refused.getMessage());
    }

    @Test
    void linksAndPipesAreNoConfiguration() throws Exception {
        lend();
        for (String what : new String[] {"pipe", "linked"}) {
            assertThrows(InvalidBundleException.class, () -> OciBundle.load(lent.resolve(what)), what);
        }
    }
}
