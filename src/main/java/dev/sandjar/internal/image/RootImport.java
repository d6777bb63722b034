package dev.sandjar.internal.image;

import dev.sandjar.image.ImageConfig;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.OpenFiles;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Makes an image of one layer from an archive of a root directory, which stays as it is. */
final class RootImport {
    private static final String NAME = "root-archive";
    private static final int CHUNK = 1 << 17;
    /** What archives of OCI layouts and of docker save begin with. */
    private static final Pattern OF_IMAGES =
            Pattern.compile("blobs|oci-layout|index\\.json|manifest\\.json|[0-9a-f]{64}(\\.json|\\.tar)?");

    private final Session session;
    private final Blobs blobs;
    private final ImageLimits limits;

    RootImport(Session session, Blobs blobs, ImageLimits limits) {
        this.session = session;
        this.blobs = blobs;
        this.limits = limits;
    }

    Descriptor load(Path archive) throws IOException {
        String subject = "archive " + archive;
        if (Files.isDirectory(archive)) {
            throw new ImageException(
                    subject,
                    "it is a directory",
                    "RootFs.directory takes it as it is; ImageStore.load takes OCI layouts");
        }
        refuseImage(archive, subject);
        Digest digest = copy(archive, subject);
        HostTree workspace = session.workspace();
        Decompression.Kind kind;
        Digest diffId;
        long size = Files.size(archive);
        try (HostFile file = workspace.read(NAME)) {
            file.chmod(0400);
            file.sync();
            Decompression.Result plain = Decompression.of(file.content(), limits, subject);
            kind = plain.kind();
            diffId = hash(plain.plain(), subject);
        }
        Descriptor layer = Descriptor.of(MediaTypes.layer(kind), digest, size);
        if (!blobs.has(layer)) {
            blobs.place(workspace, NAME, digest);
        }
        Platform platform = Platform.host();
        byte[] config =
                Manifests.config(ImageConfig.empty(), platform, List.of(diffId), "imported from a root archive");
        Descriptor configDescriptor = Descriptor.of(MediaTypes.CONFIG, config);
        byte[] manifest = Manifests.manifest(configDescriptor, List.of(layer));
        blobs.put(config, configDescriptor);
        Descriptor made = Descriptor.of(MediaTypes.MANIFEST, manifest);
        blobs.put(manifest, made);
        return new Descriptor(made.mediaType(), made.digest(), made.size(), Map.of(), platform);
    }

    /** Taken for a root, an image would be one without any programs. */
    private void refuseImage(Path archive, String subject) throws IOException {
        try (InputStream file = new BufferedInputStream(OpenFiles.content(archive), CHUNK);
                TarReader tar =
                        new TarReader(Decompression.of(file, limits, subject).plain(), subject)) {
            List<String> first = List.of();
            for (TarEntry entry = tar.next(); entry != null && first.isEmpty(); entry = tar.next()) {
                first = Names.split(entry.name(), subject, limits.depth());
            }
            if (!first.isEmpty() && OF_IMAGES.matcher(first.get(0)).matches()) {
                throw new ImageException(
                        subject, "it looks like an image, beginning with " + first.get(0), "use ImageStore.load");
            }
        }
    }

    private Digest copy(Path archive, String subject) throws IOException {
        Digest kind = new Digest("sha256", "");
        MessageDigest hash = kind.start();
        byte[] buffer = new byte[CHUNK];
        long position = 0;
        try (InputStream in = OpenFiles.content(archive);
                HostFile out = session.workspace().create(NAME)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n, position);
                hash.update(buffer, 0, n);
                position += n;
                if (position > limits.bytes().toBytes()) {
                    throw new ImageException(subject, "it has more than " + limits.bytes(), "raise ImageLimits.bytes");
                }
            }
        }
        return kind.is(hash.digest());
    }

    private Digest hash(InputStream plain, String subject) throws IOException {
        Digest kind = new Digest("sha256", "");
        MessageDigest hash = kind.start();
        byte[] buffer = new byte[CHUNK];
        Budget budget = new Budget(limits, subject);
        long total = 0;
        boolean tar = true;
        for (int n = plain.readNBytes(buffer, 0, CHUNK); n > 0; n = plain.readNBytes(buffer, 0, CHUNK)) {
            if (total == 0) {
                tar = n >= TarHeader.BLOCK;
            }
            hash.update(buffer, 0, n);
            budget.take(n);
            total += n;
        }
        if (!tar || total == 0) {
            throw new ImageException(subject, "it is not a tar archive", "");
        }
        return kind.is(hash.digest());
    }
}
