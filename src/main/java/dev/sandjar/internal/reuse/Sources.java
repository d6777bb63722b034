package dev.sandjar.internal.reuse;

import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.NativeBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** What a sandbox is made of: the mounts of the host, and which files the paths of its plan name. Immutable. */
public final class Sources implements Basis {
    /** Later changes of a directory have another time: the kernel's clock for that ticks every 10 ms at the slowest. */
    private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Kernel kernel;
    private final HostMounts mounts;
    private final List<Directory> directories;
    private final long mountsBefore;
    private final long[] directoriesBefore;
    private final long[][] filesBefore;
    private final long now;

    /**
     * Files by the directory that names them, which is no link.
     *
     * @param tells whether it has another time when it names something else
     */
    private record Directory(NativeBuffer path, boolean tells, List<NativeBuffer> files) {}

    private Sources(Kernel kernel, HostMounts mounts, List<Directory> directories) {
        this.kernel = kernel;
        this.mounts = mounts;
        this.directories = directories;
        this.mountsBefore = mounts.changes();
        this.now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        // Before the files: so what is renamed in between is another change of the directory.
        this.directoriesBefore = new long[Kernel.IDENTITY * directories.size()];
        this.filesBefore = new long[directories.size()][];
        for (int i = 0; i < filesBefore.length; i++) {
            kernel.identify(directories.get(i).path(), directoriesBefore, Kernel.IDENTITY * i);
            filesBefore[i] = look(directories.get(i).files());
        }
    }

    /** As they are now: to be called before anything is made of them. */
    public static Sources of(Kernel kernel, HostMounts mounts, List<byte[]> paths) {
        // A character for each byte: these names are for the kernel.
        Map<String, List<NativeBuffer>> byDirectory = paths.stream()
                .map(path -> new String(path, StandardCharsets.ISO_8859_1))
                .collect(Collectors.groupingBy(
                        Sources::parent, Collectors.mapping(path -> text(kernel, path), Collectors.toList())));
        return new Sources(
                kernel,
                mounts,
                byDirectory.entrySet().stream()
                        .map(entry ->
                                new Directory(text(kernel, entry.getKey()), tells(entry.getKey()), entry.getValue()))
                        .toList());
    }

    private static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }

    /** The kernel makes up what is in these. */
    private static boolean tells(String directory) {
        return !(directory + "/").startsWith("/proc/") && !(directory + "/").startsWith("/sys/");
    }

    private static NativeBuffer text(Kernel kernel, String path) {
        return kernel.text(path.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The same sources, as they are now. */
    public Sources again() {
        return new Sources(kernel, mounts, directories);
    }

    private long[] look(List<NativeBuffer> paths) {
        long[] files = new long[Kernel.IDENTITY * paths.size()];
        for (int i = 0; i < paths.size(); i++) {
            kernel.identify(paths.get(i), files, Kernel.IDENTITY * i);
            // What is written to them is no matter.
            files[Kernel.IDENTITY * i + Kernel.CHANGED] = 0;
        }
        return files;
    }

    @Override
    public boolean hasChanged() {
        if (mounts.changes() != mountsBefore) {
            return true;
        }
        for (int i = 0; i < filesBefore.length; i++) {
            if (!isUntouched(i) && !Arrays.equals(look(directories.get(i).files()), filesBefore[i])) {
                return true;
            }
        }
        return false;
    }

    /** Whether the directory is the same and names what it named, so that its files need no look. */
    private boolean isUntouched(int index) {
        int at = Kernel.IDENTITY * index;
        long changed = directoriesBefore[at + Kernel.CHANGED];
        Directory directory = directories.get(index);
        if (directory.files().size() == 1 || !directory.tells() || changed == 0 || now - changed < SETTLED_NANOS) {
            return false;
        }
        long[] found = new long[Kernel.IDENTITY];
        kernel.identify(directory.path(), found, 0);
        return Arrays.equals(found, 0, Kernel.IDENTITY, directoriesBefore, at, at + Kernel.IDENTITY);
    }
}
