package dev.sandjar.internal.plan;

import java.util.List;

/**
 * The layers of an overlay whose changes are discarded, for a template.
 *
 * @param slots of the directories below, topmost first
 * @param opened by these operations of the set-up; none of them if the layers are idmapped, which is done outside
 * @param mode of the root
 * @param mapped whether each start has the layers idmapped for itself
 */
record Layers(List<Integer> slots, List<Operation> opened, int mode, boolean mapped) {
    Layers {
        slots = List.copyOf(slots);
        opened = List.copyOf(opened);
    }
}
