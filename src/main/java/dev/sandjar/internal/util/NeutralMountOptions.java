package dev.sandjar.internal.util;

import java.util.Set;

/** Options of {@code mount(8)} that ask for what the kernel does anyway. */
public final class NeutralMountOptions {
    public static final Set<String> ALL = Set.of(
            "async",
            "defaults",
            "loud",
            "nomand",
            "nolazytime",
            "noiversion",
            "norelatime",
            "nostrictatime",
            "rnorelatime",
            "rnostrictatime",
            "silent");

    private NeutralMountOptions() {}
}
