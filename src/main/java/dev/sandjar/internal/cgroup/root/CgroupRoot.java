package dev.sandjar.internal.cgroup.root;

import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.OwnGroup;
import java.nio.file.Path;
import java.util.List;

/**
 * Where one launcher makes the cgroups of its sandboxes.
 *
 * @param owned the cgroups of this process above it, by index of the layout's hierarchies
 * @param directories by index of the layout's hierarchies
 * @param locks descriptors that hold locks on directories, to be kept open by the launcher
 * @param endActions for the launcher's end
 */
record CgroupRoot(
        Layout layout, List<OwnGroup> owned, List<Path> directories, List<Integer> locks, List<EndAction> endActions)
        implements CgroupRootSupport {
    CgroupRoot {
        owned = List.copyOf(owned);
        directories = List.copyOf(directories);
        locks = List.copyOf(locks);
        endActions = List.copyOf(endActions);
    }
}
