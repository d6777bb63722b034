package dev.sandjar.internal.host;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What is mounted where, from the lines of /proc/self/mountinfo ({@code proc(5)}). */
record MountTable(List<Mount> mounts) {
    private static final Set<String> MADE_TO_BE_MOUNTED_ON =
            Set.of("/proc/sys/fs/binfmt_misc", "/proc/fs/nfsd", "/proc/openprom");

    record Mount(String target, List<String> options) {
        boolean has(String option) {
            return options.contains(option);
        }
    }

    static MountTable read(HostFiles files) {
        List<Mount> mounts = new ArrayList<>();
        for (String line : files.lines("/proc/self/mountinfo")) {
            String[] fields = line.split(" ");
            int dash = Arrays.asList(fields).indexOf("-");
            if (dash >= 6 && dash + 1 < fields.length) {
                mounts.add(new Mount(unescape(fields[4]), List.of(fields[5].split(","))));
            }
        }
        return new MountTable(mounts);
    }

    /** What is mounted over parts of /proc, each once, but for file systems whose mount points the kernel keeps empty. */
    List<String> masksOfProc() {
        return mounts.stream()
                .map(Mount::target)
                .filter(t -> t.startsWith("/proc/") && !MADE_TO_BE_MOUNTED_ON.contains(t))
                .distinct()
                .toList();
    }

    boolean isReadOnly(String path) {
        return covering(path).map(m -> m.has("ro")).orElse(false);
    }

    boolean isNoexec(String path) {
        return covering(path).map(m -> m.has("noexec")).orElse(false);
    }

    boolean hasBelow(String path) {
        return mounts.stream().anyMatch(m -> m.target().startsWith(path.equals("/") ? path : path + "/"));
    }

    boolean hasRoot() {
        return mounts.isEmpty() || mounts.stream().anyMatch(m -> m.target().equals("/"));
    }

    /** The mount that a path lies on: the longest mount point above it, the last one of several. */
    private Optional<Mount> covering(String path) {
        return mounts.stream()
                .filter(m -> m.target().equals("/") || path.equals(m.target()) || path.startsWith(m.target() + "/"))
                .reduce((a, b) -> b.target().length() >= a.target().length() ? b : a);
    }

    /** The kernel writes white space and backslashes as three octal digits. */
    private static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        StringBuilder out = new StringBuilder(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\\'
                    && i + 3 < bytes.length
                    && text.substring(i + 1, i + 4).matches("[0-3][0-7]{2}")) {
                out.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                out.append((char) (bytes[i] & 0xff));
            }
        }
        return out.toString();
    }
}
