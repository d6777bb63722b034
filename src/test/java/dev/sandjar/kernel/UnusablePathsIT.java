package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy.Entry;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Explanation;
import dev.sandjar.Mount;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.Tier;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Paths of the host that are not there: an explanation says so, where a start fails. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class UnusablePathsIT {
    @TempDir
    Path directory;

    private static List<Entry> impossible(Sandbox sandbox) throws Exception {
        Explanation explanation = sandbox.explain();
        List<Entry> found = explanation.entries().stream()
                .filter(entry -> entry.outcome() == Outcome.IMPOSSIBLE)
                .toList();
        assertEquals(found.isEmpty(), explanation.isPossible());
        return found;
    }

    /** The start ends by what the explanation tells. */
    private static Entry assertImpossible(Sandbox sandbox) throws Exception {
        List<Entry> found = impossible(sandbox);
        assertEquals(1, found.size(), found.toString());
        Entry entry = found.get(0);
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.run("true"));
        assertEquals(e.getMessage(), entry.request() + ": " + entry.reason());
        assertFalse(e.remedy().isEmpty());
        assertTrue(entry.reason().endsWith("; remedy: " + e.remedy()), entry.reason());
        return entry;
    }

    @Test
    void aSourceOfABind() throws Exception {
        Path missing = directory.resolve("missing");
        for (Sandbox sandbox : List.of(
                Sandbox.untrusted().bind(missing, "/x").build(),
                Sandbox.untrusted().bindReadOnly(missing, "/x").build())) {
            Entry entry = assertImpossible(sandbox);
            assertTrue(entry.request().startsWith("bind " + missing), entry.request());
            assertTrue(entry.reason().contains("ENOENT"), entry.reason());
            // What else was asked for is told all the same.
            assertTrue(sandbox.explain().entries().stream()
                    .anyMatch(
                            each -> each.request().startsWith("seccomp filter") && each.outcome() == Outcome.ENFORCED));
        }
    }

    @Test
    void eachOfSeveral() throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .bindReadOnly(directory.resolve("a"), "/a")
                .bindReadOnly(directory, "/there")
                .mount(Mount.bind(directory.resolve("b"), "/b"))
                .build();
        assertEquals(
                List.of("bind " + directory.resolve("a") + " on /a", "bind " + directory.resolve("b") + " on /b"),
                impossible(sandbox).stream().map(Entry::request).toList());
        assertTrue(
                impossible(Sandbox.untrusted().bindReadOnly(directory, "/there").build())
                        .isEmpty());
    }

    @Test
    void aSourceWhereAWeakerTierMayServe() throws Exception {
        Path missing = directory.resolve("missing");
        Sandbox sandbox = Sandbox.untrusted()
                .minimumTier(Tier.CONTAINER)
                .bindReadOnly(missing, missing.toString())
                .build();
        assertImpossible(sandbox);
        assertEquals(Tier.NAMESPACES, sandbox.explain().tier());
    }

    @Test
    void aRoot() throws Exception {
        assertImpossible(Sandbox.untrusted()
                .rootfs(RootFs.directory(directory.resolve("missing")))
                .build());
        assertImpossible(Sandbox.untrusted()
                .rootfs(RootFs.overlay(directory.resolve("missing")))
                .build());
    }
}
