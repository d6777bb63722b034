package dev.sandjar.internal.changes;

import dev.sandjar.internal.hostfs.FileStatus;
import dev.sandjar.internal.hostfs.HostDirectory;
import dev.sandjar.internal.util.FileNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One directory as the lower layers of an overlay show it together, topmost first. They may be hostile too: no link is followed. */
final class LowerLayers {
    private static final LowerLayers NOTHING = new LowerLayers(List.of());

    private final List<HostDirectory> layers;

    LowerLayers(List<HostDirectory> layers) {
        this.layers = List.copyOf(layers);
    }

    static LowerLayers nothing() {
        return NOTHING;
    }

    /** An entry, and the layer that shows it. */
    record Found(HostDirectory directory, FileStatus status) {}

    /** What is done with a directory that is open meanwhile. */
    interface Work {
        void with(LowerLayers below) throws IOException;
    }

    /** Null if no layer has it, or one has removed it. */
    @Nullable
    Found find(byte[] name) throws IOException {
        for (HostDirectory layer : layers) {
            FileStatus status = layer.status(name);
            if (status != null) {
                return status.isWhiteout() ? null : new Found(layer, status);
            }
        }
        return null;
    }

    Set<String> names(int max) throws IOException {
        Set<String> names = new TreeSet<>();
        for (HostDirectory layer : layers) {
            for (byte[] name : layer.names(max)) {
                if (find(name) != null) {
                    names.add(FileNames.decode(name));
                }
            }
        }
        return names;
    }

    /** The directory of that name, merged from the layers that have it down to the first that hides the others. */
    Entered enter(byte[] name) throws IOException {
        List<HostDirectory> open = new ArrayList<>();
        try {
            for (HostDirectory layer : layers) {
                FileStatus status = layer.status(name);
                if (status == null) {
                    continue;
                }
                if (!status.isDirectory()) {
                    break;
                }
                HostDirectory directory = layer.directoryAsItIs(name);
                open.add(directory);
                if (directory.attribute("user.overlay.opaque").equals("y")
                        || directory.attribute("trusted.overlay.opaque").equals("y")) {
                    break;
                }
            }
            return new Entered(open);
        } catch (IOException | RuntimeException | Error e) {
            open.forEach(HostDirectory::close);
            throw e;
        }
    }

    /** Directories to be closed again. */
    record Entered(List<HostDirectory> open) {
        void use(Work work) throws IOException {
            try {
                work.with(new LowerLayers(open));
            } finally {
                open.forEach(HostDirectory::close);
            }
        }
    }
}
