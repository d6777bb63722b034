import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a start costs while so many sandboxes live, and what each of them holds.
 *
 * @param aheadMillis the median from start to exit, with pauses in which the next is made ahead
 * @param startMillis the same of those that are made when they are asked for
 * @param privateKib memory of its own that each supervisor has, and its part of what the launcher has grown by
 * @param kernelKib what the kernel's slabs, page tables and stacks have grown by, for each
 */
record Crowd(int alive, double aheadMillis, double startMillis, double privateKib, double kernelKib) {
    private static final int STARTS = 100;
    private static final long PAUSE_MILLIS = 3;

    /** Of {@code untrusted()} without limits, from 1 to the last of {@code sizes}. */
    static List<Crowd> of(Contender.Programs programs, int[] sizes) throws IOException, InterruptedException {
        Sandbox sandbox = Contender.untrusted(programs).toBuilder()
                .without(dev.sandjar.Limit.values())
                .warm(0)
                .build();
        Sandbox ahead = sandbox.toBuilder().warm(2).build();
        Command pause = Command.of(programs.guest(programs.pause()));
        Command run = Command.of(programs.guest(programs.run()));
        List<SandboxProcess> alive = new ArrayList<>();
        List<Crowd> all = new ArrayList<>();
        try {
            median(sandbox, run, 0);
            median(ahead, run, PAUSE_MILLIS);
            long launcher = launcher();
            long before = privateKib(launcher);
            long kernelBefore = kernelMemory();
            for (int size : sizes) {
                while (alive.size() < size) {
                    SandboxProcess process = sandbox.start(pause);
                    alive.add(process);
                    process.getInputStream().read();
                }
                double start = median(sandbox, run, 0);
                long supervisors = 0;
                for (long pid : supervisors(launcher)) {
                    supervisors += privateKib(pid);
                }
                double privateEach = (double) (supervisors + privateKib(launcher) - before) / size;
                double kernelEach = (double) (kernelMemory() - kernelBefore) / size;
                all.add(new Crowd(size, median(ahead, run, PAUSE_MILLIS), start, privateEach, kernelEach));
            }
        } finally {
            for (SandboxProcess process : alive) {
                process.close();
            }
        }
        return all;
    }

    private static double median(Sandbox sandbox, Command run, long pause) throws IOException, InterruptedException {
        long[] nanos = new long[STARTS];
        for (int i = 0; i < STARTS; i++) {
            long begin = System.nanoTime();
            try (SandboxProcess process = sandbox.start(run)) {
                process.waitFor();
            }
            nanos[i] = System.nanoTime() - begin;
            Thread.sleep(pause);
        }
        Arrays.sort(nanos);
        return nanos[STARTS / 2] / 1e6;
    }

    private static long launcher() throws IOException {
        return ProcessHandle.current()
                .children()
                .filter(child -> "sandjar-launche".equals(name(child.pid()))
                        || Files.exists(Path.of("/proc/" + child.pid() + "/task")))
                .mapToLong(ProcessHandle::pid)
                .findFirst()
                .orElseThrow(() -> new IOException("no launcher"));
    }

    private static List<Long> supervisors(long launcher) {
        return ProcessHandle.of(launcher).stream()
                .flatMap(ProcessHandle::children)
                .map(ProcessHandle::pid)
                .filter(pid -> "sandjar-init".equals(name(pid)))
                .toList();
    }

    private static String name(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    private static long privateKib(long pid) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
            return lines.filter(line -> line.startsWith("Private_"))
                    .mapToLong(Crowd::number)
                    .sum();
        } catch (FileSystemException e) {
            return 0; // it has ended
        }
    }

    private static long kernelMemory() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith("Slab:")
                            || line.startsWith("PageTables:")
                            || line.startsWith("KernelStack:"))
                    .mapToLong(Crowd::number)
                    .sum();
        }
    }

    private static long number(String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }
}
