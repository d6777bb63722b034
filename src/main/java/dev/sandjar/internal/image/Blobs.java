package dev.sandjar.internal.image;

import dev.sandjar.SandboxException;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import dev.sandjar.internal.util.Errno;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Contents by their digests. What is there under a name was complete and right when it got that name. */
final class Blobs {
    private static final int CHUNK = 1 << 17;

    private final Session session;
    private final ImageLimits limits;
    private final AtomicInteger count = new AtomicInteger();

    Blobs(Session session, ImageLimits limits) {
        this.session = session;
        this.limits = limits;
    }

    static String about(Digest digest) {
        return "blob " + digest;
    }

    boolean has(Descriptor descriptor) throws IOException {
        HostTree.Stat stat = session.root().stat("blobs/" + descriptor.digest().path());
        return stat != null && stat.size() == descriptor.size();
    }

    void checkSize(Descriptor promised) throws ImageException {
        if (promised.size() > limits.bytes().toBytes()) {
            throw new ImageException(
                    about(promised.digest()), "it has more than " + limits.bytes(), "raise ImageLimits.bytes");
        }
    }

    /** Takes a content over if it is what was promised; nothing of it stays if not. */
    void put(InputStream in, Descriptor promised) throws IOException {
        String subject = about(promised.digest());
        checkSize(promised);
        String name = "blob-" + count.incrementAndGet();
        HostTree workspace = session.workspace();
        HashingInput hashing = new HashingInput(in, promised.digest(), promised.size(), subject);
        try (HostFile file = workspace.create(name)) {
            byte[] buffer = new byte[CHUNK];
            long position = 0;
            for (int n = hashing.read(buffer); n >= 0; n = hashing.read(buffer)) {
                file.write(buffer, 0, n, position);
                position += n;
            }
            hashing.finish(0);
            file.chmod(0400);
            file.sync();
        } catch (IOException | RuntimeException | Error e) {
            TreeRemoval.remove(workspace, name);
            throw e;
        }
        place(workspace, name, promised.digest());
    }

    void put(byte[] content, Descriptor promised) throws IOException {
        if (!has(promised)) {
            put(new ByteArrayInputStream(content), promised);
        }
    }

    /** Gives a finished, checked and synced file its name. */
    void place(HostTree from, String name, Digest digest) throws IOException {
        try (HostTree directory = session.root().beneath("blobs/" + digest.algorithm())) {
            int result = from.tryRename(name, directory, digest.hex());
            if (Errno.EEXIST.is(-result)) {
                // Of another size, or it would not have been fetched: damaged then.
                from.replace(name, directory, digest.hex());
            } else if (result < 0) {
                throw new SandboxException("keep " + about(digest), "renameat2", null, -result, "", "");
            }
            directory.sync();
        }
    }

    InputStream open(Descriptor descriptor) throws IOException {
        if (!has(descriptor)) {
            throw new ImageException(
                    about(descriptor.digest()), "it is not in the store", "load or pull the image again");
        }
        return session.root().read("blobs/" + descriptor.digest().path()).content();
    }

    /** A small content, verified again. */
    byte[] read(Descriptor descriptor) throws IOException {
        String subject = about(descriptor.digest());
        if (descriptor.size() > Json.MAX) {
            throw new ImageException(subject, "it has " + descriptor.size() + " bytes, allowed are " + Json.MAX, "");
        }
        try (HashingInput in = new HashingInput(open(descriptor), descriptor.digest(), descriptor.size(), subject)) {
            byte[] content = in.readNBytes(Json.MAX);
            in.finish(0);
            return content;
        }
    }

    /** All that is there. */
    List<Descriptor> list() throws IOException {
        List<Descriptor> all = new ArrayList<>();
        for (String algorithm : List.of("sha256", "sha512")) {
            try (HostTree directory = session.root().beneath("blobs/" + algorithm)) {
                for (String name : directory.list()) {
                    HostTree.Stat stat = directory.stat(name);
                    if (stat != null) {
                        all.add(Descriptor.of("", new Digest(algorithm, name), stat.size()));
                    }
                }
            }
        }
        return all;
    }

    void remove(Digest digest) throws IOException {
        try (HostTree directory = session.root().beneath("blobs/" + digest.algorithm())) {
            directory.unlink(digest.hex());
        }
    }
}
