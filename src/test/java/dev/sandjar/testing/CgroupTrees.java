package dev.sandjar.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The cgroups that a JVM's sandboxes have, found by looking at every one that is mounted. */
public final class CgroupTrees {
    private CgroupTrees() {}

    /** What the JVM keeps for all of its sandboxes, one for each hierarchy. */
    public static Set<String> areas(long jvm) {
        Set<String> found = new TreeSet<>();
        for (Path mount : mounts()) {
            collect(mount, "sandjar-" + jvm + "-", found);
        }
        return found;
    }

    /** What is below those: one for each sandbox that runs. */
    public static Set<String> leaves(long jvm) {
        Set<String> found = new TreeSet<>();
        for (String area : areas(jvm)) {
            for (Path leaf : directories(Path.of(area))) {
                if (leaf.getFileName().toString().matches("s[0-9]+")) {
                    found.add(leaf.toString());
                }
            }
        }
        return found;
    }

    private static void collect(Path directory, String prefix, Set<String> found) {
        for (Path below : directories(directory)) {
            if (below.getFileName().toString().startsWith(prefix)) {
                found.add(below.toString());
            } else {
                collect(below, prefix, found);
            }
        }
    }

    private static List<Path> directories(Path directory) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, Files::isDirectory)) {
            entries.forEach(found::add);
        } catch (IOException e) {
            return List.of(); // removed since, or not ours to see
        }
        return found;
    }

    private static List<Path> mounts() {
        List<Path> mounts = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
                String[] fields = line.split(" ");
                if (fields[Arrays.asList(fields).indexOf("-") + 1].startsWith("cgroup")) {
                    mounts.add(Path.of(fields[4]));
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return mounts;
    }
}
