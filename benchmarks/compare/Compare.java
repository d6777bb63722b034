import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Compares two builds of the library in one run: each is a JVM that measures when it is asked, in rounds, in turns of random order, so that
 * what the machine does besides is met by both. What counts is the ratio of the two medians of a round, and of these ratios the median
 * with its confidence bounds. The same of the lower deciles, which other work on the machine changes less, is shown beside it.
 */
public final class Compare {
    private static final double CONFIDENCE = 0.95;
    private static final double NANOS_PER_MICRO = 1000;
    private static final int SEED = 20;

    private Compare() {}

    /** One build. */
    private static final class Build implements AutoCloseable {
        private final Process process;
        private final PrintWriter to;
        private final BufferedReader from;

        Build(List<String> command) throws IOException {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            to = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
            from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        String line() throws IOException {
            String line = from.readLine();
            if (line == null) {
                throw new IOException("one of the builds has ended; what it wrote says why");
            }
            return line;
        }

        long[] measure(String name) throws IOException {
            to.println(name);
            return Arrays.stream(line().split(" ")).mapToLong(Long::parseLong).toArray();
        }

        @Override
        public void close() throws IOException {
            to.close(); // it ends with its input
            try {
                if (!process.waitFor(30, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Arguments: rounds, then the command of the old build, "--", and that of the new one. */
    public static void main(String[] args) throws IOException {
        int rounds = Integer.parseInt(args[0]);
        List<String> all = Arrays.asList(args).subList(1, args.length);
        int middle = all.indexOf("--");
        try (Build before = new Build(all.subList(0, middle));
                Build after = new Build(all.subList(middle + 1, all.size()))) {
            String names = before.line();
            if (!names.equals(after.line())) {
                throw new IOException("the builds do not measure the same");
            }
            System.exit(report(List.of(names.split("\\|")), before, after, rounds) ? 1 : 0);
        }
    }

    /** Whether the new build is slower in anything. */
    private static boolean report(List<String> names, Build before, Build after, int rounds) throws IOException {
        Random random = new Random(SEED);
        long[][][] medians = new long[names.size()][2][rounds];
        long[][][] deciles = new long[names.size()][2][rounds];
        // One more at the beginning, which counts for nothing.
        for (int round = -1; round < rounds; round++) {
            for (int i = 0; i < names.size(); i++) {
                int first = random.nextInt(2);
                for (int turn : new int[] {first, 1 - first}) {
                    long[] times = (turn == 0 ? before : after).measure(names.get(i));
                    if (round >= 0) {
                        medians[i][turn][round] = times[0];
                        deciles[i][turn][round] = times[1];
                    }
                }
            }
        }
        int rank = rank(rounds);
        System.out.printf(
                Locale.ROOT,
                "%d rounds; times are medians in microseconds; bounds of the ratios at %.1f %%%n%n%-32s %9s %9s %7s  %-14s  %7s  %s%n",
                rounds,
                100 * covered(rounds, rank),
                "",
                "old",
                "new",
                "ratio",
                "bounds",
                "decile",
                "bounds");
        boolean slower = false;
        for (int i = 0; i < names.size(); i++) {
            slower |= row(names.get(i), medians[i], deciles[i], rank);
        }
        return slower;
    }

    private static boolean row(String name, long[][] medians, long[][] deciles, int rank) {
        double[] ratios = ratios(medians);
        double[] lower = ratios(deciles);
        int last = ratios.length - 1 - rank;
        System.out.printf(
                Locale.ROOT,
                "%-32s %9.1f %9.1f %7.3f  %.3f to %.3f  %7.3f  %.3f to %.3f%s%n",
                name,
                micros(medians[0]),
                micros(medians[1]),
                median(ratios),
                ratios[rank],
                ratios[last],
                median(lower),
                lower[rank],
                lower[last],
                ratios[rank] > 1 ? "  slower" : ratios[last] < 1 ? "  faster" : "");
        return ratios[rank] > 1;
    }

    private static double[] ratios(long[][] nanos) {
        double[] ratios = new double[nanos[0].length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = (double) nanos[1][i] / nanos[0][i];
        }
        Arrays.sort(ratios);
        return ratios;
    }

    private static double micros(long[] nanos) {
        double[] sorted = Arrays.stream(nanos).asDoubleStream().sorted().toArray();
        return median(sorted) / NANOS_PER_MICRO;
    }

    private static double median(double[] sorted) {
        int n = sorted.length;
        return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }

    /** The index of the lower bound of the median in n sorted values, the upper one being as far from the end. */
    private static int rank(int n) {
        int rank = 0;
        while (rank + 1 < (n + 1) / 2 && covered(n, rank + 1) >= CONFIDENCE) {
            rank++;
        }
        return rank;
    }

    /** How sure it is that the median lies between those of this rank: each value is below it with probability 1/2. */
    private static double covered(int n, int rank) {
        double outside = 0;
        double ways = 1;
        for (int k = 0; k <= rank; k++) {
            outside += ways;
            ways = ways * (n - k) / (k + 1);
        }
        return 1 - 2 * outside / Math.pow(2, n);
    }
}
