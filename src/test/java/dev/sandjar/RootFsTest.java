package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RootFsTest {
    private static final Path A = Path.of("/layers/a");
    private static final Path B = Path.of("/layers/b");

    @Test
    void directoriesTellWhatMayBeDoneToThem() {
        assertEquals(new RootFs.Directory(A, false, false), RootFs.directory(A));
        assertEquals(new RootFs.Directory(A, false, true), RootFs.directoryWithMountPoints(A));
        assertEquals(new RootFs.Directory(A, true, true), RootFs.directoryWritable(A));
        assertTrue(new RootFs.Directory(A, true, false).mountPoints());
        assertEquals(
                Path.of("here").toAbsolutePath(),
                RootFs.directory(Path.of("here")).path());
    }

    @Test
    void tmpfsHasASize() {
        assertEquals(DataSize.bytes(7), RootFs.tmpfs(DataSize.bytes(7)).size());
        refuses(() -> RootFs.tmpfs(DataSize.bytes(0)), "size of the root");
    }

    @Test
    void overlaysDiscardUnlessTold() {
        RootFs.Overlay overlay = RootFs.overlay(B, A);
        assertEquals(List.of(B, A), overlay.lower());
        assertEquals(new UpperLayer.Discarded(DataSize.mebibytes(64)), overlay.upper());
        assertEquals(
                new UpperLayer.Discarded(DataSize.kibibytes(4)),
                overlay.discardChanges(DataSize.kibibytes(4)).upper());
        assertEquals(new UpperLayer.Kept(A), overlay.keepChanges(A).upper());
        assertEquals(new UpperLayer.Captured(), overlay.captureChanges().upper());
        assertEquals(
                new UpperLayer.Given(Path.of("/u"), Path.of("/w")),
                overlay.upper(Path.of("/u"), Path.of("/w")).upper());
        assertEquals(List.of(B, A), overlay.captureChanges().lower());
    }

    @Test
    void overlaysAreChecked() {
        refuses(RootFs::overlay, "1 to 500");
        refuses(() -> RootFs.overlay(A, B, A), "/layers/a", "twice");
        refuses(() -> RootFs.overlay(A).upper(B, B.resolve("work")), "contain each other");
        refuses(() -> RootFs.overlay(A).discardChanges(DataSize.bytes(0)), "size of the changes");
    }

    @Test
    void sandboxesTellTheirs() {
        assertEquals(RootFs.host(), Sandbox.builder().build().rootfs());
        assertEquals(
                RootFs.overlay(A),
                Sandbox.builder().rootfs(RootFs.overlay(A)).build().rootfs());
        assertEquals(RootFs.empty().captureChanges(), Sandbox.hermetic().build().rootfs());
    }

    @Test
    void canBeRead() {
        assertEquals("the host's own tree", RootFs.host().toString());
        assertEquals("/layers/a, read-only", RootFs.directory(A).toString());
        assertEquals("empty tmpfs of 1 MiB", RootFs.tmpfs(DataSize.mebibytes(1)).toString());
        assertEquals(
                "overlay of /layers/b:/layers/a, changes of at most 64 MiB are discarded",
                RootFs.overlay(B, A).toString());
        assertEquals(
                "empty directory, changes are captured",
                RootFs.empty().captureChanges().toString());
    }

    @Test
    void isAValue() {
        assertEquals(RootFs.overlay(A), RootFs.overlay(A));
        assertEquals(RootFs.host().hashCode(), RootFs.host().hashCode());
        assertNotEquals(RootFs.host(), RootFs.hostReadOnly());
    }
}
