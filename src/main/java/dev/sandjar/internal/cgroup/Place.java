package dev.sandjar.internal.cgroup;

import java.util.List;

/**
 * Where the cgroup of a sandbox is made in one hierarchy, if its path was chosen.
 *
 * @param base an absolute directory; "" is the root
 * @param path below it
 * @param parentWrites files and texts in turn, written in every parent that has to be made
 */
public record Place(String base, String path, List<String> parentWrites) {
    public Place {
        parentWrites = List.copyOf(parentWrites);
    }
}
