package dev.sandjar.internal.image;

import dev.sandjar.image.ImageLimits;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which contents of the store are known to be which layer once they are decompressed. An image that names the DiffID of an unpacked layer
 * is given that layer's files only if it has brought its content: else it could have what others brought, and say something else.
 */
final class VerifiedLayers {
    private static final String DIRECTORY = "verified";
    private static final int TEXT_MAX = 256;
    private static final int CHUNK = 1 << 16;

    private final Session session;
    private final Blobs blobs;
    private final ImageLimits limits;

    VerifiedLayers(Session session, Blobs blobs, ImageLimits limits) {
        this.session = session;
        this.blobs = blobs;
        this.limits = limits;
    }

    void check(Descriptor blob, Digest diffId) throws IOException {
        if (diffId.toString().equals(known(blob))) {
            return;
        }
        String subject = "layer " + diffId;
        byte[] buffer = new byte[CHUNK];
        try (InputStream raw = blobs.open(blob)) {
            HashingInput hashing =
                    new HashingInput(Decompression.of(raw, limits, subject).plain(), diffId, -1, subject);
            int n;
            do {
                n = hashing.read(buffer, 0, CHUNK);
            } while (n >= 0);
            hashing.finish(0);
        }
        add(blob, diffId);
    }

    private @Nullable String known(Descriptor blob) throws IOException {
        HostTree directory = session.root().tryBeneath(DIRECTORY);
        if (directory == null) {
            return null;
        }
        try (directory) {
            String name = blob.digest().hex();
            if (directory.stat(name) == null) {
                return null;
            }
            try (InputStream in = directory.read(name).content()) {
                return new String(in.readNBytes(TEXT_MAX), StandardCharsets.US_ASCII);
            }
        }
    }

    /** To be called when somebody has hashed it. */
    void add(Descriptor blob, Digest diffId) throws IOException {
        String name = blob.digest().hex();
        byte[] text = diffId.toString().getBytes(StandardCharsets.US_ASCII);
        Session.mkdir(session.root(), DIRECTORY);
        HostTree workspace = session.workspace();
        String temporary = "verified-" + name;
        TreeRemoval.remove(workspace, temporary);
        try (HostFile file = workspace.create(temporary)) {
            file.write(text, 0, text.length, 0);
        }
        try (HostTree directory = session.root().beneath(DIRECTORY)) {
            // Should it be there already, it says the same.
            if (workspace.tryRename(temporary, directory, name) < 0) {
                TreeRemoval.remove(workspace, temporary);
            }
        }
    }

    /** Forgets contents that are gone. Only for a session that is alone. */
    static void sweep(Session session, Set<Digest> inUse) throws IOException {
        HostTree directory = session.root().tryBeneath(DIRECTORY);
        if (directory == null) {
            return;
        }
        try (directory) {
            for (String name : directory.list()) {
                if (inUse.stream().noneMatch(digest -> digest.hex().equals(name))) {
                    TreeRemoval.remove(directory, name);
                }
            }
        }
    }
}
