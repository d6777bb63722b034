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
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.IdMap;
import dev.sandjar.internal.host.IdRange;
import dev.sandjar.internal.hostfs.WalkedPaths;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where Landlock stands in for a mount namespace, what would take something away of a tree that is shown is refused. */
class RulesBelowTest {
    private static final IdMap ALL_IDS = new IdMap(List.of(new IdRange(0, 0, 4294967295L)));

    @TempDir
    Path directory;

    @BeforeEach
    void directories() throws Exception {
        Files.createDirectories(directory.resolve("shown/secret"));
        Files.createDirectories(directory.resolve("other"));
        Files.createSymbolicLink(directory.resolve("link"), directory.resolve("shown/secret"));
    }

    private static UnsupportedIsolationException planned(UnaryOperator<SandboxBuilder> calls) throws Exception {
        Map<Isolation, String> missing = Arrays.stream(Isolation.values())
                .filter(each -> each.name().endsWith("_NAMESPACE"))
                .collect(Collectors.toMap(each -> each, each -> "it is not there"));
        Host host = new Host(
                1000,
                1000,
                Set.of(),
                ALL_IDS,
                ALL_IDS,
                true,
                0,
                0x7f | 6 << 24,
                List.of(),
                List.of(),
                null,
                null,
                missing);
        Sandbox sandbox = calls.apply(Sandbox.builder()
                        .mountNamespace()
                        .rootfs(RootFs.hostReadOnly())
                        .allowDegraded(Isolation.values()))
                .build();
        return Resolver.resolve(
                        Request.of(sandbox),
                        host,
                        CgroupSupport.none("there are no cgroups", "get some"),
                        new WalkedPaths(path -> true),
                        null)
                .refusal();
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
