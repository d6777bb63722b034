package dev.sandjar.internal.cgroup;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Reads who is in groups. */
final class ProcessLists {
    static final String FILE = "cgroup.procs";
    /** Whoever may make groups inside may make as many as the kernel lets them. */
    private static final int GROUPS_MAX = 16_384;

    private ProcessLists() {}

    /** In these and below them, in the first 16,384 groups from above. Groups that vanish meanwhile have nobody. */
    static Set<Long> of(List<Path> groups) {
        Set<Long> all = new TreeSet<>();
        Deque<Path> open = new ArrayDeque<>(groups);
        int known = open.size();
        while (!open.isEmpty()) {
            Path group = open.remove();
            all.addAll(in(group));
            known += addChildren(group, open, GROUPS_MAX - known);
        }
        return all;
    }

    private static int addChildren(Path group, Deque<Path> open, int max) {
        int added = 0;
        try (DirectoryStream<Path> children =
                Files.newDirectoryStream(group, path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
            for (Path child : children) {
                if (added >= max) {
                    break;
                }
                open.add(child);
                added++;
            }
        } catch (IOException | DirectoryIteratorException e) {
            return added; // gone meanwhile
        }
        return added;
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
