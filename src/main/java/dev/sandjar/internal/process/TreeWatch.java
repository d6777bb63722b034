package dev.sandjar.internal.process;

import dev.sandjar.Verdict;
import dev.sandjar.internal.plan.TreeBounds;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.Uninterruptibles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Looks at all processes of a sandbox together where no cgroup counts them, and ends it when they have more than they may. What is used up
 * between two looks is not seen: each process alone is held by its resource limits.
 */
public final class TreeWatch {
    private static final Duration PERIOD = Duration.ofMillis(20);
    private static final Path PROC = Path.of("/proc");
    private static final int STATUS_MAX = 1 << 20;
    private static final int CHILDREN_MAX = 1 << 20;
    private static final int TASKS_MAX = 1 << 16;
    private static final long KIBIBYTE = 1024;

    /** Memory of one process that is no file's, whoever shares it. */
    private static final List<String> OWN = List.of("RssAnon:", "RssShmem:", "VmSwap:");
    /** Its part of that, where several share it. */
    private static final List<String> PART = List.of("Pss_Anon:", "Pss_Shmem:", "SwapPss:");

    private final TreeBounds bounds;
    private volatile @Nullable Verdict verdict;

    TreeWatch(TreeBounds bounds) {
        this.bounds = bounds;
    }

    /** Calls {@code kill} once, when there is too much of something below {@code supervisor}, unless the sandbox has ended before. */
    void watch(long supervisor, CompletableFuture<?> end, Runnable kill) {
        IoThreads.background(() -> {
            while (verdict == null && Uninterruptibles.join(end, PERIOD) == null) {
                Verdict found = look(supervisor);
                if (found != null) {
                    verdict = found;
                    kill.run();
                }
            }
        });
    }

    /** What it was ended for; null if it was not. */
    @Nullable
    Verdict verdict() {
        return verdict;
    }

    private @Nullable Verdict look(long supervisor) throws IOException {
        Set<Long> processes = new LinkedHashSet<>();
        long tasks = 0;
        long memory = 0;
        List<Long> left = new ArrayList<>(children(supervisor, List.of(supervisor)));
        while (!left.isEmpty() && processes.size() <= TASKS_MAX) {
            long process = left.remove(left.size() - 1);
            if (!processes.add(process)) {
                continue;
            }
            String status = text(PROC.resolve(process + "/status"), STATUS_MAX);
            long threads = Math.max(1, number(status, "Threads:"));
            tasks += threads;
            memory += sum(status, OWN);
            left.addAll(children(process, threads == 1 ? List.of(process) : threads(process)));
        }
        if (bounds.processes() != 0 && tasks > bounds.processes()) {
            return Verdict.PROCESS_LIMIT_EXCEEDED;
        }
        boolean much = bounds.memory() != 0 && memory > bounds.memory();
        return much && parts(processes) > bounds.memory() ? Verdict.MEMORY_LIMIT_EXCEEDED : null;
    }

    /** What is shared, as after a fork, is counted once. It takes longer, so that it is done only where it makes a difference. */
    private static long parts(Set<Long> processes) {
        long memory = 0;
        for (long process : processes) {
            String rollup = text(PROC.resolve(process + "/smaps_rollup"), STATUS_MAX);
            // Of a process that may not be traced, or before Linux 5.4, there is only the other.
            memory += rollup.contains(PART.get(0))
                    ? sum(rollup, PART)
                    : sum(text(PROC.resolve(process + "/status"), STATUS_MAX), OWN);
        }
        return memory;
    }

    private static List<Long> threads(long process) throws IOException {
        Path tasks = PROC.resolve(process + "/task");
        try {
            return BoundedReads.entries(tasks, TASKS_MAX).stream()
                    .map(task -> Long.valueOf(String.valueOf(task.getFileName())))
                    .toList();
        } catch (IOException e) {
            if (Files.exists(tasks)) {
                throw e;
            }
            return List.of(); // it has ended
        }
    }

    private static List<Long> children(long process, List<Long> threads) {
        List<Long> found = new ArrayList<>();
        for (long thread : threads) {
            String numbers = text(PROC.resolve(process + "/task/" + thread + "/children"), CHILDREN_MAX);
            Arrays.stream(numbers.split(" ", -1))
                    .map(String::strip)
                    .filter(number -> !number.isEmpty())
                    .map(Long::valueOf)
                    .forEach(found::add);
        }
        return found;
    }

    private static long sum(String text, List<String> names) {
        return names.stream().mapToLong(name -> number(text, name) * KIBIBYTE).sum();
    }

    /** Of a line; 0 without that line. */
    private static long number(String text, String name) {
        return text.lines()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .map(line -> line.substring(name.length()).strip().split(" ", 2)[0])
                .map(Long::parseLong)
                .orElse(0L);
    }

    /** Empty for a process that is gone. */
    private static String text(Path file, int max) {
        try {
            return new String(BoundedReads.beginning(file, max), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
