import dev.sandjar.image.Image;
import dev.sandjar.image.ImageStore;
import dev.sandjar.image.ProgressBar;
import dev.sandjar.image.Registry;
import java.nio.file.Path;

/**
 * Pulls an image with a bar that shows how far it is, with the credentials that "docker login" or "podman login" have left. Arguments: the
 * name of the image, a directory for the store, and "http" for a registry without TLS. Without arguments it says so.
 */
public final class PullImage {
    private PullImage() {}

    public static void main(String[] args) throws Exception {
        if (args.length < 2) {
            System.out.println("arguments: REGISTRY/REPOSITORY:TAG DIRECTORY [http]");
            return;
        }
        Registry registry = Registry.configured();
        if (args.length > 2 && args[2].equals("http")) {
            registry = registry.plainHttp();
        }
        Image image;
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            image = ImageStore.open(Path.of(args[1])).pull(args[0], registry.onProgress(bar));
        }
        System.out.println("Pulled " + image + ", " + image.layers().size() + " layer(s), for " + image.platform());
    }
}
