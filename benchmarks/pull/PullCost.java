import dev.sandjar.image.ImageStore;
import dev.sandjar.image.Registry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * Pulls an image with one large layer from docker-registry on loopback, in turn with "skopeo copy", which writes an OCI layout. Both begin
 * with nothing, and verify what they receive.
 */
public class PullCost {
    private static final int BYTES = 150 << 20;

    public static void main(String[] args) throws Exception {
        Path work = Path.of(args[0]);
        int rounds = Integer.parseInt(args[1]);
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Process registry = serve(work, port);
        try {
            awaitRegistry(port);
            measure(work, "127.0.0.1:" + port + "/bench/large:1", rounds);
        } finally {
            registry.destroyForcibly().waitFor();
        }
    }

    private static Process serve(Path work, int port) throws IOException {
        Path config = work.resolve("registry.yml");
        Files.writeString(
                config,
                "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: "
                        + work.resolve("data") + "}}\nhttp: {addr: \"127.0.0.1:" + port + "\", secret: x}\n");
        return new ProcessBuilder("docker-registry", "serve", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("registry.log").toFile())
                .start();
    }

    private static void measure(Path work, String name, int rounds) throws Exception {
        push(work, name);
        double[] ours = new double[rounds];
        double[] theirs = new double[rounds];
        double[] ratios = new double[rounds];
        double[] copies = new double[rounds];
        for (int i = -1; i < rounds; i++) {
            double our = pull(work, name);
            double their = seconds(
                    "skopeo --insecure-policy copy -q --src-tls-verify=false docker://" + name + " oci:\"$0/skopeo\":1",
                    work);
            double copy = copy(work);
            sh("rm -rf \"$0/store\" \"$0/skopeo\" \"$0/copy\"", work);
            System.out.printf(
                    "%s: %.3f s, skopeo %.3f s, ratio %.2f; a copy of the file, to the disk %.3f s%n",
                    i < 0 ? "first" : "round " + (i + 1), our, their, our / their, copy);
            if (i >= 0) {
                ours[i] = our;
                theirs[i] = their;
                ratios[i] = our / their;
                copies[i] = copy;
            }
        }
        System.out.printf(
                "pull of 150 MiB: %.3f s, skopeo %.3f s, ratio %.2f (medians of %d; of the ratios %.2f); copying the file takes %.3f s%n",
                median(ours), median(theirs), median(ours) / median(theirs), rounds, median(ratios), median(copies));
    }

    private static double pull(Path work, String name) throws Exception {
        ImageStore store = ImageStore.open(work.resolve("store"));
        long start = System.nanoTime();
        store.pull(name, Registry.anonymous().plainHttp());
        return (System.nanoTime() - start) / 1e9;
    }

    /** What the disk alone takes. */
    private static double copy(Path work) throws Exception {
        return seconds("cp \"$0/files/noise\" \"$0/copy\" && sync \"$0/copy\"", work);
    }

    private static void push(Path work, String name) throws Exception {
        byte[] piece = new byte[1 << 20];
        Random random = new Random(1);
        Files.createDirectory(work.resolve("files"));
        try (OutputStream out = Files.newOutputStream(work.resolve("files/noise"))) {
            for (int done = 0; done < BYTES; done += piece.length) {
                random.nextBytes(piece);
                out.write(piece);
            }
        }
        sh("tar -C \"$0/files\" -cf \"$0/files.tar\" noise", work);
        ImageStore store = ImageStore.open(work.resolve("made"));
        store.save(store.importRoot(work.resolve("files.tar"), "bench/large:1"), work.resolve("layout"));
        sh(
                "echo '{}' >\"$0/auth.json\" && REGISTRY_AUTH_FILE=\"$0/auth.json\" skopeo --insecure-policy copy -q"
                        + " --dest-tls-verify=false oci:\"$0/layout\" docker://" + name,
                work);
    }

    private static void awaitRegistry(int port) throws Exception {
        for (int i = 0; i < 200; i++) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                if (socket.isConnected()) {
                    return;
                }
            } catch (IOException e) {
                Thread.sleep(50);
            }
        }
        throw new IOException("docker-registry does not listen");
    }

    private static double seconds(String script, Path work) throws Exception {
        long start = System.nanoTime();
        sh(script, work);
        return (System.nanoTime() - start) / 1e9;
    }

    private static void sh(String script, Path directory) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", script, directory.toString())
                .redirectErrorStream(true)
                .start();
        String out;
        try (InputStream in = process.getInputStream()) {
            out = new String(in.readAllBytes());
        }
        if (process.waitFor() != 0) {
            throw new IllegalStateException(script + ": " + out);
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
