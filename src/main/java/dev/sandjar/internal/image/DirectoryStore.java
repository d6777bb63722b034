package dev.sandjar.internal.image;

import dev.sandjar.DataSize;
import dev.sandjar.SandboxProcess;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageReference;
import dev.sandjar.image.ImageStore;
import dev.sandjar.image.Registry;
import dev.sandjar.internal.GroundAccess;
import dev.sandjar.internal.changes.LayeredRoot;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.SubordinateMap;
import dev.sandjar.internal.hostfs.UpperDirectory;
import dev.sandjar.internal.util.Checks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A store by names, as users of the library ask for images.
 *
 * @param platform null for this machine's
 */
public record DirectoryStore(Path directory, ImageLimits limits, @Nullable Platform platform) implements ImageStore {
    private static final String HUB = "docker.io/library/";
    private static final String LOCAL = "localhost/";

    /** @throws IllegalArgumentException if the path is in another file system than the default one */
    public static DirectoryStore of(Path directory) {
        return new DirectoryStore(Checks.hostPath("image store", directory), ImageLimits.defaults(), null);
    }

    private Store store() {
        return new Store(directory, limits, platform);
    }

    private static StoredImage own(Image image) {
        Objects.requireNonNull(image, "image");
        if (image instanceof StoredImage own) {
            return own;
        }
        throw new IllegalArgumentException("image " + image + " is of no ImageStore");
    }

    @Override
    public ImageStore withLimits(ImageLimits other) {
        return new DirectoryStore(directory, Objects.requireNonNull(other, "limits"), platform);
    }

    @Override
    public ImageStore withPlatform(String name) {
        return new DirectoryStore(directory, limits, Platform.parse(name));
    }

    @Override
    public Image load(Path path) throws IOException {
        return store().load(Checks.hostPath("image", path), null);
    }

    @Override
    public Image load(Path path, String name) throws IOException {
        return store().load(Checks.hostPath("image", path), Objects.requireNonNull(name, "name"));
    }

    @Override
    public Image importRoot(Path archive, String name) throws IOException {
        String canonical = canonical(name);
        return store().importRoot(Checks.hostPath("archive", archive), canonical);
    }

    private static String canonical(String name) {
        return ImageReference.parse(name).toString();
    }

    @Override
    public Image pull(String name, Registry registry) throws IOException, InterruptedException {
        Objects.requireNonNull(registry, "registry");
        if (registry instanceof RegistryAccess access) {
            return store().pull(ImageReference.parse(name), access);
        }
        throw new IllegalArgumentException(registry + " is of another library: begin with Registry.configured()");
    }

    @Override
    public Image commit(Image base, SandboxProcess process, String name) throws IOException {
        if (process.isAlive()) {
            throw new IllegalStateException("the sandbox is still running: wait for its end before commit(...)");
        }
        UpperDirectory upper = written(process, own(base));
        Host host = Host.detect(0);
        SubordinateMap map = SubordinateMap.of(host);
        return store().commit(
                        own(base),
                        upper,
                        owners(host, map == null ? null : map::uidInside),
                        owners(host, map == null ? null : map::gidInside),
                        canonical(name));
    }

    private static UpperDirectory written(SandboxProcess process, StoredImage base) {
        if (GroundAccess.get().layer(process) instanceof LayeredRoot layer) {
            return layer.layerOn(base.topLayer());
        }
        throw new IllegalStateException(
                "the changes of this sandbox were not kept: use RootFs.image(...).keepChanges(...)");
    }

    /** From owners on disk to owners inside, or -1. */
    private static LongUnaryOperator owners(Host host, @Nullable LongUnaryOperator inside) {
        if (host.idmaps()) {
            return id -> id;
        }
        return inside == null ? id -> 0 : inside;
    }

    @Override
    public void save(Image image, Path target) throws IOException {
        store().save(own(image), Checks.hostPath("target", target));
    }

    @Override
    public Optional<Image> find(String name) throws IOException {
        if (isDigest(name)) {
            return Optional.ofNullable(store().find(name));
        }
        String canonical = canonical(name);
        StoredImage found = store().find(canonical);
        if (found == null && canonical.startsWith(HUB)) {
            found = store().find(LOCAL + canonical.substring(HUB.length()));
        }
        return Optional.ofNullable(found);
    }

    private static boolean isDigest(String name) {
        return name.startsWith("sha256:") || name.startsWith("sha512:");
    }

    @Override
    public List<Image> list() throws IOException {
        return List.copyOf(store().list());
    }

    @Override
    public Image tag(Image image, String name) throws IOException {
        return store().tag(own(image), canonical(name));
    }

    @Override
    public boolean remove(String name) throws IOException {
        Optional<Image> image = find(name);
        if (image.isEmpty()) {
            return false;
        }
        Optional<ImageReference> known =
                isDigest(name) ? Optional.empty() : image.get().name();
        return store().remove(known.map(ImageReference::toString).orElse(name));
    }

    @Override
    public DataSize prune() throws IOException {
        return DataSize.bytes(store().prune());
    }

    @Override
    public DataSize size() throws IOException {
        return DataSize.bytes(store().size());
    }

    @Override
    public String toString() {
        return "ImageStore(" + directory + ")";
    }
}
