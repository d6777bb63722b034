import dev.sandjar.DataSize;
import dev.sandjar.Image;
import dev.sandjar.ImageLimits;
import dev.sandjar.ImageStore;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Unpacking against umoci, starts from an image against starts from the host's root, and what a hundred containers share. */
public class ImageBenchmark {
    private static final int ROUNDS = 3;
    private static final int STARTS = 400;
    private static final int CONTAINERS = 100;
    private static final long PAUSE_MILLIS = 3;

    public static void main(String[] args) throws Exception {
        Path work = Path.of(args[0]);
        Path program = Path.of(args[1]);
        ImageStore store = ImageStore.open(work.resolve("store"));
        Image big = store.importRoot(work.resolve("root.tar.gz"), "big:1");
        store.save(big, work.resolve("layout"));
        unpack(work);
        Image small = store.importRoot(work.resolve("small.tar"), "small:1");
        starts(small, program);
        pageCache(small);
    }

    // ---- unpacking

    private static void unpack(Path work) throws Exception {
        double[] ours = new double[ROUNDS];
        double[] theirs = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            ImageStore store = ImageStore.open(work.resolve("fresh")).withLimits(ImageLimits.defaults());
            Image image = store.load(work.resolve("layout"));
            long start = System.nanoTime();
            Sandbox.untrusted().rootfs(RootFs.image(image)).build().explain();
            ours[i] = (System.nanoTime() - start) / 1e9;
            start = System.nanoTime();
            sh("umoci unpack --image \"$0/layout:1\" \"$0/bundle\" >/dev/null", work);
            theirs[i] = (System.nanoTime() - start) / 1e9;
            sh("rm -rf \"$0/fresh\" \"$0/bundle\"", work);
        }
        System.out.printf(
                "unpack of %s: %.2f s, umoci %.2f s, ratio %.2f (medians of %d)%n",
                DataSize.bytes(size(work.resolve("size"))),
                median(ours),
                median(theirs),
                median(ours) / median(theirs),
                ROUNDS);
    }

    private static long size(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }

    private static void sh(String script, Path directory) throws Exception {
        int status = new ProcessBuilder("sh", "-c", script, directory.toString())
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IllegalStateException(script + " ended with " + status);
        }
    }

    // ---- starts

    private static void starts(Image image, Path program) throws Exception {
        // The image's own user is root inside; the host's root gets the same.
        SandboxBuilder host =
                Sandbox.untrusted().user(0, 0).directory("/").bindReadOnly(program.getParent(), "/program");
        Sandbox[] sandboxes = {
            host.build(),
            Sandbox.untrusted().rootfs(RootFs.image(image)).build(),
            host.ahead(0).build(),
            Sandbox.untrusted().rootfs(RootFs.image(image)).ahead(0).build(),
            host.template(false).ahead(0).build(),
            Sandbox.untrusted()
                    .rootfs(RootFs.overlay(Path.of("/usr")))
                    .user(0, 0)
                    .directory("/")
                    .bindReadOnly(program.getParent(), "/program")
                    .build(),
        };
        String[] names = {
            "host's root",
            "image",
            "host's root, ahead(0)",
            "image, ahead(0)",
            "host's root, ahead(0), no template",
            "overlay of /usr"
        };
        String[] commands = {"/program/true", "/true", "/program/true", "/true", "/program/true", "/program/true"};
        double[][] millis = new double[sandboxes.length][STARTS];
        for (int i = -50; i < STARTS; i++) {
            for (int s = 0; s < sandboxes.length; s++) {
                long start = System.nanoTime();
                sandboxes[s].run(commands[s]).orThrow();
                if (i >= 0) {
                    millis[s][i] = (System.nanoTime() - start) / 1e6;
                }
                // As in the comparison of starts: nobody pays for what another leaves to be cleared away.
                Thread.sleep(PAUSE_MILLIS);
            }
        }
        for (int s = 0; s < sandboxes.length; s++) {
            System.out.printf(
                    "start, %-36s %.2f ms, to the host's root %.2f%n",
                    names[s] + ":", median(millis[s]), median(millis[s]) / median(millis[0]));
        }
    }

    // ---- memory

    private static void pageCache(Image image) throws Exception {
        Sandbox sandbox = Sandbox.untrusted().rootfs(RootFs.image(image)).build();
        List<SandboxProcess> running = new ArrayList<>();
        long rss = 0;
        long pss = 0;
        try {
            for (int i = 0; i < CONTAINERS; i++) {
                running.add(sandbox.start("/bin/busybox", "sleep", "60"));
            }
            for (SandboxProcess process : running) {
                rss += value(process.pid(), "Rss");
                pss += value(process.pid(), "Pss_File");
            }
        } finally {
            running.forEach(SandboxProcess::close);
        }
        System.out.printf(
                "%d containers of one image: %d KiB resident together, of which files, each page counted once: %d KiB%n",
                CONTAINERS, rss, pss);
    }

    private static long value(long pid, String key) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
            return lines.filter(line -> line.startsWith(key + ":"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
