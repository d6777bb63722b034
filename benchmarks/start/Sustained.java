import dev.sandjar.Command;
import dev.sandjar.Limit;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Sandjar;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A rate of starts, held for a while, with many sandboxes alive: how many there were, how long they took, and what the launcher used. */
public final class Sustained {
    private static final int THREADS = 8;

    private Sustained() {}

    /** Arguments: directory of the programs, and optionally seconds (60), starts a second (1000), sandboxes alive (2000). */
    public static void main(String[] args) throws Exception {
        Contender.Programs programs = new Contender.Programs(Path.of(args[0]).toAbsolutePath());
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 60;
        int rate = args.length > 2 ? Integer.parseInt(args[2]) : 1_000;
        int alive = args.length > 3 ? Integer.parseInt(args[3]) : 2_000;
        Sandjar.warmUp();
        SandboxBuilder all = Contender.untrusted(programs).toBuilder().without(Limit.values());
        System.out.println("untrusted() without limits and without a network namespace");
        among(all.build().toBuilder().network(Network.host()).build(), programs, seconds, rate, alive);
        System.out.println("untrusted() without limits");
        among(all.build(), programs, seconds, rate, alive);
    }

    private static void among(Sandbox sandbox, Contender.Programs programs, int seconds, int rate, int alive)
            throws Exception {
        List<SandboxProcess> living = new ArrayList<>();
        try {
            Command pause = Command.of(programs.guest(programs.pause()));
            for (int i = 0; i < alive; i++) {
                SandboxProcess process = sandbox.start(pause);
                living.add(process);
                process.getInputStream().read();
            }
            measure(sandbox, Command.of(programs.guest(programs.run())), seconds, rate, alive);
            long dead = living.stream().filter(p -> !p.isAlive()).count();
            System.out.println(dead == 0 ? "All " + alive + " live still." : dead + " HAVE DIED");
        } finally {
            for (SandboxProcess process : living) {
                process.close();
            }
        }
    }

    private static void measure(Sandbox sandbox, Command run, int seconds, int rate, int alive) throws Exception {
        long launcher =
                ProcessHandle.current().children().findFirst().orElseThrow().pid();
        double cpuBefore = cpuSeconds(launcher);
        double ownBefore = cpuSeconds(ProcessHandle.current().pid());
        ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
        AtomicInteger next = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        long begin = System.nanoTime();
        for (int t = 0; t < THREADS; t++) {
            executor.submit(() -> {
                while (true) {
                    long due = begin + next.getAndIncrement() * 1_000_000_000L / rate;
                    if (due - begin >= seconds * 1_000_000_000L
                            || System.nanoTime() - begin >= seconds * 1_000_000_000L) {
                        return null;
                    }
                    TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                    long from = System.nanoTime();
                    try (SandboxProcess process = sandbox.start(run)) {
                        if (process.waitFor() != 0) {
                            failed.incrementAndGet();
                        }
                        nanos.add(System.nanoTime() - from);
                    } catch (IOException e) {
                        failed.incrementAndGet();
                        System.err.println(e);
                    }
                }
            });
        }
        executor.shutdown();
        executor.awaitTermination(seconds + 60, TimeUnit.SECONDS);
        double took = (System.nanoTime() - begin) / 1e9;
        long[] sorted = nanos.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%d starts in %.1f s with %d alive: %.0f a second, %d failed; p50 %.2f ms, p99 %.2f ms.%n"
                        + "Processors used: launcher %.2f, JVM %.2f. Launcher's private memory: %d KiB. JVM heap: %d MiB.%n",
                sorted.length,
                took,
                alive,
                sorted.length / took,
                failed.get(),
                sorted[sorted.length / 2] / 1e6,
                sorted[sorted.length * 99 / 100] / 1e6,
                (cpuSeconds(launcher) - cpuBefore) / took,
                (cpuSeconds(ProcessHandle.current().pid()) - ownBefore) / took,
                privateKib(launcher),
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20);
    }

    /** Of itself, not of its children. */
    private static double cpuSeconds(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    }

    private static long privateKib(long pid) throws IOException {
        long sum = 0;
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
            if (line.startsWith("Private_")) {
                sum += Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        return sum;
    }
}
