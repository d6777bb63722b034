package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What of the host's a program that was contained has given back. */
final class Baseline {
    /** What ends with the processes is not counted: other programs of the host take and give back much of it. */
    private static final List<String> OUTLIVING = List.of("Shmem:", "SUnreclaim:", "KernelStack:", "PageTables:");

    private static final long TOLERANCE_KIB = 64 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final long memory = outlivingMemory();

    /** Fails unless every bomb is gone, and the memory that processes can leave behind is free again. */
    void assertBack() {
        assertTrue(Await.within(PATIENCE, () -> bombs() == 0), () -> bombs() + " processes are left");
        assertTrue(
                Await.within(PATIENCE, () -> outlivingMemory() - memory < TOLERANCE_KIB),
                () -> outlivingMemory() - memory + " KiB are left");
    }

    private static long bombs() {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(process -> Set.of("sandjar-bomb\n", "bomb\n").contains(read(process.resolve("comm"))))
                    .flatMap(
                            process -> ProcessHandle.of(Long.parseLong(String.valueOf(process.getFileName()))).stream())
                    .filter(Baseline::isOursOrAnOrphan)
                    .count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Others test beside this. */
    private static boolean isOursOrAnOrphan(ProcessHandle process) {
        ProcessHandle top = process;
        for (ProcessHandle parent = top.parent().orElse(null);
                parent != null;
                parent = top.parent().orElse(null)) {
            if (parent.equals(ProcessHandle.current())) {
                return true;
            }
            if (parent.pid() == 1) {
                return top.equals(process);
            }
            top = parent;
        }
        return top.equals(process);
    }

    private static long outlivingMemory() {
        return read(Path.of("/proc/meminfo"))
                .lines()
                .map(line -> line.split(" +"))
                .filter(fields -> OUTLIVING.contains(fields[0]))
                .mapToLong(fields -> Long.parseLong(fields[1]))
                .sum();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // the process has ended since
        }
    }
}
