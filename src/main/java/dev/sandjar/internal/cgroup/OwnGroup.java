package dev.sandjar.internal.cgroup;

import java.nio.file.Path;
import java.util.Set;

/**
 * The cgroup of this process in one hierarchy.
 *
 * @param controllers on v2 those that the group itself has, from its {@code cgroup.controllers}
 * @param mountPoint where the hierarchy is mounted
 * @param directory the group's own, at or below the mount point
 * @param readOnly whether the mount is
 * @param root whether this is the root of the whole hierarchy, which processes and groups may share on v2
 */
public record OwnGroup(
        int version, Set<Controller> controllers, Path mountPoint, Path directory, boolean readOnly, boolean root) {
    public OwnGroup {
        controllers = Set.copyOf(controllers);
    }

    public boolean isV2() {
        return version == 2;
    }
}
