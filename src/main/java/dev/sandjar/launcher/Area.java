package dev.sandjar.launcher;

import dev.sandjar.cgroup.Layout;
import java.nio.file.Path;
import java.util.List;

/**
 * Where one launcher makes the cgroups of its sandboxes.
 *
 * @param directories by index of the layout's hierarchies
 * @param locks descriptors that hold locks on directories, to be kept open by the launcher
 * @param endActions for the launcher's end
 */
record Area(Layout layout, List<Path> directories, List<Integer> locks, List<EndAction> endActions)
        implements AreaOffer {
    Area {
        directories = List.copyOf(directories);
        locks = List.copyOf(locks);
        endActions = List.copyOf(endActions);
    }
}
