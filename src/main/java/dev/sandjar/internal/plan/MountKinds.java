package dev.sandjar.internal.plan;

import dev.sandjar.Mount;
import dev.sandjar.MountEntry;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What an entry does to its target. */
final class MountKinds {
    private MountKinds() {}

    /** What of the later ones hides it; null if nothing does. Only mounts that keep the order of their calls can, or lie at one place by links. */
    static @Nullable MountEntry coverOf(MountEntry entry, List<MountEntry> later, UnaryOperator<String> place) {
        return isCover(entry)
                ? null
                : later.stream()
                        .filter(over -> !isCover(over)
                                && (place.apply(entry.target()) + "/").startsWith(place.apply(over.target()) + "/"))
                        .findFirst()
                        .orElse(null);
    }

    /** What of the later ones changes its attributes, the last; null if nothing does. */
    static @Nullable Mount remountOf(MountEntry entry, List<MountEntry> later) {
        return isCover(entry)
                ? null
                : later.stream()
                        .filter(ExactMount::isRemount)
                        .filter(other -> other.target().equals(entry.target()))
                        .map(Mount.class::cast)
                        .reduce((first, last) -> last)
                        .orElse(null);
    }

    /** Whether it changes what is there already, rather than putting something of its own there. */
    static boolean isCover(MountEntry entry) {
        return entry instanceof MountEntry.Masked
                || entry instanceof MountEntry.ReadOnlyPath
                || ExactMount.isRemount(entry)
                || entry instanceof MountEntry.StandardDevices
                || entry instanceof MountEntry.RootPropagation;
    }
}
