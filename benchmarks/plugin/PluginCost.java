import dev.sandjar.plugin.Plugin;
import dev.sandjar.plugin.PluginPool;
import dev.sandjar.plugin.PluginPoolBuilder;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a call of a plugin in a sandbox costs, and its worker: beside what the machine needs for comparable things. */
public final class PluginCost {
    private static final int MIB = 1 << 20;

    private PluginCost() {}

    /** The plugin's contract. */
    public interface Echo {
        byte[] echo(byte[] bytes);

        int put(byte[] bytes);

        byte[] get(int size);
    }

    /** Its implementation. */
    public static final class Impl implements Echo {
        @Override
        public byte[] echo(byte[] bytes) {
            return bytes;
        }

        @Override
        public int put(byte[] bytes) {
            return bytes.length;
        }

        @Override
        public byte[] get(int size) {
            return new byte[size];
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    public static void main(String[] args) throws Exception {
        Path classes = Path.of(args[0]);
        int workers = Integer.parseInt(args[1]);
        System.out.printf(
                "Linux %s, Java %s, %d processors%n%n",
                System.getProperty("os.version"),
                System.getProperty("java.version"),
                Runtime.getRuntime().availableProcessors());
        try (PluginPool<Echo> pool = builder(classes).build();
                Plugin<Echo> plugin = pool.take()) {
            calls(pool.get(), plugin.get());
        }
        cold(classes);
        warm(classes);
        idle(classes, workers);
    }

    private static PluginPoolBuilder<Echo> builder(Path classes) {
        return PluginPool.builder(Echo.class, Impl.class.getName()).classPath(classes);
    }

    private static long[] time(int warm, int rounds, Action action) throws Exception {
        for (int i = 0; i < warm; i++) {
            action.run();
        }
        long[] nanos = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            action.run();
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        return nanos;
    }

    private static double micros(long[] sorted, double part) {
        return sorted[(int) (part * (sorted.length - 1))] / 1000.0;
    }

    private static void row(String what, long[] sorted, String more) {
        System.out.printf(
                Locale.ROOT,
                "%-46s %9.1f %9.1f %9.1f   %s%n",
                what,
                micros(sorted, 0.5),
                micros(sorted, 0.9),
                micros(sorted, 0.99),
                more);
    }

    private static void calls(Echo pooled, Echo plugin) throws Exception {
        System.out.printf("%-46s %9s %9s %9s%n", "in microseconds", "median", "p90", "p99");
        byte[] small = new byte[64];
        Process cat = new ProcessBuilder("cat").start();
        OutputStream to = cat.getOutputStream();
        InputStream from = cat.getInputStream();
        long[] bare = time(3000, 10_000, () -> {
            to.write(small);
            to.flush();
            from.readNBytes(small.length);
        });
        to.close();
        row("64 bytes through cat, by ProcessBuilder", bare, "");
        long[] echo = time(10_000, 30_000, () -> plugin.echo(small));
        row("64 bytes echoed by a plugin", echo, ratio(echo, bare) + " of cat");
        row("... by a pool, worker by worker", time(5000, 10_000, () -> pooled.echo(small)), "");
        byte[] large = new byte[MIB];
        throughput("1 MiB to a plugin", 1, time(300, 1000, () -> plugin.put(large)));
        throughput("1 MiB from a plugin", 1, time(300, 1000, () -> plugin.get(MIB)));
        throughput("1 MiB echoed, there and back", 2, time(300, 1000, () -> plugin.echo(large)));
        System.out.println();
    }

    private static void throughput(String what, int ways, long[] sorted) {
        double seconds = micros(sorted, 0.5) / 1e6;
        row(what, sorted, String.format(Locale.ROOT, "%.2f GB/s", ways * MIB / seconds / 1e9));
    }

    private static String ratio(long[] one, long[] other) {
        return String.format(Locale.ROOT, "%.2f", micros(one, 0.5) / micros(other, 0.5));
    }

    /** In turns, so that both see the same machine. */
    private static void cold(Path classes) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        int rounds = 25;
        long[] version = new long[rounds];
        long[] first = new long[rounds];
        for (int i = -3; i < rounds; i++) {
            long start = System.nanoTime();
            Process process = new ProcessBuilder(java, "-version")
                    .redirectErrorStream(true)
                    .start();
            process.getInputStream().readAllBytes();
            process.waitFor();
            long middle = System.nanoTime();
            try (PluginPool<Echo> pool = builder(classes).build()) {
                long begin = System.nanoTime();
                pool.get().echo(new byte[64]);
                if (i >= 0) {
                    version[i] = middle - start;
                    first[i] = System.nanoTime() - begin;
                }
            }
        }
        Arrays.sort(version);
        Arrays.sort(first);
        row("java -version", version, "");
        row("first call of a cold worker", first, ratio(first, version) + " of java -version");
    }

    private static void warm(Path classes) throws Exception {
        int rounds = 40;
        long[] nanos = new long[rounds];
        try (PluginPool<Echo> pool =
                builder(classes).warm(4).maxWorkers(8).maxUses(1).build()) {
            for (int i = 0; i < rounds; i++) {
                while (pool.statistics().idle() < 4) {
                    Thread.sleep(5);
                }
                long start = System.nanoTime();
                try (Plugin<Echo> plugin = pool.take()) {
                    nanos[i] = System.nanoTime() - start;
                    plugin.get().echo(new byte[1]);
                }
            }
        }
        Arrays.sort(nanos);
        row("a warm worker, never used before, handed out", nanos, "");
        System.out.println();
    }

    private static void idle(Path classes, int count) throws Exception {
        long before = kibibytes(ProcessHandle.current().pid(), "Pss:");
        long start = System.nanoTime();
        try (PluginPool<Echo> pool =
                builder(classes).maxWorkers(count).warm(count).build()) {
            while (pool.statistics().idle() < count) {
                Thread.sleep(20);
            }
            long made = System.nanoTime() - start;
            List<Plugin<Echo>> all = new ArrayList<>();
            long[] pss = new long[count];
            long[] rss = new long[count];
            for (int i = 0; i < count; i++) {
                Plugin<Echo> plugin = pool.take();
                all.add(plugin);
                pss[i] = kibibytes(plugin.pid(), "Pss:");
                rss[i] = kibibytes(plugin.pid(), "Rss:");
            }
            long host = kibibytes(ProcessHandle.current().pid(), "Pss:") - before;
            all.forEach(Plugin::close);
            System.out.printf(
                    Locale.ROOT,
                    "%d idle workers, made in %.1f s: %.1f MiB each (PSS; RSS %.1f), %d MiB together; the host's share %.2f MiB each%n",
                    count,
                    made / 1e9,
                    Arrays.stream(pss).average().orElse(0) / 1024,
                    Arrays.stream(rss).average().orElse(0) / 1024,
                    Arrays.stream(pss).sum() / 1024,
                    host / 1024.0 / count);
        }
    }

    private static long kibibytes(long pid, String line) throws Exception {
        for (String each : Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps_rollup"))) {
            if (each.startsWith(line)) {
                return Long.parseLong(each.replaceAll("[^0-9]", ""));
            }
        }
        return 0;
    }
}
