package dev.sandjar.internal.plan;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.ImaginedHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where Landlock stands in for a mount namespace, what would take something away of a tree that is shown is refused. */
class RulesBelowTest {
    @TempDir
    Path directory;

    @BeforeEach
    void directories() throws Exception {
        Files.createDirectories(directory.resolve("shown/secret"));
        Files.createDirectories(directory.resolve("other"));
        Files.createSymbolicLink(directory.resolve("link"), directory.resolve("shown/secret"));
    }

    private static UnsupportedIsolationException planned(UnaryOperator<SandboxBuilder> calls) {
        Sandbox sandbox = calls.apply(Sandbox.builder()
                        .mountNamespace()
                        .rootfs(RootFs.hostReadOnly())
                        .allowDegraded(Isolation.values()))
                .build();
        return ImaginedHost.WITHOUT_RIGHTS.resolve(sandbox).refusal();
    }

    private void refused(String what, UnaryOperator<SandboxBuilder> calls) throws Exception {
        UnsupportedIsolationException refusal = planned(calls);
        assertNotNull(refusal, what);
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains(what) && message.contains("Landlock"), message);
    }

    private void taken(UnaryOperator<SandboxBuilder> calls) throws Exception {
        assertNull(planned(calls));
    }

    private SandboxBuilder writable(SandboxBuilder builder) {
        Path shown = directory.resolve("shown");
        return builder.bind(shown, shown.toString());
    }

    private String secret() {
        return directory.resolve("shown/secret").toString();
    }

    @Test
    void masksOfWhatIsShown() throws Exception {
        refused("mask of " + secret(), b -> writable(b).mask(secret()));
        refused("mask of " + secret(), b -> b.mask(secret()).bindReadOnly(directory, directory.toString()));
        refused("mask of /usr/share", b -> b.mask("/usr/share"));
        refused("mask of " + directory.resolve("link"), b -> writable(b)
                .mask(directory.resolve("link").toString()));
        taken(b -> writable(b).mask(directory.resolve("other").toString()));
        taken(b -> writable(b).mask(secret() + "-that-is-not-there"));
        taken(b -> b.mounts(m -> m.maskKernelPaths()));
    }

    @Test
    void whatIsReadOnlyBelowWhatIsNot() throws Exception {
        refused("read-only " + secret(), b -> writable(b).mounts(m -> m.readOnlyPath(secret())));
        refused("read-only bind of " + secret(), b -> writable(b).bindReadOnly(Path.of(secret()), secret()));
        Path shown = directory.resolve("shown");
        taken(b -> b.bindReadOnly(shown, shown.toString()).mounts(m -> m.readOnlyPath(secret())));
        taken(b -> b.bindReadOnly(directory, directory.toString()).bindReadOnly(shown, shown.toString()));
        taken(b -> b.bindReadOnly(directory, directory.toString()).bind(shown, shown.toString()));
    }

    @Test
    void emptyTreesBelowWhatIsWritable() throws Exception {
        refused("tmpfs " + secret(), b -> writable(b).tmpfs(secret(), DataSize.mebibytes(1)));
        taken(b -> writable(b).tmpfs("/tmp-of-its-own", DataSize.mebibytes(1)));
    }
}
