package dev.sandjar.internal.image;

import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Which images the store has and what they are called: the index.json of an OCI layout, changed under a lock and replaced whole. */
final class StoreIndex {
    private static final String FILE = "index.json";
    /** Our own: it grows with the images that are kept. */
    private static final int MAX = 64 << 20;

    private final Session session;

    StoreIndex(Session session) {
        this.session = session;
    }

    List<Descriptor> read() throws IOException {
        if (session.root().stat(FILE) == null) {
            return List.of();
        }
        String subject = "index.json of the image store";
        try (InputStream in = session.root().read(FILE).content()) {
            return Manifests.index(Json.parse(BoundedReads.bytes(in, MAX, subject), subject), subject);
        }
    }

    /** Gives an image a name, which another loses. */
    void put(Descriptor manifest, @Nullable String name) throws IOException {
        change(before -> {
            List<Descriptor> after = new ArrayList<>();
            for (Descriptor entry : before) {
                String other = entry.annotations().get(Descriptor.REF_NAME);
                boolean same = entry.digest().equals(manifest.digest());
                if (name == null ? !same : !name.equals(other) && !(same && other == null)) {
                    after.add(entry);
                } else if (name == null && other != null) {
                    after.add(entry);
                }
            }
            boolean named = after.stream().anyMatch(e -> e.digest().equals(manifest.digest()));
            if (name != null) {
                after.add(manifest.annotated(Descriptor.REF_NAME, name));
            } else if (!named) {
                after.add(manifest);
            }
            return after;
        });
    }

    void change(UnaryOperator<List<Descriptor>> change) throws IOException {
        try (HostTree lock = session.lock("index")) {
            List<Descriptor> after = change.apply(read());
            write(Session.LAYOUT, Session.LAYOUT_TEXT);
            write(FILE, Manifests.index(after));
            lock.sync();
        }
    }

    private void write(String name, byte[] content) throws IOException {
        HostTree workspace = session.workspace();
        TreeRemoval.remove(workspace, name);
        try (HostFile file = workspace.create(name)) {
            file.write(content, 0, content.length, 0);
            file.sync();
        }
        workspace.replace(name, session.root(), name);
        session.root().sync();
    }
}
