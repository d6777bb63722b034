package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of an archive that holds an image, laid aside under names of ours: what they are called in the archive never becomes a name
 * on this host.
 */
final class ArchiveSource implements BlobSource {
    private static final int FILES_MAX = 20_000;
    private static final int LINKS_MAX = 8;
    private static final int CHUNK = 1 << 17;

    private final HostTree workspace;
    private final String subject;
    private final Map<String, Stored> files = new LinkedHashMap<>();
    private final Map<String, String> links = new HashMap<>();
    private final Map<Digest, Stored> byDigest = new HashMap<>();

    /** @param name in the workspace */
    record Stored(String name, Digest digest, long size) {}

    private ArchiveSource(HostTree workspace, String subject) {
        this.workspace = workspace;
        this.subject = subject;
    }

    /** @param first the entry that was read to see what the archive is */
    static ArchiveSource lay(HostTree workspace, TarReader tar, TarEntry first, ImageLimits limits, String subject)
            throws IOException {
        ArchiveSource source = new ArchiveSource(workspace, subject);
        long left = limits.bytes().toBytes();
        int count = 0;
        for (TarEntry entry = first; entry != null; entry = tar.next()) {
            String about = subject + " entry " + Names.shown(entry.name());
            String path = Names.join(Names.split(entry.name(), about, limits.depth()));
            if (++count > FILES_MAX) {
                throw new ImageException(subject, "it has more than " + FILES_MAX + " files", "");
            }
            switch (entry.type()) {
                case FILE -> {
                    left -= entry.size();
                    if (left < 0) {
                        throw new ImageException(
                                subject, "its files take more than " + limits.bytes(), "raise ImageLimits.bytes");
                    }
                    source.lay(path, "file-" + count, tar);
                }
                case SYMLINK -> source.links.put(path, sibling(path, entry.link()));
                case HARD_LINK -> source.links.put(path, Names.join(Names.split(entry.link(), about, limits.depth())));
                default -> {
                    continue;
                }
            }
        }
        return source;
    }

    private void lay(String path, String name, TarReader tar) throws IOException {
        MessageDigest hash = new Digest("sha256", "").start();
        byte[] buffer = new byte[CHUNK];
        long size = 0;
        try (HostFile file = workspace.create(name)) {
            for (int n = tar.read(buffer); n >= 0; n = tar.read(buffer)) {
                file.write(buffer, 0, n, size);
                hash.update(buffer, 0, n);
                size += n;
            }
        }
        Stored stored = new Stored(name, new Digest("sha256", "").is(hash.digest()), size);
        files.put(path, stored);
        byDigest.putIfAbsent(stored.digest(), stored);
    }

    /** Where a relative link beside {@code path} leads, as text; links only ever name other files of the archive. */
    private static String sibling(String path, String target) {
        java.util.ArrayDeque<String> parts = new java.util.ArrayDeque<>(List.of(path.split("/")));
        parts.pollLast();
        for (String part : target.split("/")) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return String.join("/", parts);
    }

    /** The file of that name, or null. */
    @Nullable
    Stored find(String path) {
        String at = path;
        for (int i = 0; i < LINKS_MAX; i++) {
            Stored stored = files.get(at);
            if (stored != null) {
                return stored;
            }
            String next = links.get(at);
            if (next == null) {
                return null;
            }
            at = next;
        }
        return null;
    }

    Stored get(String path) throws ImageException {
        Stored stored = find(path);
        if (stored == null) {
            throw new ImageException(subject, "it has no file " + Names.shown(path), "get it again");
        }
        return stored;
    }

    InputStream open(Stored stored) throws IOException {
        return workspace.read(stored.name()).content();
    }

    byte[] small(String path) throws IOException {
        Stored stored = get(path);
        if (stored.size() > Json.MAX) {
            throw new ImageException(subject, Names.shown(path) + " has more than " + Json.MAX + " bytes", "");
        }
        try (InputStream in = open(stored)) {
            return BoundedReads.bytes(in, Json.MAX, path);
        }
    }

    private @Nullable Stored stored(Descriptor descriptor) {
        Stored stored = byDigest.get(descriptor.digest());
        return stored != null ? stored : find("blobs/" + descriptor.digest().path());
    }

    @Override
    public InputStream open(Descriptor descriptor) throws IOException {
        Stored stored = stored(descriptor);
        if (stored == null) {
            throw new ImageException(subject, "it has no " + Blobs.about(descriptor.digest()), "get it again");
        }
        return open(stored);
    }

    @Override
    public void bring(List<Descriptor> missing, Blobs blobs) throws IOException {
        for (Descriptor descriptor : missing) {
            Stored stored = stored(descriptor);
            boolean same = stored != null
                    && stored.digest().equals(descriptor.digest())
                    && stored.size() == descriptor.size()
                    && workspace.stat(stored.name()) != null;
            if (stored != null && same) {
                try (HostFile file = workspace.read(stored.name())) {
                    file.chmod(0400);
                    file.sync();
                }
                blobs.place(workspace, stored.name(), descriptor.digest());
            } else {
                try (InputStream in = open(descriptor)) {
                    blobs.put(in, descriptor);
                }
            }
        }
    }
}
