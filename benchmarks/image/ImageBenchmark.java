import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageStore;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Unpacking against umoci, starts from an image against starts from the host's root, and what a hundred containers share. */
public class ImageBenchmark {
    private static final int ROUNDS = 7;
    private static final int STARTS = 400;
    private static final int CONTAINERS = 100;
    private static final long PAUSE_MILLIS = 3;
    private static final int BURSTS = 15;
    private static final int BURST = 50;
    private static final long REST_MILLIS = 100;

    public static void main(String[] args) throws Exception {
        if (args[0].equals("unpack")) {
            unpackOnce(Path.of(args[1]), args[2]);
            return;
        }
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

    /** Wall-clock and CPU time; others on the machine change the one more than the other. */
    private record Cost(double wall, double cpu) {}

    /**
     * In turns, each of ours in a JVM of its own, as a command has it. Nothing is removed before the end: file systems such as ext4 look
     * for places that were not freed shortly before, at the cost of whoever makes a file.
     */
    private static void unpack(Path work) throws Exception {
        Cost[] ours = new Cost[ROUNDS];
        Cost[] whole = new Cost[ROUNDS];
        Cost[] theirs = new Cost[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            for (boolean own : i % 2 == 0 ? new boolean[] {true, false} : new boolean[] {false, true}) {
                if (own) {
                    long start = System.nanoTime();
                    sh(
                            "\"$1\" -Dslf4j.internal.verbosity=ERROR -cp \"$2\" ImageBenchmark unpack \"$0\" \"$3\" >\"$0/own\"; times >\"$0/times\"",
                            work,
                            ProcessHandle.current().info().command().orElse("java"),
                            System.getProperty("java.class.path"),
                            "fresh" + i);
                    whole[i] = new Cost((System.nanoTime() - start) / 1e9, childCpu(work.resolve("times")));
                    String[] said =
                            Files.readString(work.resolve("own")).strip().split(" ");
                    ours[i] = new Cost(Double.parseDouble(said[0]), Double.parseDouble(said[1]));
                } else {
                    long start = System.nanoTime();
                    sh(
                            "umoci unpack --image \"$0/layout:1\" \"$0/$1\" >/dev/null; times >\"$0/times\"",
                            work,
                            "bundle" + i);
                    theirs[i] = new Cost((System.nanoTime() - start) / 1e9, childCpu(work.resolve("times")));
                }
            }
        }
        sh("rm -rf \"$0\"/fresh? \"$0\"/bundle?", work);
        print("wall-clock time", work, ours, theirs, Cost::wall);
        print("CPU time", work, ours, theirs, Cost::cpu);
        print("wall-clock time with the start of a JVM and loading", work, whole, theirs, Cost::wall);
        print("CPU time with the start of a JVM and loading", work, whole, theirs, Cost::cpu);
    }

    /** Prints the wall-clock and CPU time of unpacking alone. */
    private static void unpackOnce(Path work, String fresh) throws Exception {
        ImageStore store = ImageStore.open(work.resolve(fresh)).withLimits(ImageLimits.defaults());
        Image image = store.load(work.resolve("layout"));
        long cpu = ownCpu();
        long start = System.nanoTime();
        Sandbox.untrusted().rootfs(RootFs.image(image)).build().explain();
        System.out.println((System.nanoTime() - start) / 1e9 + " " + (ownCpu() - cpu) / 1e9);
    }

    private static void print(String what, Path work, Cost[] ours, Cost[] theirs, ToDoubleFunction<Cost> part)
            throws IOException {
        double mine = median(Stream.of(ours).mapToDouble(part).toArray());
        double other = median(Stream.of(theirs).mapToDouble(part).toArray());
        double[] ratios = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            ratios[i] = part.applyAsDouble(ours[i]) / part.applyAsDouble(theirs[i]);
        }
        Arrays.sort(ratios);
        double ratio = ratios[ROUNDS / 2];
        System.out.printf(
                "unpack of %s, %s: %.2f s, umoci %.2f s, ratio %.2f (%.2f to %.2f; medians of %d)%n",
                DataSize.bytes(size(work.resolve("size"))),
                what,
                mine,
                other,
                ratio,
                ratios[0],
                ratios[ROUNDS - 1],
                ROUNDS);
    }

    /** Of this JVM, which unpacks by itself. */
    private static long ownCpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    /** User and system time of children are the second line, such as "0m1.230000s 0m0.450000s". */
    private static double childCpu(Path times) throws IOException {
        double sum = 0;
        for (String part : Files.readAllLines(times).get(1).split(" ")) {
            String[] pieces = part.replace("s", "").split("m");
            sum += 60 * Double.parseDouble(pieces[0]) + Double.parseDouble(pieces[1]);
        }
        return sum;
    }

    private static long size(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }

    private static void sh(String script, Path directory, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, directory.toString()));
        command.addAll(List.of(arguments));
        int status = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IllegalStateException(script + " ended with " + status);
        }
    }

    // ---- starts

    /** The same policy with the host's root and with the image. */
    private record Pair(String name, Sandbox host, Sandbox image) {
        static Pair of(String name, SandboxBuilder host, SandboxBuilder image, UnaryOperator<SandboxBuilder> change) {
            return new Pair(
                    name,
                    change.apply(host.build().toBuilder()).build(),
                    change.apply(image.build().toBuilder()).build());
        }
    }

    private static void starts(Image image, Path program) throws Exception {
        // The image's own user is root inside; the host's root gets the same.
        SandboxBuilder host =
                Sandbox.untrusted().user(0, 0).workingDirectory("/").bindReadOnly(program.getParent(), "/program");
        SandboxBuilder layered = Sandbox.untrusted().rootfs(RootFs.image(image));
        List<Pair> pairs = List.of(
                Pair.of("untrusted()", host, layered, b -> b),
                Pair.of("untrusted(), no limits", host, layered, b -> b.without(Limit.values())),
                Pair.of("untrusted(), warm(0)", host, layered, b -> b.warm(0)),
                Pair.of("no limits, warm(0)", host, layered, b -> b.without(Limit.values())
                        .warm(0)),
                Pair.of("warm(0), template(false)", host, layered, b -> b.warm(0)
                        .template(false)));
        spread(pairs);
        bursts(pairs);
    }

    /** One here, one there, with a pause: nobody pays for what another leaves to be cleared away. */
    private static void spread(List<Pair> pairs) throws Exception {
        double[][] host = new double[pairs.size()][STARTS];
        double[][] image = new double[pairs.size()][STARTS];
        for (int i = -50; i < STARTS; i++) {
            for (int p = 0; p < pairs.size(); p++) {
                double ofHost = starts(pairs.get(p).host(), "/program/true", 1);
                Thread.sleep(PAUSE_MILLIS);
                double ofImage = starts(pairs.get(p).image(), "/true", 1);
                Thread.sleep(PAUSE_MILLIS);
                if (i >= 0) {
                    host[p][i] = ofHost;
                    image[p][i] = ofImage;
                }
            }
        }
        print("starts, " + PAUSE_MILLIS + " ms apart, medians of " + STARTS, pairs, host, image);
    }

    /** One upon another, so that everybody pays for all that it causes. */
    private static void bursts(List<Pair> pairs) throws Exception {
        double[][] host = new double[pairs.size()][BURSTS];
        double[][] image = new double[pairs.size()][BURSTS];
        for (int i = -2; i < BURSTS; i++) {
            for (int p = 0; p < pairs.size(); p++) {
                double ofHost = starts(pairs.get(p).host(), "/program/true", BURST);
                Thread.sleep(REST_MILLIS);
                double ofImage = starts(pairs.get(p).image(), "/true", BURST);
                Thread.sleep(REST_MILLIS);
                if (i >= 0) {
                    host[p][i] = ofHost;
                    image[p][i] = ofImage;
                }
            }
        }
        print("starts, " + BURST + " one upon another, medians of " + BURSTS + " times", pairs, host, image);
    }

    private static void print(String title, List<Pair> pairs, double[][] host, double[][] image) {
        System.out.println(title + ":");
        for (int p = 0; p < pairs.size(); p++) {
            System.out.printf(
                    "  %-28s host's root %.2f ms, image %.2f ms, image to host's root %.2f%n",
                    pairs.get(p).name(), median(host[p]), median(image[p]), median(image[p]) / median(host[p]));
        }
    }

    /** Milliseconds that one takes. */
    private static double starts(Sandbox sandbox, String command, int count) throws Exception {
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            sandbox.run(command).orThrow();
        }
        return (System.nanoTime() - start) / 1e6 / count;
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
