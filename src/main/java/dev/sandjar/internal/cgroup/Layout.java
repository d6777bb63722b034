package dev.sandjar.internal.cgroup;

import java.util.List;
import java.util.OptionalInt;

/**
 * The hierarchies that sandboxes may use here; elsewhere they are known by their index.
 *
 * @param swapInUse whether the machine swaps, that is whether {@code /proc/swaps} lists an area
 * @param places one for each hierarchy, if the path of the cgroups was chosen; else none
 */
public record Layout(List<Hierarchy> hierarchies, boolean swapInUse, List<Place> places) {
    private static final Layout NONE = new Layout(List.of(), false);

    public Layout {
        hierarchies = List.copyOf(hierarchies);
        places = List.copyOf(places);
        if (!places.isEmpty() && places.size() != hierarchies.size()) {
            throw new IllegalArgumentException(places.size() + " places in " + hierarchies.size() + " hierarchies");
        }
    }

    public Layout(List<Hierarchy> hierarchies, boolean swapInUse) {
        this(hierarchies, swapInUse, List.of());
    }

    public Layout(List<Hierarchy> hierarchies) {
        this(hierarchies, false);
    }

    /** That of a process that may use no cgroup. */
    public static Layout none() {
        return NONE;
    }

    public boolean isEmpty() {
        return hierarchies.isEmpty();
    }

    /** Whether the path of the cgroups was chosen, so that there is one in every hierarchy. */
    public boolean isPlaced() {
        return !places.isEmpty();
    }

    public Hierarchy get(int index) {
        return hierarchies.get(index);
    }

    /** The index of the hierarchy that has this controller. */
    public OptionalInt of(Controller controller) {
        for (int i = 0; i < hierarchies.size(); i++) {
            if (hierarchies.get(i).has(controller)) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    /** Whether the first hierarchy, and with it every one that matters, is of version 2. */
    public boolean isV2() {
        return !hierarchies.isEmpty() && hierarchies.get(0).isV2();
    }
}
