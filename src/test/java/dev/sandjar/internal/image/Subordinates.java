package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.SubordinateMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The subordinate ids of the user who runs the tests. */
final class Subordinates {
    private Subordinates() {}

    private static SubordinateMap map() {
        try {
            return Objects.requireNonNull(SubordinateMap.of(Host.detect(0)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Ownership ownership() {
        return Ownership.mapped(map());
    }

    static int uid(long inside) {
        return (int) map().uid(inside);
    }

    static int gid(long inside) {
        return (int) map().gid(inside);
    }

    /** The process that has these ids ends with the work that needed it. */
    static void noHelperIsLeft() throws IOException {
        List<String> left = new ArrayList<>();
        long self = ProcessHandle.current().pid();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process :
                    processes.filter(p -> p.toString().matches("/proc/[0-9]+")).toList()) {
                try {
                    String command = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
                    String status = Files.readString(process.resolve("status"), StandardCharsets.ISO_8859_1);
                    if (command.startsWith("sandjar-files\0") && status.contains("\nPPid:\t" + self + "\n")) {
                        left.add(process.toString());
                    }
                } catch (NoSuchFileException e) {
                    continue;
                } catch (IOException e) {
                    if (!String.valueOf(e.getMessage()).contains("No such process")) {
                        throw e;
                    }
                }
            }
        }
        assertEquals(List.of(), left);
    }
}
