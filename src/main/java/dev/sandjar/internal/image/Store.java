package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageReference;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.UpperDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** All that can be done with a store directory, each time in a session of its own. Thread-safe; several JVMs may use one store. */
public final class Store {
    private final Path directory;
    private final ImageLimits limits;
    private final Platform platform;
    /** Whether somebody chose the platform. */
    private final boolean chosen;

    public Store(Path directory, ImageLimits limits, @Nullable Platform platform) {
        this.directory = directory;
        this.limits = limits;
        this.platform = platform == null ? Platform.host() : platform;
        this.chosen = platform != null;
    }

    public StoredImage load(Path path, @Nullable String wanted) throws IOException {
        try (Session session = Session.open(directory)) {
            Blobs blobs = new Blobs(session, limits);
            Loader.Loaded loaded = new Loader(session, blobs, limits, platform).load(path, wanted);
            List<String> names = new ArrayList<>();
            for (String name : loaded.names()) {
                String canonical = canonical(name);
                if (canonical != null) {
                    names.add(canonical);
                }
            }
            checkPlatform(loaded.manifest(), "image " + path);
            return keep(session, blobs, loaded.manifest(), names);
        }
    }

    public StoredImage importRoot(Path archive, String name) throws IOException {
        try (Session session = Session.open(directory)) {
            Blobs blobs = new Blobs(session, limits);
            Descriptor manifest = new RootImport(session, blobs, limits).load(archive);
            return keep(session, blobs, manifest, List.of(name));
        }
    }

    /** An image for one platform only is taken as it is, unless another was asked for. */
    private void checkPlatform(Descriptor manifest, String subject) throws ImageException {
        Platform made = manifest.platform();
        if (chosen && made != null && platform.fit(made) == 0) {
            throw new ImageException(
                    subject, "it is for " + made + " only, not for " + platform, "leave withPlatform(...) out");
        }
    }

    private static @Nullable String canonical(String name) {
        try {
            return ImageReference.parse(name).toString();
        } catch (IllegalArgumentException e) {
            return null; // a name that no image can have here; the image itself is fine
        }
    }

    private StoredImage keep(Session session, Blobs blobs, Descriptor manifest, List<String> names) throws IOException {
        StoreIndex index = new StoreIndex(session);
        index.put(manifest, names.isEmpty() ? null : names.get(0));
        for (String name : names) {
            index.put(manifest, name);
        }
        return read(blobs, names.isEmpty() ? manifest : manifest.annotated(Descriptor.REF_NAME, names.get(0)));
    }

    private StoredImage read(Blobs blobs, Descriptor entry) throws IOException {
        Manifests.Manifest manifest = Manifests.manifest(blobs.read(entry), limits, "manifest " + entry.digest());
        Manifests.Config config = Manifests.config(
                blobs.read(manifest.config()),
                "configuration " + manifest.config().digest());
        return new StoredImage(
                directory, limits, entry, entry.annotations().get(Descriptor.REF_NAME), manifest, config);
    }

    /** By name, or by digest. */
    public @Nullable StoredImage find(String name) throws IOException {
        if (Session.isNothing(directory)) {
            return null;
        }
        try (Session session = Session.open(directory)) {
            for (Descriptor entry : new StoreIndex(session).read()) {
                if (name.equals(entry.annotations().get(Descriptor.REF_NAME))
                        || name.equals(entry.digest().toString())) {
                    return read(new Blobs(session, limits), entry);
                }
            }
            return null;
        }
    }

    public List<StoredImage> list() throws IOException {
        if (Session.isNothing(directory)) {
            return List.of();
        }
        try (Session session = Session.open(directory)) {
            Blobs blobs = new Blobs(session, limits);
            List<StoredImage> all = new ArrayList<>();
            for (Descriptor entry : new StoreIndex(session).read()) {
                all.add(read(blobs, entry));
            }
            return all;
        }
    }

    public StoredImage tag(StoredImage image, String name) throws IOException {
        try (Session session = Session.open(directory)) {
            // Before anything is written: of another store, or pruned meanwhile, it would be an entry that nothing is
            // behind.
            StoredImage tagged =
                    read(new Blobs(session, limits), image.manifest().annotated(Descriptor.REF_NAME, name));
            new StoreIndex(session).put(plain(image.manifest()), name);
            return tagged;
        }
    }

    /** A new image: {@code base} and on top of it the writable layer of an overlay. */
    public StoredImage commit(
            StoredImage base, UpperDirectory upper, LongUnaryOperator uids, LongUnaryOperator gids, String name)
            throws IOException {
        try (Session session = Session.open(directory);
                HostTree changes = upper.tree()) {
            Blobs blobs = new Blobs(session, limits);
            String subject = "changes in " + upper.path();
            LayerOutput.Made layer;
            try (LayerOutput output = new LayerOutput(session.workspace(), "commit")) {
                try (TarWriter tar = new TarWriter(output.plain())) {
                    new LayerWriter(tar, uids, gids, new Budget(limits, subject), subject).write(changes);
                }
                layer = output.finish(blobs);
            }
            byte[] config = Manifests.extended(
                    blobs.read(base.parts().config()),
                    layer.diffId(),
                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                    "sandjar commit",
                    subject);
            Descriptor configDescriptor = Descriptor.of(MediaTypes.CONFIG, config);
            List<Descriptor> layers = new ArrayList<>();
            for (Descriptor old : base.parts().layers()) {
                layers.add(oci(blobs, old));
            }
            layers.add(layer.descriptor());
            byte[] manifest = Manifests.manifest(configDescriptor, layers);
            Descriptor made = Descriptor.of(MediaTypes.MANIFEST, manifest);
            blobs.put(config, configDescriptor);
            blobs.put(manifest, made);
            Descriptor whole = new Descriptor(
                    made.mediaType(),
                    made.digest(),
                    made.size(),
                    Map.of(),
                    base.description().platform());
            return keep(session, blobs, whole, List.of(name));
        }
    }

    /** The same content under the name that OCI has for its format: Docker's names don't go into OCI's manifests. */
    private static Descriptor oci(Blobs blobs, Descriptor layer) throws IOException {
        try (InputStream in = blobs.open(layer)) {
            String type = MediaTypes.layer(Decompression.kind(in, Blobs.about(layer.digest())));
            return Descriptor.of(type, layer.digest(), layer.size());
        }
    }

    public void save(StoredImage image, Path target) throws IOException {
        try (Session session = Session.open(directory)) {
            new LayoutWriter(new Blobs(session, limits)).write(image, target);
        }
    }

    public StoredImage pull(ImageReference reference, RegistryAccess access) throws IOException, InterruptedException {
        try (Session session = Session.open(directory)) {
            Blobs blobs = new Blobs(session, limits);
            try (RegistrySource source = new RegistrySource(session, reference, access)) {
                Descriptor top = source.top();
                Descriptor manifest = new Importer(blobs, limits, platform).bring(source, top);
                checkPlatform(manifest, "image " + reference);
                return keep(session, blobs, manifest, List.of(reference.toString()));
            }
        } catch (InterruptedIOException e) {
            if (Thread.interrupted()) {
                InterruptedException interrupted = new InterruptedException("pull of " + reference);
                interrupted.initCause(e);
                throw interrupted;
            }
            throw e;
        }
    }

    private static Descriptor plain(Descriptor manifest) {
        return new Descriptor(manifest.mediaType(), manifest.digest(), manifest.size(), Map.of(), manifest.platform());
    }

    /** Takes a name, or for a digest all names, away. What nothing refers to then goes with the next {@link #prune}. */
    public boolean remove(String name) throws IOException {
        try (Session session = Session.open(directory)) {
            boolean[] found = {false};
            new StoreIndex(session).change(before -> {
                List<Descriptor> after = new ArrayList<>();
                for (Descriptor entry : before) {
                    boolean same = name.equals(entry.annotations().get(Descriptor.REF_NAME))
                            || name.equals(entry.digest().toString());
                    found[0] |= same;
                    if (!same) {
                        after.add(entry);
                    }
                }
                return after;
            });
            return found[0];
        }
    }

    /** Removes what no image refers to and nobody uses; bytes that this freed. */
    public long prune() throws IOException {
        if (Session.isNothing(directory)) {
            return 0;
        }
        try (Session session = Session.alone(directory)) {
            long freed = OwnedDirectories.sweep(session, Session.WORK)
                    + OwnedDirectories.sweep(session, ImageRoot.COPIES)
                    + RegistrySource.sweep(session);
            Blobs blobs = new Blobs(session, limits);
            Set<Digest> blobsInUse = new HashSet<>();
            Set<String> layersInUse = new HashSet<>();
            for (Descriptor entry : new StoreIndex(session).read()) {
                StoredImage image = read(blobs, entry);
                blobsInUse.add(entry.digest());
                blobsInUse.add(image.parts().config().digest());
                image.parts().layers().forEach(layer -> blobsInUse.add(layer.digest()));
                Layers.chain(image.description().diffIds()).forEach(id -> layersInUse.add(id.hex()));
            }
            ImageException left = null;
            for (Descriptor blob : blobs.list()) {
                if (!blobsInUse.contains(blob.digest())) {
                    blobs.remove(blob.digest());
                    freed += blob.size();
                }
            }
            VerifiedLayers.sweep(session, blobsInUse);
            for (String place : Layers.list(session)) {
                if (!layersInUse.contains(place.substring(place.lastIndexOf('/') + 1))) {
                    long bytes = Layers.bytes(session, place);
                    try {
                        freed += Layers.remove(session, place) ? bytes : 0;
                    } catch (ImageException e) {
                        left = e; // the others can go all the same
                    }
                }
            }
            if (left != null) {
                throw left;
            }
            return freed;
        }
    }

    /** Bytes of blobs, of the files of unpacked layers and copies, and of what is unfinished. */
    public long size() throws IOException {
        if (Session.isNothing(directory)) {
            return 0;
        }
        try (Session session = Session.open(directory)) {
            long bytes = OwnedDirectories.bytes(session, Session.WORK)
                    + OwnedDirectories.bytes(session, ImageRoot.COPIES)
                    + OwnedDirectories.bytes(session, RegistrySource.DOWNLOADS);
            for (Descriptor blob : new Blobs(session, limits).list()) {
                bytes += blob.size();
            }
            for (String place : Layers.list(session)) {
                bytes += Layers.bytes(session, place);
            }
            return bytes;
        }
    }

    /** The unpacked layers of an image. */
    public ImageRoot root(String digest, Ownership ownership, String name) throws IOException {
        try (Session session = Session.open(directory)) {
            Blobs blobs = new Blobs(session, limits);
            for (Descriptor entry : new StoreIndex(session).read()) {
                if (entry.digest().toString().equals(digest)) {
                    return root(session, blobs, read(blobs, entry), ownership, name);
                }
            }
        }
        throw new ImageException("image " + name, "it is no longer in the store " + directory, "load or pull it again");
    }

    private ImageRoot root(Session session, Blobs blobs, StoredImage image, Ownership ownership, String name)
            throws IOException {
        List<Digest> diffIds = image.description().diffIds();
        Layers layers = new Layers(session, blobs, limits, ownership);
        Layers.Held held = layers.hold(image.parts(), diffIds);
        List<Path> lower = new ArrayList<>();
        for (Digest id : layers.chainOrEmpty(diffIds)) {
            lower.add(0, directory.resolve(layers.rootOf(id)));
        }
        try {
            return new ImageRoot(
                    directory,
                    held,
                    lower.subList(0, held.shown()),
                    ownership,
                    "image " + name,
                    image.description().platform());
        } catch (IOException | RuntimeException | Error e) {
            held.close();
            throw e;
        }
    }
}
