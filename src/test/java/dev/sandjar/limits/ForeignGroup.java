package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A cgroup in every hierarchy that was there before any sandbox, and has to be there, with nothing below it, afterwards. */
final class ForeignGroup implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final List<String> KNOWN =
            List.of("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb");
    static final List<Path> MOUNTS = mounts();

    final String path;

    /** Of the hierarchies with controllers that Sandjar uses, found without it. */
    private static List<Path> mounts() {
        List<Path> v1 = new ArrayList<>();
        List<Path> v2 = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
                String[] parts = line.split(" - ");
                String[] options = parts[1].split("[ ,]");
                Path mount = Path.of(parts[0].split(" ")[4]);
                if (options[0].equals("cgroup2")) {
                    v2.add(mount);
                } else if (options[0].equals("cgroup")
                        && List.of(options).stream().anyMatch(KNOWN::contains)) {
                    v1.add(mount);
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return v1.isEmpty() ? v2 : v1;
    }

    ForeignGroup() throws IOException {
        this("/sandjar-it-" + ProcessHandle.current().pid() + "-" + NUMBERS.incrementAndGet());
    }

    ForeignGroup(String path) throws IOException {
        this.path = path;
        for (Path directory : at(path)) {
            Files.createDirectory(directory);
            if (isV2()) {
                String all = read(MOUNTS.get(0).resolve("cgroup.subtree_control"));
                Files.writeString(directory.resolve("cgroup.subtree_control"), "+" + all.replace(" ", " +"));
            } else if (Files.exists(directory.resolve("cpuset.cpus"))) {
                for (String name : List.of("cpuset.cpus", "cpuset.mems")) {
                    Files.writeString(
                            directory.resolve(name), read(directory.getParent().resolve(name)));
                }
            }
        }
    }

    static boolean isV2() {
        return Files.exists(MOUNTS.get(0).resolve("cgroup.controllers"));
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file).strip();
    }

    static List<Path> at(String path) {
        return MOUNTS.stream().map(mount -> mount.resolve(path.substring(1))).toList();
    }

    static boolean none(String path) {
        return at(path).stream().noneMatch(Files::exists);
    }

    static boolean all(String path) {
        return at(path).stream().allMatch(Files::isDirectory);
    }

    static void assertGone(String path) {
        assertTrue(Await.within(PATIENCE, () -> none(path)), () -> at(path).toString());
    }

    /** A file that one of the hierarchies has. */
    static Path file(String path, String v1, String v2) {
        return at(path).stream()
                .map(directory -> directory.resolve(isV2() ? v2 : v1))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + v1 + " or " + v2 + " in " + at(path)));
    }

    static String content(String path, String v1, String v2) throws IOException {
        return read(file(path, v1, v2));
    }

    /** What is left below fails the test. */
    @Override
    public void close() throws IOException {
        for (Path directory : at(path)) {
            Files.delete(directory);
        }
    }
}
