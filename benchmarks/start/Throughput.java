import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Starts per second when several threads start one after another: everything counts, also what is done ahead and what is cleared away. */
record Throughput(String name, double perSecond) {
    static List<Throughput> of(List<Contender> contenders, int threads, long millis)
            throws IOException, InterruptedException {
        List<Throughput> all = new ArrayList<>();
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (Contender contender : contenders) {
                all.add(new Throughput(contender.name(), of(contender, executor, threads, millis)));
                Thread.sleep(200);
            }
        } finally {
            executor.shutdown();
        }
        return all;
    }

    private static double of(Contender contender, ExecutorService executor, int threads, long millis)
            throws IOException, InterruptedException {
        long begin = System.nanoTime();
        List<Future<Integer>> counts = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            counts.add(executor.submit(() -> {
                int count = 0;
                while (System.nanoTime() - begin < millis * 1_000_000) {
                    contender.start().run();
                    count++;
                }
                return count;
            }));
        }
        int sum = 0;
        for (Future<Integer> count : counts) {
            try {
                sum += count.get();
            } catch (ExecutionException e) {
                throw new IOException(contender.name(), e);
            }
        }
        return sum * 1e9 / (System.nanoTime() - begin);
    }
}
