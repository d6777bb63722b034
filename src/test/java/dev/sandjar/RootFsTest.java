package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.sandjar.internal.policy.RootPolicy;
import dev.sandjar.internal.policy.RootPolicy.Upper;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RootFsTest {
    private static final Path A = Path.of("/layers/a");
    private static final Path B = Path.of("/layers/b");

    @Test
    void rootsBecomePolicies() {
        assertEquals(new RootPolicy.Directory(A, false), RootFs.directory(A).policy());
        assertEquals(
                new RootPolicy.Directory(A, true), RootFs.directoryWritable(A).policy());
        assertEquals(new RootPolicy.Tmpfs(7), RootFs.tmpfs(DataSize.bytes(7)).policy());
        refuses(() -> RootFs.tmpfs(DataSize.bytes(0)), "size of the root");
    }

    @Test
    void overlaysDiscardUnlessTold() {
        RootFs.Overlay overlay = RootFs.overlay(B, A);
        List<Path> lower = List.of(B, A);
        assertEquals(new RootPolicy.Overlay(lower, new Upper.Discarded(64 << 20)), overlay.policy());
        assertEquals(
                new RootPolicy.Overlay(lower, new Upper.Discarded(4096)),
                overlay.discardChanges(DataSize.kibibytes(4)).policy());
        assertEquals(
                new RootPolicy.Overlay(lower, new Upper.Kept(A)),
                overlay.keepChanges(A).policy());
        assertEquals(
                new RootPolicy.Overlay(lower, new Upper.Given(Path.of("/u"), Path.of("/w"))),
                overlay.upper(Path.of("/u"), Path.of("/w")).policy());
    }

    @Test
    void overlaysAreChecked() {
        refuses(RootFs::overlay, "1 to 500");
        refuses(() -> RootFs.overlay(A, B, A), "/layers/a", "twice");
        refuses(() -> RootFs.overlay(A).upper(B, B.resolve("work")), "contain each other");
        refuses(() -> RootFs.overlay(A).discardChanges(DataSize.bytes(0)), "size of the changes");
    }

    @Test
    void isAValue() {
        assertEquals(RootFs.overlay(A), RootFs.overlay(A));
        assertEquals(RootFs.host().hashCode(), RootFs.host().hashCode());
        assertNotEquals(RootFs.host(), RootFs.hostReadOnly());
    }
}
