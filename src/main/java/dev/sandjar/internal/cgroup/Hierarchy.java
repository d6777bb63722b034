package dev.sandjar.internal.cgroup;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the groups of sandboxes can do in one hierarchy.
 *
 * @param version 1 or 2
 * @param controllers those that work in groups below the root. A v2 hierarchy has CPUACCT where groups have a
 *     {@code cpu.stat}, FREEZER where they have {@code cgroup.freeze}, and DEVICES where this process may load programs
 * @param files names of the files of a group below the root
 * @param cpus the CPUs that the root may use, as a list of {@code cpuset(7)}; empty where unknown
 * @param mems as cpus, for memory nodes
 */
public record Hierarchy(int version, Set<Controller> controllers, Set<String> files, String cpus, String mems) {
    public Hierarchy {
        if (version != 1 && version != 2) {
            throw new IllegalArgumentException("no cgroup version " + version);
        }
        controllers = Set.copyOf(controllers);
        files = Set.copyOf(files);
    }

    public Hierarchy(int version, Set<Controller> controllers, Set<String> files) {
        this(version, controllers, files, "", "");
    }

    public boolean isV2() {
        return version == 2;
    }

    public boolean has(Controller controller) {
        return controllers.contains(controller);
    }

    public boolean has(String file) {
        return files.contains(file);
    }

    /** The first of these that a group has, or null. */
    @Nullable
    String firstOf(String... names) {
        for (String name : names) {
            if (has(name)) {
                return name;
            }
        }
        return null;
    }
}
