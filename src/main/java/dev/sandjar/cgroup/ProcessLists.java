package dev.sandjar.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Reads who is in groups. */
final class ProcessLists {
    static final String FILE = "cgroup.procs";

    private ProcessLists() {}

    /** In these and all below. Groups that vanish meanwhile have nobody. */
    static Set<Long> of(List<Path> groups) {
        Set<Long> all = new TreeSet<>();
        for (Path group : groups) {
            try (Stream<Path> below = Files.walk(group)) {
                below.filter(Files::isDirectory).forEach(directory -> all.addAll(in(directory)));
            } catch (IOException | UncheckedIOException e) {
                all.addAll(in(group));
            }
        }
        return all;
    }

    /** In this one alone; without those of foreign pid namespaces, which all read 0. */
    static Set<Long> in(Path group) {
        Set<Long> all = new TreeSet<>();
        String text = GroupFiles.read(group.resolve(FILE));
        if (text != null) {
            for (String line : text.split("\n")) {
                Long pid = Numbers.parse(line);
                if (pid != null && pid > 0) {
                    all.add(pid);
                }
            }
        }
        return all;
    }
}
