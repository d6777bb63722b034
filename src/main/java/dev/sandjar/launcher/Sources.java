package dev.sandjar.launcher;

import dev.sandjar.plan.Plan;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** What a sandbox is made of: the mounts of the host, and which files the paths of its plan name. Immutable. */
final class Sources {
    private final Kernel kernel;
    private final HostMounts mounts;
    private final List<NativeBuffer> paths;
    private final long mountsBefore;
    private final long[] filesBefore;

    private Sources(Kernel kernel, HostMounts mounts, List<NativeBuffer> paths) {
        this.kernel = kernel;
        this.mounts = mounts;
        this.paths = paths;
        this.mountsBefore = mounts.changes();
        this.filesBefore = look();
    }

    /** As they are now: to be called before anything is made of them. */
    static Sources of(Kernel kernel, HostMounts mounts, Plan plan) {
        return new Sources(
                kernel,
                mounts,
                plan.sources().stream()
                        .map(path -> kernel.text(path.getBytes(StandardCharsets.UTF_8)))
                        .toList());
    }

    /** The same sources, as they are now. */
    Sources again() {
        return new Sources(kernel, mounts, paths);
    }

    private long[] look() {
        long[] files = new long[2 * paths.size()];
        for (int i = 0; i < paths.size(); i++) {
            kernel.identify(paths.get(i), files, 2 * i);
        }
        return files;
    }

    boolean haveChanged() {
        return mounts.changes() != mountsBefore || !Arrays.equals(look(), filesBefore);
    }
}
