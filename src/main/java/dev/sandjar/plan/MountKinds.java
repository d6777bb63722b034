package dev.sandjar.plan;

import dev.sandjar.policy.MountEntry;

/** What an entry does to its target. */
final class MountKinds {
    private MountKinds() {}

    /** Whether it changes what is there already, rather than putting something of its own there. */
    static boolean isCover(MountEntry entry) {
        return entry instanceof MountEntry.Masked
                || entry instanceof MountEntry.ReadOnlyPath
                || entry instanceof MountEntry.Remount
                || entry instanceof MountEntry.StandardDevices
                || entry instanceof MountEntry.RootPropagation;
    }
}
