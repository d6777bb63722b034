package dev.sandjar.internal.image;

import dev.sandjar.internal.hostfs.HostTree;
import java.io.IOException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Times that the directories of a layer get at its end: what is made in a directory changes its own. */
final class DirectoryTimes {
    /** Ordered, so that those below one are found without a look at the others. */
    private final NavigableMap<String, Time> times = new TreeMap<>();

    private record Time(long seconds, int nanoseconds) {}

    void put(String path, TarEntry entry) {
        times.put(path, new Time(entry.seconds(), entry.nanoseconds()));
    }

    /** Unless the layer says one itself. */
    void putIfAbsent(String path, HostTree.Stat stat) {
        times.putIfAbsent(path, new Time(stat.seconds(), stat.nanoseconds()));
    }

    /** Of a directory that is gone, with all below it. */
    void forget(String path) {
        times.remove(path);
        times.subMap(path + "/", path + "0").clear(); // "0" is what comes next after "/"
    }

    void set(HostTree root) throws IOException {
        for (Map.Entry<String, Time> directory : times.entrySet()) {
            try (HostTree opened = root.beneath(directory.getKey())) {
                opened.times(
                        "", directory.getValue().seconds(), directory.getValue().nanoseconds());
            }
        }
    }
}
