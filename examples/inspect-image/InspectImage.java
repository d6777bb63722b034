import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageHistory;
import dev.sandjar.image.ImageLayer;
import dev.sandjar.image.ImageStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Prints what an image consists of and how it was made. The argument is an archive or an OCI layout; without one an image is made here,
 * from the archive of a root directory and what a sandbox changed in it.
 */
public final class InspectImage {
    private InspectImage() {}

    public static void main(String[] args) throws Exception {
        Path work = Files.createTempDirectory("sandjar-inspect-image");
        try {
            ImageStore store = ImageStore.open(work.resolve("store"));
            Image image = args.length > 0 ? store.load(Path.of(args[0])) : made(store, work);
            print(image);
            System.out.println("The store takes " + store.size() + " now");
            if (args.length == 0) {
                expect(image.layers().size() == 2, "two layers");
                expect(image.history().size() == 2, "two steps");
                expect(store.list().size() == 2, "two images in the store: " + store.list());
            }
        } finally {
            new ProcessBuilder("sh", "-c", "chmod -R u+rwx \"$0\"; rm -rf \"$0\"", work.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
        }
    }

    private static Image made(ImageStore store, Path work) throws Exception {
        String script =
                "set -e; cd \"$0\"; mkdir -p root/bin root/etc root/tmp; cp \"$(command -v busybox)\" root/bin/busybox;"
                        + " ln -s busybox root/bin/sh; echo hello > root/etc/motd; tar -C root -czf root.tar.gz .";
        int status = new ProcessBuilder("sh", "-c", script, work.toString())
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IllegalStateException("this needs tar and busybox: apt-get install busybox-static");
        }
        Image root = store.importRoot(work.resolve("root.tar.gz"), "example/root:1");
        Sandbox sandbox = Sandbox.untrusted()
                .rootfs(RootFs.image(root).keepChanges(Files.createDirectory(work.resolve("changes"))))
                .build();
        try (SandboxProcess process = sandbox.start("/bin/sh", "-c", "echo more >> /etc/motd; echo new > /etc/new")) {
            process.waitForReport();
            return store.commit(root, process, "example/changed:2");
        }
    }

    private static void print(Image image) {
        System.out.println(image + "\n" + image.id() + ", " + image.platform() + ", " + image.size() + ", made "
                + image.created().map(Instant::toString).orElse("at an unknown time") + "\n");
        System.out.printf("%-5s  %-19s  %-19s  %12s  %s%n", "LAYER", "DIGEST", "CONTENT", "SIZE", "MADE BY");
        List<ImageLayer> layers = image.layers();
        for (int i = 0; i < layers.size(); i++) {
            ImageLayer layer = layers.get(i);
            System.out.printf(
                    "%-5d  %-19s  %-19s  %12s  %s%n",
                    i + 1, brief(layer.digest()), brief(layer.diffId()), layer.size(), oneLine(layer.createdBy()));
        }
        System.out.printf("%n%-20s  %-5s  %s%n", "HISTORY", "LAYER", "STEP");
        for (ImageHistory step : image.history()) {
            System.out.printf(
                    "%-20s  %-5s  %s%n",
                    step.created()
                            .map(time -> time.truncatedTo(ChronoUnit.SECONDS).toString())
                            .orElse("?"),
                    step.layer() ? "yes" : "no",
                    oneLine(step.createdBy() + " " + step.comment()));
        }
        System.out.println("\nentrypoint " + image.config().entrypoint() + " cmd "
                + image.config().cmd() + " user \""
                + image.config().user() + "\" directory \"" + image.config().workingDirectory() + "\" environment "
                + image.config().environment() + " labels " + image.config().labels());
    }

    private static String brief(String digest) {
        return digest.substring(0, Math.min(19, digest.length()));
    }

    /** It was written by whoever made the image. */
    private static String oneLine(String text) {
        String printable = text.replaceAll("\\p{C}", "?").strip();
        return printable.length() > 60 ? printable.substring(0, 57) + "..." : printable;
    }

    private static void expect(boolean truth, String statement) {
        System.out.println((truth ? "ok   " : "NOT  ") + statement);
        if (!truth) {
            throw new IllegalStateException(statement);
        }
    }
}
