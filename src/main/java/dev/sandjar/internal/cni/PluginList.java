package dev.sandjar.internal.cni;

import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.network.CniNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** Programs of directories of plugins, for people. */
public final class PluginList {
    private static final int MAX = 256;

    private PluginList() {}

    /** Those of the usual directories; empty if there are none. */
    public static String installed() {
        return CniNetwork.of(Path.of("/")).pluginPath().stream()
                .map(PluginList::of)
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining("; "));
    }

    /** Such as "bridge, host-local in /usr/lib/cni"; empty if there are none. */
    private static String of(Path directory) {
        try {
            String names = BoundedReads.entries(directory, MAX).stream()
                    .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                    .map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .collect(Collectors.joining(", "));
            return names.isEmpty() ? "" : names + " in " + directory;
        } catch (IOException e) {
            return ""; // it is not there, or nobody's business
        }
    }
}
