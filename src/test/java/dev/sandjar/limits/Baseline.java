package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What of the host's a program that was contained has given back. */
final class Baseline {
    /** What ends with the processes is not counted: other programs of the host take and give back much of it. */
    private static final List<String> OUTLIVING = List.of("Shmem:", "SUnreclaim:", "KernelStack:", "PageTables:");

    private static final long TOLERANCE_KIB = 64 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

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
                    .map(process -> read(process.resolve("comm")))
                    .filter(name -> name.equals("sandjar-bomb\n") || name.equals("bomb\n"))
                    .count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
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
