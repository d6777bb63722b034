package dev.sandjar.internal.engine;

import dev.sandjar.Mount;
import dev.sandjar.MountEntry;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The directories of the host that a sandbox shows and of which no copies with another order of entries are made. */
final class UncopiedInputs {
    private static final String WRITABLE = "the program may write to it, and finds there what earlier runs have left";
    private static final String EXACT = "no copies are made of what mount(...) shows";

    private UncopiedInputs() {}

    /** The directories, with the reason. */
    static Map<Path, String> of(Sandbox sandbox) {
        Map<Path, String> uncopied = new LinkedHashMap<>();
        root(sandbox.rootfs(), uncopied);
        for (MountEntry entry : sandbox.mounts().entries()) {
            if (entry instanceof MountEntry.Bind bind && !bind.readOnly()) {
                uncopied.put(bind.source(), WRITABLE);
            } else if (entry instanceof Mount mount) {
                mount.path().ifPresent(path -> uncopied.put(path, EXACT));
                mount.lower().forEach(path -> uncopied.put(path, EXACT));
                mount.upper().ifPresent(path -> uncopied.put(path, WRITABLE));
            }
        }
        uncopied.keySet().removeIf(path -> !Files.isDirectory(path));
        return uncopied;
    }

    private static void root(RootFs root, Map<Path, String> uncopied) {
        if (root instanceof RootFs.Host) {
            uncopied.put(Path.of("/"), "the root is the host's own");
        } else if (root instanceof RootFs.HostReadOnly) {
            uncopied.put(Path.of("/"), "the root is a view of the host");
        } else if (root instanceof RootFs.Directory directory) {
            uncopied.put(directory.path(), directory.writable() ? WRITABLE : "no copies are made of a whole root");
        } else if (root instanceof RootFs.Layered layered) {
            uncopied.put(layered.image().store(), "no copies are made of the layers of image " + layered.image());
        }
    }
}
