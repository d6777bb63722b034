package dev.sandjar.internal.image;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.HostTree;
import java.io.IOException;

/** What tells overlayfs that a layer hides something of those below: opaque directories and whiteouts. */
final class OverlayMarks {
    private final String opaque;

    OverlayMarks(Ownership ownership) {
        this.opaque = ownership.isTrusted() ? LayerView.OPAQUE_TRUSTED : LayerView.OPAQUE_USER;
    }

    /** Of a directory nothing of lower layers is seen. */
    void opaque(HostTree directory, String name) throws IOException {
        byte[] yes = {'y'};
        check(directory.trySetXattr(name, opaque, yes), "mark a directory as opaque", directory);
    }

    /** Nothing of lower layers is seen by this name, which must be free. */
    static void whiteout(HostTree directory, String name) throws IOException {
        check(directory.tryMknod(name, HostTree.S_IFCHR, 0, 0), "make a whiteout", directory);
    }

    /** @param result of what a layer can't do without, negative as of the kernel */
    static void check(int result, String step, HostTree directory) throws SandboxException {
        if (result < 0) {
            throw new SandboxException(
                    step,
                    null,
                    directory.toString(),
                    -result,
                    "the file system of the image store can't keep what overlayfs needs",
                    "put the store on ext4, xfs or btrfs: ImageStore.open(directory)");
        }
    }
}
